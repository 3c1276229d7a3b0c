"""Propagation passes: masks carried along the spans of a plan with a tracker. No process, no pipe."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Lines, Mask
from app.domain.cut_stop import CutStop
from app.domain.propagation_plan import PassPlan, Span
from app.imaging import masks
from app.imaging.continuity import ContinuityCheck
from app.imaging.recognition import Histogram, is_found_again, object_histogram
from app.models.engine import Prediction, Tracker, TrackerPass
from app.pipeline.requests.propagator_requests import MaskSetName, PropagatedFrame, PropagatedObject
from app.pipeline.roles.cut_watch import Cut, CutWatch
from app.pipeline.roles.frames_ahead import Frame, FramesAhead, ReadFrame

BoolMask = NDArray[np.bool_]
MaskSet = dict[tuple[int, int], Mask]  #: by frame and object id
# Frames that a pass visits before the other direction has its turn. Chosen by hand: more leave one side of the
# cursor empty for longer, fewer turn the reading of a video, which costs a seek, more often.
BLOCK = 8
FOREGROUND = 0.5  # probability from which a pixel belongs to an object


@dataclass(slots=True)
class MaskSets:
    """The masks that a propagation starts with."""

    references: MaskSet = field(default_factory=dict)  #: to start from
    kept: MaskSet = field(default_factory=dict)  #: locked, to be left alone
    earlier: MaskSet = field(default_factory=dict)  #: from the far end of a span, to be fused with
    held: MaskSet = field(default_factory=dict)  #: of objects that have lines
    #: keep what held has there, by object id and time point
    lines: dict[tuple[int, int], Lines] = field(default_factory=dict)
    time_of: Callable[[int], int] = lambda _frame: 0  #: the time point of a frame

    def named(self, name: MaskSetName) -> MaskSet:
        """Return one of the sets."""
        found: MaskSet = getattr(self, name)
        return found


def propagate_masks(
    passes: Sequence[PassPlan],
    mask_sets: MaskSets,
    tracker: Tracker,
    read: ReadFrame,
    watch: CutWatch | None = None,
) -> Generator[PropagatedFrame, None, None]:
    """Yield the masks of every frame of every pass, with a watch up to cuts beyond which an object is not found again.

    Passes from the same start frame take turns, so that both neighbourhoods of the cursor fill up first.
    read: called on another thread until this is closed, as the watch's.
    """
    with FramesAhead(read if watch is None else watch.read, tracker) as ahead:
        _remember_references(mask_sets.references, tracker, ahead)
        for group in _group_by_start(passes):
            yield from _take_turns(
                [_PassWalk(plan, mask_sets, tracker, ahead, watch).run() for plan in group]
            )


def _take_turns(running: list[Iterator[PropagatedFrame]]) -> Iterator[PropagatedFrame]:
    while running:
        for frames in list(running):
            for _ in range(BLOCK):
                found = next(frames, None)
                if found is None:
                    running.remove(frames)
                    break
                yield found


def _remember_references(references: MaskSet, tracker: Tracker, ahead: FramesAhead) -> None:
    by_frame: dict[int, dict[int, Mask]] = {}
    for (frame, object_id), mask in references.items():
        by_frame.setdefault(frame, {})[object_id] = mask
    for frame, found in sorted(by_frame.items()):
        tracker.add_reference(frame, ahead.read(frame), _decode_masks(found))


def _group_by_start(passes: Sequence[PassPlan]) -> list[list[PassPlan]]:
    groups: dict[int, list[PassPlan]] = {}
    for plan in passes:
        groups.setdefault(plan.start_frame, []).append(plan)
    return list(groups.values())


@dataclass(slots=True)
class _PassWalk:
    """One pass under way."""

    plan: PassPlan  #: without the objects that were left at a cut
    mask_sets: MaskSets
    tracker: Tracker
    ahead: FramesAhead
    watch: CutWatch | None
    #: frame and mask of each object where it was in sight last, for the watch
    seen: dict[int, tuple[Frame, BoolMask]] = field(default_factory=dict)
    check: ContinuityCheck | None = None
    since: int = field(init=False)  #: where it began, or has crossed the last cut

    def __post_init__(self) -> None:
        self.since = self.plan.start_frame

    def run(self) -> Iterator[PropagatedFrame]:
        """Visit the frames."""
        steps = self.tracker.start(self.plan.start_frame, 1 if self.plan.direction > 0 else -1)
        for frame, image in self.ahead.iterate(self.plan.frames):
            if frame not in self.plan.frames:
                return
            yield self._visit(frame, image, steps)

    def _visit(self, frame: int, image: Frame, steps: TrackerPass) -> PropagatedFrame:
        sets, here = self.mask_sets, self.plan.objects_at(frame)
        spans = {span.object_id: span for span in self.plan.spans}
        kept = _decode_masks({key: sets.kept[frame, key] for key in here if (frame, key) in sets.kept})
        answers = steps.step(frame, image, [key for key in here if key not in kept], kept or None)
        cut = None
        if self.watch is not None:
            cut = self.watch.cut_before(frame, self.plan.direction, self.since, self.ahead.read)
            self.since = self.since if cut is None else frame
        stops = () if cut is None else self._stop_lost(cut, image, answers)
        lost = {stop.object_id for stop in stops}
        made = {
            key: _propagate_object(frame, spans[key], answers[key], sets, self.tracker, image)
            for key in here
            if key in answers and key not in lost
        }
        if self.check is None or cut is not None:
            # What lies beyond a cut is no jump, and objects side by side there have not met.
            self.check = ContinuityCheck(image, self._start_masks() if cut is None else kept | made)
        limits = self.check.limit_scores(image, kept | made)
        self.seen |= {key: (image, mask) for key, mask in (kept | made).items() if mask.any()}
        found = tuple(
            _store_object(
                frame, self.plan.direction, spans[key], mask, min(answers[key].score, limits[key]), sets
            )
            for key, mask in made.items()
        )
        return PropagatedFrame(frame, found, stops, self._leave(frame, lost))

    def _stop_lost(self, cut: Cut, image: Frame, answers: Mapping[int, Prediction]) -> tuple[CutStop, ...]:
        """Return the stops of objects that are not found again beyond a cut."""
        spans = {span.object_id: span for span in self.plan.spans}
        return tuple(
            CutStop(key, spans[key].reference, spans[key].near, self.plan.direction, cut.frame)
            for key, answer in answers.items()
            if not is_found_again(
                self._histogram_before(key, cut),
                object_histogram(image, answer.probability > FOREGROUND),
                answer.score,
            )
        )

    def _histogram_before(self, object_id: int, cut: Cut) -> Histogram | None:
        """Return the colours of an object where it was in sight last, None where it never was.

        Before a dissolve that is where the pass began: what was seen since may show both shots.
        """
        if object_id in self.seen and not cut.is_dissolve:
            return object_histogram(*self.seen[object_id])
        start = self._start_masks().get(object_id)
        return None if start is None else object_histogram(self.ahead.read(self.plan.start_frame), start)

    def _leave(self, frame: int, lost: set[int]) -> int:
        """Go on without some objects; return how many frames are not visited for that."""
        before = self.plan.frames_after(frame)
        self.plan = replace(
            self.plan, spans=tuple(span for span in self.plan.spans if span.object_id not in lost)
        )
        return before - self.plan.frames_after(frame)

    def _start_masks(self) -> dict[int, BoolMask]:
        keys = {span.object_id: (self.plan.start_frame, span.object_id) for span in self.plan.spans}
        known = self.mask_sets.references
        return _decode_masks({object_id: known[key] for object_id, key in keys.items() if key in known})


def _propagate_object(
    frame: int,
    span: Span,
    answer: Prediction,
    mask_sets: MaskSets,
    tracker: Tracker,
    image: NDArray[np.uint8],
) -> BoolMask:
    """Return the mask of an object, fused with the one from the far end of its span."""
    earlier = mask_sets.earlier.get((frame, span.object_id)) if span.far else None
    probability = answer.probability
    if earlier is not None:
        share = abs(span.far_frame - frame) / abs(span.far_frame - span.reference)
        before = masks.decode(earlier).astype(np.float32)
        probability = tracker.fuse(frame, image, before, probability, share)
    return _keep_lines(probability > FOREGROUND, frame, span.object_id, mask_sets)


def _store_object(
    frame: int, direction: int, span: Span, found: BoolMask, score: float, mask_sets: MaskSets
) -> PropagatedObject:
    key = (frame, span.object_id)
    far = span.far if span.far and key in mask_sets.earlier else 0
    mask = masks.encode(found)
    if span.far:
        mask_sets.earlier[key] = mask
    sources = (span.near, far) if direction > 0 else (far, span.near)
    return PropagatedObject(span.object_id, mask, score, sources)


def _keep_lines(mask: BoolMask, frame: int, object_id: int, mask_sets: MaskSets) -> BoolMask:
    """Put back the lines that a person made in another direction."""
    lines = mask_sets.lines.get((object_id, mask_sets.time_of(frame)))
    if lines is None:
        return mask
    held = mask_sets.held.get((frame, object_id))
    known = masks.decode(held) if held is not None else np.zeros_like(mask)
    rows, columns = sorted(lines.rows), sorted(lines.columns)
    mask[rows] = known[rows]
    mask[:, columns] = known[:, columns]
    return mask


def _decode_masks(found: Mapping[int, Mask]) -> dict[int, BoolMask]:
    return {object_id: masks.decode(mask) for object_id, mask in found.items()}
