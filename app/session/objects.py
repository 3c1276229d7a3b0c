"""Handlers of what an object is called, whether it is drawn, and of its split in time."""

from dataclasses import replace

from app.domain.annotation import Object, Status
from app.domain.history import CellChange, Edit
from app.files.odd_names import clean_text
from app.messages.events import ObjectDescribed, ObjectsHidden, ObjectSplit
from app.messages.orders import Order
from app.session import polygons, propagation
from app.session.state import State, given_fields


def on_described(state: State, event: ObjectDescribed) -> list[Order]:
    """Change the name, the note or the lock of an object."""
    item = state.object(event.object_id)
    if item is None:
        return []
    changed = replace(item, **given_fields(event))
    name, note = (clean_text(text).strip() for text in (changed.name, changed.note))
    changed = replace(changed, name=name, note=note)
    after = tuple(changed if other is item else other for other in state.sequence.objects)
    if after == state.sequence.objects:
        return []
    title = "Change object" if event.locked is None else "Lock object" if event.locked else "Unlock object"
    edit = Edit(state.next_edit, title, objects=(state.sequence.objects, after))
    return state.commit(edit) + propagation.restart(state, edit)


def on_hidden(state: State, event: ObjectsHidden) -> list[Order]:
    """Draw all objects but some."""
    left_out = (state.view3d.left_out - state.sequence.hidden) | event.hidden
    state.view3d = replace(state.view3d, left_out=left_out)
    state.sequence = replace(state.sequence, hidden=event.hidden)
    return []


def on_split(state: State, event: ObjectSplit) -> list[Order]:
    """Give the masks from a frame on to a new object of the same label."""
    item = state.object(event.object_id)
    cells = [
        (frame, cell)
        for (frame, object_id), cell in sorted(state.cells.items())
        if object_id == event.object_id and frame >= event.frame
    ]
    if item is None or not cells:
        state.add_toast("info", "The object has no mask from this frame on.")
        return []
    if item.locked or any(cell.status == Status.VERIFIED for _, cell in cells):
        state.add_toast(
            "warning", "A mask from this frame on is locked. Unlock it first to split the object."
        )
        return []
    made = Object(state.next_object, item.label)
    changes = [CellChange(frame, item.object_id, cell, None) for frame, cell in cells]
    changes += [CellChange(frame, made.object_id, None, cell) for frame, cell in cells]
    objects = (state.sequence.objects, (*state.sequence.objects, made))
    edit = Edit(state.next_edit, "Split object", tuple(changes), objects=objects)
    orders = state.commit(edit)
    state.sequence = replace(state.sequence, selected=made.object_id)
    return orders + propagation.restart(state, edit) + polygons.refresh_outlines(state)
