"""Carrying masks along the runs of a plan with a tracker. No process, no pipe: frames in, results out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Lines, Mask
from app.domain.propagation_plan import PassPlan, Span
from app.imaging import masks
from app.models.engine import Prediction, Tracker, TrackerPass

Sheet = dict[tuple[int, int], Mask]
ReadFrame = Callable[[int], NDArray[np.uint8]]
BLOCK = 8
FOREGROUND = 0.5


@dataclass(frozen=True, slots=True)
class Result:
    """One object on one frame. sources: as in Annotation."""

    object_id: int
    mask: Mask
    score: float
    sources: tuple[int, int]


@dataclass(slots=True)
class Sheets:
    """Masks by (frame, object_id) that a propagation starts from, leaves alone, or fuses with.

    lines: of an object's frames that keep what held has there, which is nothing where it has no mask.
    """

    references: Sheet = field(default_factory=dict)
    kept: Sheet = field(default_factory=dict)
    earlier: Sheet = field(default_factory=dict)
    held: Sheet = field(default_factory=dict)
    lines: dict[int, Lines] = field(default_factory=dict)


def walk(
    passes: Sequence[PassPlan], sheets: Sheets, tracker: Tracker, read: ReadFrame
) -> Iterator[tuple[int, tuple[Result, ...]]]:
    """Yield (frame, results) for every frame of every run.

    Runs away from the same seed take turns, so that both neighbourhoods of the cursor fill up first.
    """
    _remember(sheets.references, tracker, read)
    for group in _groups(passes):
        walks = [_steps(plan, sheets, tracker, read) for plan in group]
        while walks:
            for steps in list(walks):
                for _ in range(BLOCK):
                    found = next(steps, None)
                    if found is None:
                        walks.remove(steps)
                        break
                    yield found


def _remember(references: Sheet, tracker: Tracker, read: ReadFrame) -> None:
    by_frame: dict[int, dict[int, Mask]] = {}
    for (frame, object_id), mask in references.items():
        by_frame.setdefault(frame, {})[object_id] = mask
    for frame, found in sorted(by_frame.items()):
        tracker.remember(frame, read(frame), _decoded(found))


def _groups(passes: Sequence[PassPlan]) -> list[list[PassPlan]]:
    groups: dict[int, list[PassPlan]] = {}
    for plan in passes:
        groups.setdefault(plan.start_frame, []).append(plan)
    return list(groups.values())


def _steps(
    plan: PassPlan, sheets: Sheets, tracker: Tracker, read: ReadFrame
) -> Iterator[tuple[int, tuple[Result, ...]]]:
    spans = {span.object_id: span for span in plan.spans}
    trip = tracker.start(plan.start_frame, 1 if plan.direction > 0 else -1)
    for frame in plan.frames:
        yield frame, _step(frame, plan, spans, sheets, tracker, trip, read(frame))


def _step(
    frame: int,
    plan: PassPlan,
    spans: Mapping[int, Span],
    sheets: Sheets,
    tracker: Tracker,
    trip: TrackerPass,
    image: NDArray[np.uint8],
) -> tuple[Result, ...]:
    here = plan.objects_at(frame)
    kept = {
        object_id: sheets.kept[(frame, object_id)] for object_id in here if (frame, object_id) in sheets.kept
    }
    free = [object_id for object_id in here if object_id not in kept]
    answers = trip.step(frame, image, free, _decoded(kept) or None)
    return tuple(
        _result(frame, plan.direction, spans[object_id], answers[object_id], sheets, tracker, image)
        for object_id in free
        if object_id in answers
    )


def _result(
    frame: int,
    direction: int,
    span: Span,
    answer: Prediction,
    sheets: Sheets,
    tracker: Tracker,
    image: NDArray[np.uint8],
) -> Result:
    earlier = sheets.earlier.get((frame, span.object_id)) if span.far else None
    probability = answer.probability
    if earlier is not None:
        share = abs(span.far_frame - frame) / abs(span.far_frame - span.reference)
        before = masks.decode(earlier).astype(np.float32)
        probability = tracker.fuse(frame, image, before, probability, share)
    mask = masks.encode(_pinned(probability > FOREGROUND, frame, span.object_id, sheets))
    if span.far:
        sheets.earlier[(frame, span.object_id)] = mask
    far = span.far if earlier is not None else 0
    sources = (span.near, far) if direction > 0 else (far, span.near)
    return Result(span.object_id, mask, answer.score, sources)


def _pinned(mask: NDArray[np.bool_], frame: int, object_id: int, sheets: Sheets) -> NDArray[np.bool_]:
    """The mask with the lines that a person made in another direction as they were."""
    lines = sheets.lines.get(object_id)
    if lines is None:
        return mask
    held = sheets.held.get((frame, object_id))
    known = masks.decode(held) if held is not None else np.zeros_like(mask)
    rows, columns = sorted(lines.rows), sorted(lines.columns)
    mask[rows] = known[rows]
    mask[:, columns] = known[:, columns]
    return mask


def _decoded(found: Mapping[int, Mask]) -> dict[int, NDArray[np.bool_]]:
    return {object_id: masks.decode(mask) for object_id, mask in found.items()}
