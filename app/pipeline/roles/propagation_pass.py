"""Propagation passes: masks carried along the spans of a plan with a tracker. No process, no pipe."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Lines, Mask
from app.domain.propagation_plan import PassPlan, Span
from app.imaging import masks
from app.imaging.continuity import ContinuityCheck
from app.models.engine import Prediction, Tracker, TrackerPass
from app.pipeline.requests.propagator_requests import MaskSetName, PropagatedFrame, PropagatedObject
from app.pipeline.roles.frames_ahead import FramesAhead, ReadFrame

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
    passes: Sequence[PassPlan], mask_sets: MaskSets, tracker: Tracker, read: ReadFrame
) -> Generator[PropagatedFrame, None, None]:
    """Yield the masks of every frame of every pass.

    Passes from the same start frame take turns, so that both neighbourhoods of the cursor fill up first.
    read: called on another thread until this is closed.
    """
    with FramesAhead(read, tracker) as ahead:
        _remember_references(mask_sets.references, tracker, ahead)
        for group in _group_by_start(passes):
            yield from _take_turns([_run_pass(plan, mask_sets, tracker, ahead) for plan in group])


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


def _run_pass(
    plan: PassPlan, mask_sets: MaskSets, tracker: Tracker, ahead: FramesAhead
) -> Iterator[PropagatedFrame]:
    tracker_pass = tracker.start(plan.start_frame, 1 if plan.direction > 0 else -1)
    check: ContinuityCheck | None = None
    for frame, image in ahead.walk(plan.frames):
        if check is None:
            check = ContinuityCheck(image, _start_masks(plan, mask_sets))
        yield PropagatedFrame(
            frame, _propagate_frame(frame, plan, mask_sets, tracker, tracker_pass, image, check)
        )


def _start_masks(plan: PassPlan, mask_sets: MaskSets) -> dict[int, NDArray[np.bool_]]:
    keys = {span.object_id: (plan.start_frame, span.object_id) for span in plan.spans}
    known = mask_sets.references
    return _decode_masks({object_id: known[key] for object_id, key in keys.items() if key in known})


def _propagate_frame(
    frame: int,
    plan: PassPlan,
    mask_sets: MaskSets,
    tracker: Tracker,
    tracker_pass: TrackerPass,
    image: NDArray[np.uint8],
    check: ContinuityCheck,
) -> tuple[PropagatedObject, ...]:
    spans = {span.object_id: span for span in plan.spans}
    here = plan.objects_at(frame)
    found = {key: mask_sets.kept[frame, key] for key in here if (frame, key) in mask_sets.kept}
    kept = _decode_masks(found)
    free = [object_id for object_id in here if object_id not in kept]
    answers = tracker_pass.step(frame, image, free, kept or None)
    made = {
        object_id: _propagate_object(frame, spans[object_id], answers[object_id], mask_sets, tracker, image)
        for object_id in free
        if object_id in answers
    }
    limits = check.limit_scores(image, kept | made)
    return tuple(
        _store_object(
            frame, plan.direction, spans[key], mask, min(answers[key].score, limits[key]), mask_sets
        )
        for key, mask in made.items()
    )


def _propagate_object(
    frame: int,
    span: Span,
    answer: Prediction,
    mask_sets: MaskSets,
    tracker: Tracker,
    image: NDArray[np.uint8],
) -> NDArray[np.bool_]:
    """Return the mask of an object, fused with the one from the far end of its span."""
    earlier = mask_sets.earlier.get((frame, span.object_id)) if span.far else None
    probability = answer.probability
    if earlier is not None:
        share = abs(span.far_frame - frame) / abs(span.far_frame - span.reference)
        before = masks.decode(earlier).astype(np.float32)
        probability = tracker.fuse(frame, image, before, probability, share)
    return _keep_lines(probability > FOREGROUND, frame, span.object_id, mask_sets)


def _store_object(
    frame: int, direction: int, span: Span, found: NDArray[np.bool_], score: float, mask_sets: MaskSets
) -> PropagatedObject:
    key = (frame, span.object_id)
    far = span.far if span.far and key in mask_sets.earlier else 0
    mask = masks.encode(found)
    if span.far:
        mask_sets.earlier[key] = mask
    sources = (span.near, far) if direction > 0 else (far, span.near)
    return PropagatedObject(span.object_id, mask, score, sources)


def _keep_lines(
    mask: NDArray[np.bool_], frame: int, object_id: int, mask_sets: MaskSets
) -> NDArray[np.bool_]:
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


def _decode_masks(found: Mapping[int, Mask]) -> dict[int, NDArray[np.bool_]]:
    return {object_id: masks.decode(mask) for object_id, mask in found.items()}
