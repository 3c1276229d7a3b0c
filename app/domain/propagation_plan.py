"""Which frames a propagation has to visit, from where, and what it may not touch. Pure.

For each object the sequence falls into spans between neighbouring references. A propagated mask remembers the
versions of the references before and after it that it was carried from; where these are no longer the nearest
ones it is stale, and the span is walked again from the end whose result is missing. Where the result of the
other end is at hand the two are fused, as in MiVOS (Cheng et al., CVPR 2021).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.domain.annotation import Annotation

CellOf = Callable[[int, int], Annotation | None]


@dataclass(frozen=True, slots=True)
class Span:
    """One object's part of a run.

    stop: the first frame, in the direction of the run, that is not visited. near: version of the reference
    walked from. far, far_frame: version and frame of the reference at the other end of the span, 0 and -1
    where there is none.
    """

    object_id: int
    reference: int
    stop: int
    near: int
    far: int
    far_frame: int


@dataclass(frozen=True, slots=True)
class PassPlan:
    """A walk over frames. seed: where it starts, a reference or a frame that was carried from it earlier."""

    start_frame: int
    direction: int
    spans: tuple[Span, ...]

    @property
    def frames(self) -> range:
        """The frames visited, in order."""
        stops = [span.stop for span in self.spans]
        stop = max(stops) if self.direction > 0 else min(stops)
        return range(self.start_frame + self.direction, stop, self.direction)

    def objects_at(self, frame: int) -> tuple[int, ...]:
        """The objects whose leg visits a frame."""
        ahead = [span for span in self.spans if (span.stop - frame) * self.direction > 0]
        return tuple(span.object_id for span in ahead)


@dataclass(frozen=True, slots=True)
class PropagationRequest:
    """What is asked for: frames [start, stop), ways 1 and/or -1, force: also what is up to date."""

    start: int
    stop: int
    ways: tuple[int, ...] = (1, -1)
    force: bool = False


def plan_passes(
    references: Mapping[int, Sequence[int]],
    cell: CellOf,
    frames: int,
    request: PropagationRequest,
    cursor: int,
) -> tuple[PassPlan, ...]:
    """Return the runs that bring the wished frames up to date, those nearest to the cursor first.

    references: sorted reference frames by object id. frames: length of the sequence.
    """
    spans: dict[tuple[int, int], list[Span]] = {}
    for object_id, anchors in references.items():
        for way in request.ways:
            for anchor in anchors:
                found = _span(object_id, anchors, anchor, way, cell, frames, request)
                if found is not None:
                    spans.setdefault((found[0], way), []).append(found[1])
    passes = [PassPlan(start_frame, way, tuple(group)) for (start_frame, way), group in spans.items()]
    return tuple(sorted(passes, key=lambda plan: (abs(plan.start_frame - cursor), -plan.direction)))


def count_steps(passes: Sequence[PassPlan]) -> int:
    """How many frames the runs visit in all."""
    return sum(len(plan.frames) for plan in passes)


def _span(
    object_id: int,
    anchors: Sequence[int],
    anchor: int,
    way: int,
    cell: CellOf,
    frames: int,
    request: PropagationRequest,
) -> tuple[int, Span] | None:
    """The walk from one reference of one object, with the frame it is seeded from, if there is need of it."""
    position = list(anchors).index(anchor) + way
    far_frame = anchors[position] if 0 <= position < len(anchors) else -1
    end = far_frame if far_frame >= 0 else (frames if way > 0 else -1)
    near = _version(cell, anchor, object_id)
    side = 0 if way > 0 else 1
    missing = [
        frame
        for frame in range(anchor + way, end, way)
        if request.start <= frame < request.stop
        and _is_missing(cell(frame, object_id), side, near, request.force)
    ]
    if not missing:
        return None
    start_frame = _start_frame(object_id, anchor, missing[0] - way, side, near, cell)
    far = _version(cell, far_frame, object_id) if far_frame >= 0 else 0
    return start_frame, Span(object_id, anchor, missing[-1] + way, near, far, far_frame)


def _is_missing(found: Annotation | None, side: int, near: int, force: bool) -> bool:
    if found is None:
        return True
    return not found.status.is_locked and (force or found.sources[side] != near)


def _start_frame(object_id: int, anchor: int, before: int, side: int, near: int, cell: CellOf) -> int:
    """The frame before the first missing one, if its mask can be walked on from, else the reference."""
    if before == anchor:
        return anchor
    found = cell(before, object_id)
    usable = found is not None and (found.status.is_locked or found.sources[side] == near)
    return before if usable else anchor


def _version(cell: CellOf, frame: int, object_id: int) -> int:
    found = cell(frame, object_id)
    return found.version if found is not None else 0
