"""The order for an edit by a hand tool: which masks it changes, and how."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from math import sqrt

from app.domain.annotation import Annotation, Mask, Status, empty_mask
from app.domain.frame_order import FrameOrder, order_of
from app.domain.mask_operations import (
    Between,
    CutPart,
    Join,
    Region,
    Stroke,
)
from app.imaging.volume_geometry import plane_of
from app.messages import events as ev
from app.messages.orders import EditMasks, MaskChange
from app.session.state import State, WaitingEdit


def order_edit(state: State, request: WaitingEdit) -> EditMasks | None:
    """Return the order for a request as things are now, None with a message where it makes no sense."""
    match request:
        case ev.MaskEditRequested():
            changes = _operate(state, request)
        case ev.ObjectCut():
            changes = _cut(state, request)
        case ev.ObjectsMerged():
            changes = _merge(state, request)
        case ev.GapsInterpolated():
            changes = tuple(_fill_gaps(state, request))
            if not changes:
                state.add_toast("info", "There is no gap between two masks made by hand to fill here.")
    return EditMasks(state.new_job(), changes) if changes else None


def _operate(state: State, request: ev.MaskEditRequested) -> tuple[MaskChange, ...]:
    operation, frame = request.operation, request.frame
    object_id = request.object_id if request.object_id is not None else state.sequence.selected
    begins = isinstance(operation, (Stroke, Region)) and not operation.erase
    if object_id is None and begins:
        object_id = state.next_object
    if object_id is None or (object_id != state.next_object and state.object(object_id) is None):
        state.add_toast("warning", "Choose an object first.")
        return ()
    known = state.annotation(frame, object_id)
    if state.refuses(frame, object_id):
        return ()
    if known is None and not begins:
        state.add_toast("warning", "The object has no mask on this frame.")
        return ()
    changes: tuple[MaskChange, ...] = (MaskChange(frame, object_id, mask_before(state, known), operation),)
    if isinstance(operation, Stroke) and request.is_ball:
        changes += tuple(_ball(state, frame, object_id, operation))
    return changes


def _ball(state: State, frame: int, object_id: int, stroke: Stroke) -> Iterator[MaskChange]:
    """Yield the strokes of a ball on the other slices that it reaches; verified ones are left out."""
    info = state.sequence.info
    assert info is not None
    if info.spacing is None:
        return
    plane = plane_of(info)
    step = info.spacing[plane.axis] / (plane.column_spacing or 1.0)
    reach = int(stroke.radius / step)
    order, at = order_of(info), order_of(info).slice_of(frame)
    for index in range(max(at - reach, 0), min(at + reach + 1, order.slices)):
        other = order.frame(order.time_of(frame), index)
        known = state.annotation(other, object_id)
        is_locked = known is not None and known.status == Status.VERIFIED
        radius = sqrt(max(stroke.radius**2 - ((index - at) * step) ** 2, 0.0))
        if other != frame and radius > 0 and not is_locked and not (known is None and stroke.erase):
            yield MaskChange(other, object_id, mask_before(state, known), replace(stroke, radius=radius))


def _cut(state: State, request: ev.ObjectCut) -> tuple[MaskChange, ...]:
    known = state.annotation(request.frame, state.sequence.selected)
    if known is None or state.sequence.selected is None:
        state.add_toast("warning", "Choose the object to cut first.")
        return ()
    if state.refuses(request.frame, state.sequence.selected):
        return ()
    parts = ((state.sequence.selected, True), (state.next_object, False))
    return tuple(
        MaskChange(request.frame, object_id, known.mask, CutPart(request.points, largest))
        for object_id, largest in parts
    )


def _merge(state: State, request: ev.ObjectsMerged) -> tuple[MaskChange, ...]:
    if (
        None in (state.object(request.object_id), state.object(request.other))
        or request.object_id == request.other
    ):
        state.add_toast("warning", "Choose two objects to merge.")
        return ()
    cells = [(frame, cell) for (frame, key), cell in sorted(state.cells.items()) if key == request.other]
    known = {frame: state.annotation(frame, request.object_id) for frame, _ in cells}
    locked = [cell for cell in (*known.values(), *(cell for _, cell in cells)) if cell is not None]
    items = [state.object(request.object_id), state.object(request.other)]
    if any(cell.status == Status.VERIFIED for cell in locked) or any(item and item.locked for item in items):
        state.add_toast(
            "warning", "One of these objects or a mask of theirs is locked. Unlock it first to merge them."
        )
        return ()
    return tuple(
        MaskChange(frame, request.object_id, mask_before(state, known[frame]), Join(cell.mask))
        for frame, cell in cells
    )


def _fill_gaps(state: State, request: ev.GapsInterpolated) -> Iterator[MaskChange]:
    """Yield a change for every unlocked frame between neighbouring references that hold a mask."""
    info, object_id = state.sequence.info, request.object_id
    assert info is not None
    item = state.object(object_id)
    if item is None or item.locked:
        return
    stop = info.frames if request.stop is None else request.stop
    nothing = empty_mask(info.height, info.width)
    anchors = [frame for frame in state.references.get(object_id, []) if request.start <= frame < stop]
    for first, last in _gaps(anchors, request.around, order_of(info)):
        start, end = state.cells[first, object_id].mask, state.cells[last, object_id].mask
        if nothing in (start, end):
            continue
        for frame in range(first + 1, last):
            known = state.annotation(frame, object_id)
            if known is None or not known.status.is_locked:
                between = Between(start, end, (frame - first) / (last - first))
                yield MaskChange(frame, object_id, mask_before(state, known), between)


def _gaps(anchors: list[int], around: int | None, order: FrameOrder) -> list[tuple[int, int]]:
    """Return neighbouring references; with a frame, only those around it, or else after or before it."""
    gaps = [pair for pair in pairwise(anchors) if pair[1] > pair[0] + 1 and pair[1] in order.run(pair[0])]
    if around is None:
        return gaps
    near = [gap for gap in gaps if gap[0] <= around <= gap[1]]
    return near[-1:]


def mask_before(state: State, known: Annotation | None) -> Mask:
    """Return the mask of an annotation, an empty one where there is none."""
    info = state.sequence.info
    assert info is not None
    return known.mask if known is not None else empty_mask(info.height, info.width)
