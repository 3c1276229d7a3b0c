"""The drop folder: from a file that is being copied to an entry in the worklist that can be opened."""

from app.pipeline.drop_folder.intervals import Intervals
from app.pipeline.drop_folder.probe_result import ProbeFunction, ProbeResult
from app.pipeline.drop_folder.probe_worker import ProbeWorker
from app.pipeline.drop_folder.stability import StabilityDelays
from app.pipeline.drop_folder.watcher import DropFolderWatcher

__all__ = ["DropFolderWatcher", "Intervals", "ProbeFunction", "ProbeResult", "ProbeWorker", "StabilityDelays"]
