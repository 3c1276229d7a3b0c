"""The watched drop folder: from a file that is being copied to a worklist entry that can be opened.

Used by services.worklist_sync on the event loop's thread; blocking file calls run on an IoThread.
"""

from app.pipeline.drop_folder.intervals import Intervals
from app.pipeline.drop_folder.probe_result import ProbeFunction
from app.pipeline.drop_folder.probe_worker import ProbeWorker
from app.pipeline.drop_folder.stability import StabilityDelays
from app.pipeline.drop_folder.watcher import DropFolderWatcher
from app.pipeline.requests.prober_requests import ProbeResult

__all__ = ["DropFolderWatcher", "Intervals", "ProbeFunction", "ProbeResult", "ProbeWorker", "StabilityDelays"]
