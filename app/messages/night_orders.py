"""Orders about the jobs that are done while nobody works, carried out by app.pipeline.services.night_runner."""

from dataclasses import dataclass

from app.domain.batch_jobs import BatchJob, TimeWindow
from app.domain.finding import PictureAction
from app.messages.orders import Order


@dataclass(frozen=True, slots=True)
class QueueJobs(Order):
    """Add jobs to the queue; answer with NightQueueChanged and Noticed."""

    jobs: tuple[BatchJob, ...]


@dataclass(frozen=True, slots=True)
class RemoveJobs(Order):
    """Take jobs out of the queue, the one under way too; answer with NightQueueChanged."""

    job_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MoveJob(Order):
    """Move a job step places further down; answer with NightQueueChanged."""

    job_id: str
    step: int


@dataclass(frozen=True, slots=True)
class DecideJobPictures(Order):
    """Export the refused pictures of a job when nobody works; answer with NightQueueChanged."""

    job_id: str
    action: PictureAction
    operator: str


@dataclass(frozen=True, slots=True)
class SetNightHours(Order):
    """Do jobs in these hours, after so many minutes without a key or the mouse."""

    hours: TimeWindow | None
    idle_minutes: float


@dataclass(frozen=True, slots=True)
class YieldToPerson(Order):
    """Stop the job under way at once; it goes on when nobody works."""
