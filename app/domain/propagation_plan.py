"""Plan of a propagation: which frames its passes visit, from where, for which objects. Pure.

For each object a run of frames falls into spans between neighbouring references; a sequence is one run, a scan over
time one for each of its time points or slices. A propagated mask remembers the
versions of the references before and after it that it came from; where these are no longer the nearest ones it
is stale, and a pass over the span starts again from the end whose result is missing. Where there is a result
from the other end the two are fused, as in MiVOS (Cheng et al., CVPR 2021).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.domain.annotation import Annotation
from app.domain.cut_stop import CutStops

CellOf = Callable[[int, int], Annotation | None]


@dataclass(frozen=True, slots=True)
class Span:
    """One object's part of a pass."""

    object_id: int
    reference: int  #: frame of the reference that the pass comes from
    stop: int  #: the first frame, in the direction of the pass, that is not visited
    near: int  #: version of that reference
    far: int  #: version of the reference at the other end of the span, 0 for none
    far_frame: int  #: frame of it, -1 for none


@dataclass(frozen=True, slots=True)
class PassPlan:
    """One pass over frames in one direction, for all objects that start on the same frame."""

    start_frame: int  #: not visited; holds a reference, or a mask that was propagated from it earlier
    direction: int  #: 1 or -1
    spans: tuple[Span, ...]

    @property
    def frames(self) -> range:
        """The frames visited, in order."""
        first = self.start_frame + self.direction
        stops = [span.stop for span in self.spans]
        stop = (max if self.direction > 0 else min)(stops, default=first)
        return range(first, stop, self.direction)

    def frames_after(self, frame: int) -> int:
        """Return how many frames are visited after one of them."""
        frames = self.frames
        return len(frames) - 1 - frames.index(frame) if frame in frames else 0

    def objects_at(self, frame: int) -> tuple[int, ...]:
        """Return the ids of the objects whose span holds a frame."""
        ahead = [span for span in self.spans if (span.stop - frame) * self.direction > 0]
        return tuple(span.object_id for span in ahead)


@dataclass(frozen=True, slots=True)
class PropagationRequest:
    """Bounds of a propagation."""

    start: int  #: first frame
    stop: int  #: frame after the last one
    ways: tuple[int, ...] = (1, -1)  #: directions
    force: bool = False  #: also what is up to date, and beyond cuts where it has stopped before


def plan_passes(
    references: Mapping[int, Sequence[int]],
    cell: CellOf,
    run_length: int,
    request: PropagationRequest,
    cursor: int,
    stops: CutStops | None = None,
) -> tuple[PassPlan, ...]:
    """Return the passes that bring the requested frames up to date, those nearest to the cursor first.

    references: sorted reference frames by object id. run_length: frames of a run, see FrameOrder. stops: cuts that
    nothing is carried over.
    """
    stops = stops or CutStops()
    spans: dict[tuple[int, int], list[Span]] = {}
    for object_id, anchors in references.items():
        for way in request.ways:
            for place, anchor in enumerate(anchors):
                start = anchor - anchor % run_length
                end = start + run_length if way > 0 else start - 1
                beside = anchors[place + way] if 0 <= place + way < len(anchors) else end
                far_frame = beside if (end - beside) * way > 0 else -1
                if (
                    stop := stops.find(object_id, anchor, _version(cell, anchor, object_id), way)
                ) is not None:
                    end = stop.beyond
                found = _span(object_id, anchor, far_frame, end, way, cell, request)
                if found is not None:
                    spans.setdefault((found[0], way), []).append(found[1])
    passes = [PassPlan(start_frame, way, tuple(group)) for (start_frame, way), group in spans.items()]
    return tuple(sorted(passes, key=lambda plan: (abs(plan.start_frame - cursor), -plan.direction)))


def count_steps(passes: Sequence[PassPlan]) -> int:
    """Return how many frames the passes visit in all."""
    return sum(len(plan.frames) for plan in passes)


def _span(
    object_id: int,
    anchor: int,
    far_frame: int,
    run_end: int,
    way: int,
    cell: CellOf,
    request: PropagationRequest,
) -> tuple[int, Span] | None:
    """Return the start frame and span from one reference of an object, None when nothing is missing.

    far_frame: the next reference of the run, -1 for none. run_end: the frame after the run, or after the shot.
    """
    end = run_end if far_frame < 0 or (far_frame - run_end) * way > 0 else far_frame
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
    """Return the frame before the first missing one if its mask can be propagated on, else the reference."""
    if before == anchor:
        return anchor
    found = cell(before, object_id)
    usable = found is not None and (found.status.is_locked or found.sources[side] == near)
    return before if usable else anchor


def _version(cell: CellOf, frame: int, object_id: int) -> int:
    found = cell(frame, object_id)
    return found.version if found is not None else 0
