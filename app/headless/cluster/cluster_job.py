"""One job on a worker of Dask: a package comes, is propagated in a folder of its own, and its journal goes back."""

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from app import __version__
from app.domain.batch_jobs import BatchEntry, BatchJob
from app.domain.errors import UsageError
from app.headless.annotator import Annotator
from app.headless.batch import BatchRunner
from app.headless.cluster.sequence_package import WORK, unpack_sequence
from app.storage.workspace.batch_list import NAME, BatchList
from app.storage.workspace.source_record import SourceRecord
from app.storage.workspace.stored_sequence import StoredSequence, copy_database


@dataclass(frozen=True, slots=True)
class ClusterTask:
    """What a worker is asked to do."""

    job: BatchJob
    engine: str  #: for a job that does not say which
    propagation: str  #: model beside that engine
    version: str = __version__  #: of the program that asks


@dataclass(frozen=True, slots=True)
class ClusterResult:
    """What a worker has made of it."""

    entry: BatchEntry
    journal: bytes  #: the file, in which only propagated masks differ from the one that came


def do_task(task: ClusterTask, package: bytes) -> ClusterResult:
    """Propagate a packed sequence. What fails is named in the entry.

    Raises UsageError where the versions differ, since masks of different engines must not be mixed unseen.
    """
    if task.version != __version__:
        raise UsageError(
            f"The worker has version {__version__}, the head {task.version}.", remedy="Install the same."
        )
    with TemporaryDirectory(prefix="framewise-") as name:
        folder = Path(name)
        workspace = unpack_sequence(package, folder)
        jobs = BatchList(folder / NAME)
        # Exports are written at the head, where the work as a whole is.
        jobs.add([replace(task.job, source=str(workspace), series=None, exports=(), any_hour=True)])
        BatchRunner(jobs, lambda engine: _annotator(folder / WORK, task, engine)).run()
        record = SourceRecord.read(workspace)
        assert record is not None
        copy = folder / "returned"
        copy_database(StoredSequence(workspace, record).journal, copy)
        return ClusterResult(jobs.read()[0], copy.read_bytes())


def _annotator(workspace: Path, task: ClusterTask, engine: str) -> Annotator:
    return Annotator(workspace, engine=engine or task.engine, propagation="" if engine else task.propagation)
