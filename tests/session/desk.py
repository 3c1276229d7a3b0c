"""A session with a sequence open, and words to talk to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from app.domain.annotation import Mask
from app.imaging.masks import encode
from app.messages import events as ev
from app.messages import orders as od
from app.session import Session

T = TypeVar("T", bound=od.Order)
HEIGHT, WIDTH, FRAMES = 12, 16, 30


def mask(seed: int) -> Mask:
    """A mask that differs for every seed."""
    return encode(np.random.default_rng(seed).random((HEIGHT, WIDTH)) > 0.5)


@dataclass
class Desk:
    """A session, and every order it gave."""

    session: Session = field(default_factory=Session)
    orders: list[od.Order] = field(default_factory=list)

    def say(self, event: ev.Event) -> list[od.Order]:
        found = self.session.handle(event)
        self.orders += found
        return found

    def last(self, kind: type[T]) -> T:
        return next(order for order in reversed(self.orders) if isinstance(order, kind))

    def count(self, kind: type[od.Order]) -> int:
        return sum(isinstance(order, kind) for order in self.orders)

    @property
    def state(self):
        return self.session.state

    def click(self, x: float = 3, y: float = 4, positive: bool = True, frame: int | None = None) -> int:
        """Click, and return the job that is to answer."""
        self.say(ev.ClickAdded(self.state.frame if frame is None else frame, x, y, positive))
        return self.last(od.Segment).job

    def annotate(self, seed: int = 1, label: int | None = None) -> int:
        """Click, answer and finish on the current frame; return the object."""
        self.say(ev.PendingSegmented(self.click(), mask(seed)))
        self.say(ev.MaskFinished(label))
        assert self.state.selected is not None
        return self.state.selected

    def propagated(self, frame: int, object_id: int, seed: int = 9, score: float = 0.5) -> None:
        """Answer the propagation under way with one result, carried from the first reference."""
        assert self.state.propagation is not None
        version = self.state.references[object_id][0]
        found = self.state.annotation(version, object_id)
        sources = (found.version, 0)
        job = self.state.propagation.state.job
        self.say(ev.FramePropagated(job, frame, ((object_id, mask(seed), score, sources),), 1, FRAMES))
