"""Which frames a propagation has to visit, from where, and what it may not touch. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from app.annotation import Annotation, Status

CellOf = Callable[[int, int], Annotation | None]


@dataclass(frozen=True, slots=True)
class Leg:
    """One object's part of a run.

    stop: the first frame, in the direction of the run, that is not visited.
    far: the reference on the other side, when the results are to be fused with those carried from there.
    """

    object_id: int
    stop: int
    far: int | None


@dataclass(frozen=True, slots=True)
class Run:
    """A walk from a reference frame. first: the first frame visited, next to reference or at the range's edge."""

    reference: int
    direction: int
    legs: tuple[Leg, ...]

    @property
    def stop(self) -> int:
        """The first frame that no leg visits."""
        stops = [leg.stop for leg in self.legs]
        return max(stops) if self.direction > 0 else min(stops)

    def frames(self) -> range:
        """The frames visited, in order."""
        return range(self.reference + self.direction, self.stop, self.direction)
