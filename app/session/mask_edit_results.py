"""Edits of the history from the results of hand tools."""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.annotation import Annotation, Mask, Object, Status, empty_mask
from app.domain.history import CellChange, Edit
from app.domain.mask_operations import (
    DropIslands,
    FillHoles,
    Grow,
    KeepPiece,
    MaskOperation,
    Region,
    Smooth,
    Stroke,
)
from app.messages import events as ev
from app.messages.orders import EditMasks, Order
from app.session import polygons, propagation
from app.session.labels import ensure_label
from app.session.mask_edit_orders import mask_before
from app.session.state import State, WaitingEdit

TITLES: dict[type[MaskOperation], str] = {
    Stroke: "Brush",
    Region: "Lasso",
    FillHoles: "Fill holes",
    DropIslands: "Drop islands",
    KeepPiece: "Keep piece",
    Grow: "Grow or shrink",
    Smooth: "Smooth",
}


def commit_edit(state: State, request: WaitingEdit, order: EditMasks, event: ev.MasksEdited) -> list[Order]:
    """Commit the results of an order as one edit."""
    match request:
        case ev.MaskEditRequested():
            edit = _operated(state, request, event)
        case ev.ObjectCut():
            edit = _parted(state, order, event)
        case ev.ObjectsMerged():
            edit = _merged(state, request, event)
        case ev.GapsInterpolated():
            edit = Edit(state.next_edit, "Interpolate", tuple(_between(state, event)))
    if edit is None:
        return []
    orders = state.commit(edit) + polygons.refresh_outlines(state)
    return (
        orders if isinstance(request, ev.GapsInterpolated) else orders + propagation.after_edit(state, edit)
    )


def _operated(state: State, request: ev.MaskEditRequested, event: ev.MasksEdited) -> Edit | None:
    labels_before, objects_before = state.labels, state.sequence.objects
    object_id = event.results[0][1]
    if state.object(object_id) is None:
        label = ensure_label(state, None)
        if label is None:
            return None
        made = Object(object_id, label.value)
        state.sequence = replace(state.sequence, objects=(*objects_before, made))
    changes = tuple(_made(state, frame, key, mask) for frame, key, mask, _ in event.results)
    changes = tuple(change for change in changes if _is_other(state, change))
    if not changes:
        state.sequence = replace(state.sequence, objects=objects_before)
        if not isinstance(request.operation, (Stroke, Region)):
            state.add_toast("info", f"{TITLES[type(request.operation)]}: there was nothing to change.")
        return None
    title = TITLES[type(request.operation)]
    is_eraser = isinstance(request.operation, Stroke) and request.operation.erase
    edit = Edit(
        state.next_edit,
        "Eraser" if is_eraser else title,
        changes,
        labels=(labels_before, state.labels) if state.labels != labels_before else None,
        objects=(objects_before, state.sequence.objects)
        if state.sequence.objects != objects_before
        else None,
    )
    state.sequence = replace(state.sequence, selected=object_id)
    return edit


def _parted(state: State, order: EditMasks, event: ev.MasksEdited) -> Edit | None:
    (frame, object_id, kept, _), (_, made, part, _) = event.results
    item = state.object(object_id)
    assert item is not None and state.sequence.info is not None
    if part == empty_mask(state.sequence.info.height, state.sequence.info.width):
        state.add_toast("warning", "The line does not cut the mask in two: draw it right across.")
        return None
    changes = (_made(state, frame, object_id, kept), _made(state, frame, made, part))
    objects = (state.sequence.objects, (*state.sequence.objects, Object(made, item.label)))
    return Edit(state.next_edit, "Cut in two", changes, objects=objects)


def _merged(state: State, request: ev.ObjectsMerged, event: ev.MasksEdited) -> Edit:
    changes = []
    for frame, object_id, mask, _ in event.results:
        ours, theirs = state.annotation(frame, object_id), state.cells[frame, request.other]
        changes.append(CellChange(frame, object_id, ours, _joined(state, ours, theirs, mask)))
        changes.append(CellChange(frame, request.other, theirs, None))
    left = tuple(item for item in state.sequence.objects if item.object_id != request.other)
    state.sequence = replace(state.sequence, selected=request.object_id)
    return Edit(state.next_edit, "Merge objects", tuple(changes), objects=(state.sequence.objects, left))


def _joined(state: State, ours: Annotation | None, theirs: Annotation, mask: Mask) -> Annotation:
    """Return the annotation of two joined masks: made by hand where one of them is, else as sure as the less sure."""
    if theirs.reference or (ours is not None and ours.reference):
        return Annotation(mask, Status.EDITED, reference=True, version=state.next_edit)
    score = min(theirs.score, ours.score if ours is not None else 1.0)
    return Annotation(mask, Status.PROPAGATED, score)


def _between(state: State, event: ev.MasksEdited) -> Iterator[CellChange]:
    """Yield the interpolated masks, which are up to date as long as their references are."""
    for frame, object_id, mask, score in event.results:
        anchors = state.references[object_id]
        before = max(anchor for anchor in anchors if anchor < frame)
        after = min(anchor for anchor in anchors if anchor > frame)
        sources = (state.cells[before, object_id].version, state.cells[after, object_id].version)
        made = Annotation(mask, Status.PROPAGATED, score, sources=sources)
        yield CellChange(frame, object_id, state.annotation(frame, object_id), made)


def _made(state: State, frame: int, object_id: int, mask: Mask) -> CellChange:
    after = Annotation(mask, Status.EDITED, reference=True, version=state.next_edit)
    return CellChange(frame, object_id, state.annotation(frame, object_id), after)


def _is_other(state: State, change: CellChange) -> bool:
    """Whether a change changes the mask."""
    assert change.after is not None
    return change.after.mask != mask_before(state, change.before)
