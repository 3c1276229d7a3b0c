"""Propagation of masks, and their review."""

from dataclasses import dataclass

from app.domain.annotation import Mask
from app.domain.cut_stop import CutStop
from app.domain.errors import FramewiseError, WorkerDied, WorkerHung
from app.messages.events.event import Event, PropagationDirection


@dataclass(frozen=True, slots=True)
class PropagationRequested(Event):
    """Propagate masks from the reference frames to frames [start, stop)."""

    start: int | None = None  #: None for the first frame
    stop: int | None = None  #: None for the end
    direction: PropagationDirection = "both"
    objects: tuple[int, ...] = ()  #: ids, () for all
    prefetch: bool = False  #: started by the program, not by the annotator
    force: bool = False  #: compute again what is up to date
    over_cuts: bool = False  #: cuts do not stop it
    crossed: tuple[int, ...] = ()  #: cuts that do not stop it, as first frames of shots


@dataclass(frozen=True, slots=True)
class FramePropagated(Event):
    """Results of one step."""

    job: int
    frame: int
    results: tuple[
        tuple[int, Mask, float, tuple[int, int]], ...
    ]  #: object_id, mask, score, Annotation.sources
    done: int  #: frames
    total: int  #: frames
    remaining: float | None = None  #: seconds, None while unknown
    stops: tuple[CutStop, ...] = ()  #: objects that are not carried further


@dataclass(frozen=True, slots=True)
class PropagationEnded(Event):
    """The job is over."""

    job: int
    finished: bool  #: nothing is left of it
    error: FramewiseError | None = None  #: why it failed, if it did

    @property
    def worker_lost(self) -> bool:
        """Whether it failed because the worker died or hung, so that a retry makes sense."""
        return isinstance(self.error, (WorkerDied, WorkerHung))


@dataclass(frozen=True, slots=True)
class PropagationCancelled(Event):
    """The annotator stops the propagation; what is done stays."""


@dataclass(frozen=True, slots=True)
class PropagationResumed(Event):
    """The annotator accepts (or declines) to go on with a propagation that was cut off."""

    accepted: bool


@dataclass(frozen=True, slots=True)
class FramesVerified(Event):
    """A person has reviewed frames [start, stop) and accepts them, or takes that back."""

    start: int
    stop: int
    objects: tuple[int, ...] = ()  #: ids, () for all
    verified: bool = True
    only: frozenset[int] | None = None  #: those of the frames that it concerns, None for all
