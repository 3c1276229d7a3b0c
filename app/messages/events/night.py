"""Events about the jobs that are done while nobody works."""

from dataclasses import dataclass

from app.domain.batch_jobs import BatchJob, NightQueue, TimeWindow
from app.domain.finding import PictureAction
from app.messages.events.event import Event


@dataclass(frozen=True, slots=True)
class JobsQueued(Event):
    """The annotator wants sequences to be propagated when nobody works."""

    jobs: tuple[BatchJob, ...]


@dataclass(frozen=True, slots=True)
class JobsRemoved(Event):
    """The annotator takes jobs out of the queue."""

    job_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobMoved(Event):
    """The annotator moves a job step places further down, or up where that is negative."""

    job_id: str
    step: int


@dataclass(frozen=True, slots=True)
class JobPicturesDecided(Event):
    """The annotator says what becomes of the pictures of a job that show text or faces."""

    job_id: str
    action: PictureAction


@dataclass(frozen=True, slots=True)
class NightHoursChosen(Event):
    """Other hours hold for the queue from now on."""

    hours: TimeWindow | None  #: None for any
    idle_minutes: float


@dataclass(frozen=True, slots=True)
class PersonSeen(Event):
    """A person touched a key or the mouse; sent at most once a second."""


@dataclass(frozen=True, slots=True)
class NightQueueChanged(Event):
    """The queue, or what became of a job, changed."""

    queue: NightQueue
