"""Masks that travel, and the review of them."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.annotation import Mask
from app.messages.events.event import Event, PropagationDirection


@dataclass(frozen=True, slots=True)
class PropagationRequested(Event):
    """Carry masks from the reference frames to others.

    start, stop: frames [start, stop), None for the ends; objects: () for all; prefetch: started by itself;
    force: compute again what is there already.
    """

    start: int | None = None
    stop: int | None = None
    direction: PropagationDirection = "both"
    objects: tuple[int, ...] = ()
    prefetch: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True)
class FramePropagated(Event):
    """Results of one step.

    results: (object_id, mask, score, sources as in Annotation) each. remaining: seconds, None while unknown.
    """

    job: int
    frame: int
    results: tuple[tuple[int, Mask, float, tuple[int, int]], ...]
    done: int
    total: int
    remaining: float | None = None


@dataclass(frozen=True, slots=True)
class PropagationEnded(Event):
    """The job is over.

    finished: nothing is left of it. error: why it failed, if it did. worker_lost: it failed because the worker
    died or hung, so that trying again makes sense.
    """

    job: int
    finished: bool
    error: str = ""
    worker_lost: bool = False


@dataclass(frozen=True, slots=True)
class PropagationCancelled(Event):
    """The annotator stops the propagation; what is done stays."""


@dataclass(frozen=True, slots=True)
class PropagationResumed(Event):
    """The annotator accepts (or declines) to go on with a propagation that was cut off."""

    accepted: bool


@dataclass(frozen=True, slots=True)
class FramesVerified(Event):
    """A person has looked at frames [start, stop) and accepts them, or takes that back.

    objects: () for all.
    """

    start: int
    stop: int
    objects: tuple[int, ...] = ()
    verified: bool = True
