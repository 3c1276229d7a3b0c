"""The drop folder: from a file that is being copied to an entry in the worklist that can be opened."""

from app.pipeline.drop_folder.intervals import Pace
from app.pipeline.drop_folder.probe_result import Finding, Probe
from app.pipeline.drop_folder.probe_worker import Prober
from app.pipeline.drop_folder.stability import Patience
from app.pipeline.drop_folder.watcher import Intake

__all__ = ["Finding", "Intake", "Pace", "Patience", "Probe", "Prober"]
