"""A session with a sequence open, and words to talk to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from app.domain.annotation import Annotation, Mask, SequenceInfo
from app.domain.engine_choice import EngineLoad
from app.imaging.masks import encode
from app.messages import events as ev
from app.messages import orders as od
from app.messages.snapshot import Pending, Snapshot
from app.session import Session
from app.session.state import State

T = TypeVar("T", bound=od.Order)
HEIGHT, WIDTH, FRAMES = 12, 16, 30


def mask(seed: int) -> Mask:
    """A mask that differs for every seed."""
    return encode(np.random.default_rng(seed).random((HEIGHT, WIDTH)) > 0.5)


@dataclass
class SessionHarness:
    """A Session, every order that it gave, and the gestures of an annotator."""

    session: Session = field(default_factory=Session)
    orders: list[od.Order] = field(default_factory=list)

    def handle(self, event: ev.Event) -> list[od.Order]:
        found = self.session.handle(event)
        self.orders += found
        return found

    def last(self, kind: type[T]) -> T:
        return next(order for order in reversed(self.orders) if isinstance(order, kind))

    def count(self, kind: type[od.Order]) -> int:
        return sum(isinstance(order, kind) for order in self.orders)

    @property
    def state(self) -> State:
        return self.session.state

    def snapshot(self) -> Snapshot:
        return self.session.snapshot()

    @property
    def info(self) -> SequenceInfo:
        """The open sequence."""
        assert self.state.sequence.info is not None
        return self.state.sequence.info

    @property
    def pending(self) -> Pending:
        """The pending mask, which must be there."""
        assert self.state.pending is not None
        return self.state.pending

    @property
    def loading(self) -> EngineLoad:
        """The engine being loaded, which must be there."""
        assert self.state.models.loading is not None
        return self.state.models.loading

    def annotation(self, frame: int, object_id: int | None) -> Annotation:
        """What is known of an object on a frame, which must be something."""
        found = self.state.annotation(frame, object_id) if object_id is not None else None
        assert found is not None
        return found

    @property
    def toast(self) -> str:
        """The newest message."""
        return self.state.toasts[-1].text

    def click(self, x: float = 3, y: float = 4, positive: bool = True, frame: int | None = None) -> int:
        """Click, and return the job that is to answer."""
        self.handle(ev.ClickAdded(self.state.sequence.frame if frame is None else frame, x, y, positive))
        return self.last(od.Segment).job

    def annotate(self, seed: int = 1, label: int | None = None) -> int:
        """Click, answer and finish on the current frame; return the object."""
        self.handle(ev.PendingSegmented(self.click(), mask(seed)))
        self.handle(ev.MaskFinished(label))
        assert self.state.sequence.selected is not None
        return self.state.sequence.selected

    def propagated(self, frame: int, object_id: int, seed: int = 9, score: float = 0.5) -> None:
        """Answer the propagation under way with one result, carried from the first reference."""
        assert self.state.propagation is not None
        version = self.state.references[object_id][0]
        found = self.annotation(version, object_id)
        sources = (found.version, 0)
        job = self.state.propagation.state.job
        self.handle(ev.FramePropagated(job, frame, ((object_id, mask(seed), score, sources),), 1, FRAMES))
