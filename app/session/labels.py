"""Handlers of the label list and the objects."""

from collections.abc import Iterable
from dataclasses import replace

from app.domain.annotation import Label, Object, SequenceInfo
from app.domain.history import CellChange, Edit
from app.domain.label_colors import free_color
from app.files.odd_names import clean_text
from app.messages import events as ev
from app.messages.orders import KeepLabels, Order, Record, RecordCursor
from app.session import polygons, propagation
from app.session.state import State


def ensure_label(state: State, wanted: int | None) -> Label | None:
    """Return the label to commit under and make it the current one; an empty list gets its first label."""
    if not state.labels and wanted is None:
        state.labels = (Label(1, "object", free_color([])),)
    value = wanted if wanted is not None else state.label or state.labels[0].value
    found = next((label for label in state.labels if label.value == value), None)
    if found is None:
        state.add_toast("warning", f"There is no label {value}: add it first.")
        return None
    state.label = found.value
    return found


def on_added(state: State, event: ev.LabelAdded) -> list[Order]:
    """Add a label and make it the current one."""
    used = {label.value for label in state.labels}
    value = event.value or next((n for n in range(1, 256) if n not in used), 0)
    if not 1 <= value <= 255 or value in used:
        state.add_toast("error", f"Label value {value or '> 255'} is not free: choose one from 1 to 255.")
        return []
    color = event.color or free_color([label.color for label in state.labels])
    label = Label(value, event.name.strip() or f"label {value}", color, event.code)
    orders = _set_labels(state, (*state.labels, label), f"Add label {label.name}")
    state.label = value
    state.sequence = replace(state.sequence, selected=None)
    state.is_chosen = True
    return orders


def on_changed(state: State, event: ev.LabelChanged) -> list[Order]:
    """Rename or recolour a label."""
    changed = tuple(_changed(label, event) if label.value == event.value else label for label in state.labels)
    return _set_labels(state, changed, "Change label") if changed != state.labels else []


def on_coded(state: State, event: ev.LabelCoded) -> list[Order]:
    """Give a label a code, or take it away."""
    changed = tuple(
        replace(label, code=event.code) if label.value == event.value else label for label in state.labels
    )
    return _set_labels(state, changed, "Change code of label") if changed != state.labels else []


def on_deleted(state: State, event: ev.LabelDeleted) -> list[Order]:
    """Delete a label that no object has; the values of the others stay."""
    users = sum(item.label == event.value for item in state.sequence.objects)
    if users:
        noun = "object has" if users == 1 else "objects have"
        state.add_toast("warning", f"{users} {noun} label {event.value}: delete or relabel them first.")
        return []
    left = tuple(label for label in state.labels if label.value != event.value)
    if left == state.labels:
        return []
    state.add_toast("info", f"Label {event.value} was deleted. Undo brings it back.")
    return _set_labels(state, left, "Delete label")


def on_moved(state: State, event: ev.LabelMoved) -> list[Order]:
    """Change the painting order."""
    moving = [label for label in state.labels if label.value == event.value]
    others = [label for label in state.labels if label.value != event.value]
    row = min(max(event.row, 0), len(others))
    moved = tuple(others[:row] + moving + others[row:])
    return _set_labels(state, moved, "Move label") if moved != state.labels else []


def on_replaced(state: State, event: ev.LabelsReplaced) -> list[Order]:
    """Replace the list by a loaded one; labels that objects still have are appended."""
    loaded = {label.value for label in event.labels}
    needed = {item.label for item in state.sequence.objects} - loaded
    kept = tuple(label for label in state.labels if label.value in needed)
    return _set_labels(state, event.labels + kept, "Load labels")


def on_chosen(state: State, event: ev.LabelChosen) -> list[Order]:
    """Make a label the current one, and its latest object the selected one."""
    if event.value not in {label.value for label in state.labels}:
        return []
    state.label = event.value
    same = [item.object_id for item in state.sequence.objects if item.label == event.value]
    is_new = state.pending is not None and state.pending.is_new
    return select_object(state, same[-1] if same and not is_new else None)


def select_again(state: State, touched: Iterable[int] = ()) -> None:
    """Select an object where none is selected, so that the target of the next click is seen.

    The label of the selected object is the current one.

    touched: objects of an edit that was undone or redone; without one, the current label's latest object.
    """
    chosen = state.object(state.sequence.selected)
    if chosen is not None:
        state.label = chosen.label
        return
    known = [item for item in state.sequence.objects if item.object_id in set(touched)]
    same = known or [item for item in state.sequence.objects if item.label == state.label]
    if same:
        state.sequence = replace(state.sequence, selected=same[-1].object_id)
        state.label = same[-1].label


def select_object(state: State, object_id: int | None) -> list[Order]:
    """Select an object; pending clicks stay, and get the label chosen at their commit."""
    state.sequence = replace(state.sequence, selected=object_id)
    state.is_chosen = True
    if state.pending is not None and not state.pending.prompts:
        state.pending = None
    return []


def on_object_added(state: State, event: ev.ObjectAdded) -> list[Order]:
    """Make another object of a label and select it."""
    before = state.labels
    label = ensure_label(state, event.label)
    if label is None:
        return []
    made = Object(state.next_object, label.value)
    labels = (before, state.labels) if state.labels != before else None
    objects = (state.sequence.objects, (*state.sequence.objects, made))
    orders = state.commit(Edit(state.next_edit, "Add object", labels=labels, objects=objects))
    state.sequence = replace(state.sequence, selected=made.object_id)
    state.label, state.is_chosen = label.value, True
    return orders


def on_object_chosen(state: State, event: ev.ObjectChosen) -> list[Order]:
    """Select an object and with it its label."""
    item = state.object(event.object_id)
    if item is not None:
        state.label = item.label
    orders = select_object(state, item.object_id if item is not None else None)
    return [*orders, RecordCursor(state.sequence.frame)]


def on_object_stepped(state: State, event: ev.ObjectStepped) -> list[Order]:
    """Select the next object in turn."""
    ids = [item.object_id for item in state.sequence.objects]
    if not ids:
        return []
    state.sequence = replace(state.sequence, mode="annotate")
    state.polygons.clear()
    selected = state.sequence.selected
    here = ids.index(selected) if selected in ids else -1 if event.direction > 0 else 0
    return on_object_chosen(state, ev.ObjectChosen(ids[(here + event.direction) % len(ids)]))


def on_object_relabelled(state: State, event: ev.ObjectRelabelled) -> list[Order]:
    """Give an object another label of the list."""
    if event.label not in {label.value for label in state.labels}:
        return []
    after = tuple(
        replace(item, label=event.label) if item.object_id == event.object_id else item
        for item in state.sequence.objects
    )
    if after == state.sequence.objects:
        return []
    if event.object_id == state.sequence.selected:
        state.label = event.label
    return state.commit(Edit(state.next_edit, "Relabel object", objects=(state.sequence.objects, after)))


def on_object_deleted(state: State, event: ev.ObjectDeleted) -> list[Order]:
    """Delete an object with all its masks, as one edit."""
    item = state.object(event.object_id)
    if item is None:
        return []
    if item.locked:
        state.add_toast("warning", f"Object #{item.object_id} is locked. Unlock it first to delete it.")
        return []
    cells = tuple(
        CellChange(frame, object_id, cell, None)
        for (frame, object_id), cell in sorted(state.cells.items())
        if object_id == event.object_id
    )
    left = tuple(item for item in state.sequence.objects if item.object_id != event.object_id)
    edit = Edit(state.next_edit, "Delete object", cells, objects=(state.sequence.objects, left))
    noun = "its mask" if len(cells) == 1 else f"its {len(cells)} masks"
    with_masks = f" with {noun}" if cells else ""
    state.add_toast("info", f"Object #{item.object_id} was deleted{with_masks}. Undo brings it back.")
    return state.commit(edit) + propagation.restart(state, edit) + polygons.refresh_outlines(state)


def label_kind(info: SequenceInfo) -> str:
    """Return the kind of sequences that a label list is for: video, or scan with its modality."""
    return f"scan {info.modality}".strip().lower() if info.kind == "volume" else "video"


def switch_kind(state: State, kind: str) -> None:
    """Change to the labels for a kind of sequences: those last used for it, else those set without a sequence."""
    if state.label_kind != kind:
        state.labels_by_kind[state.label_kind] = state.labels
        state.labels = state.labels_by_kind.get(kind, state.labels_by_kind.get("", ()))
    state.label_kind = kind


def on_recalled(state: State, event: ev.LabelsRecalled) -> list[Order]:
    """Offer the labels of an earlier start to sequences of their kind."""
    state.labels_by_kind[event.kind] = event.labels
    if not event.kind and state.sequence.info is None:
        state.labels = event.labels
        state.label = event.labels[0].value if event.labels else None
    return []


def record_labels(state: State) -> list[Order]:
    """Record the current labels as those of a sequence that had none."""
    if not state.labels:
        return []
    edit = Edit(state.next_edit, "Take over labels", labels=((), state.labels))
    state.next_edit += 1
    return [Record(edit, "done")]


def keep_labels(state: State, edit: Edit) -> list[Order]:
    """Keep the label list for later sequences after an edit of nothing else was undone or redone.

    An empty list is not kept: it comes back where the edit that took the labels over is undone.
    """
    is_list_only = edit.labels is not None and edit.objects is None and not edit.cells
    return [KeepLabels(state.labels, state.label_kind)] if is_list_only and state.labels else []


def _set_labels(state: State, wanted: tuple[Label, ...], title: str) -> list[Order]:
    labels = tuple(replace(label, name=clean_text(label.name)) for label in wanted)
    if state.sequence.info is None:
        state.labels = labels
        state.label = labels[0].value if labels else None
        state.label_kind, state.labels_by_kind = "", {"": labels}
        return [KeepLabels(labels, "")]
    orders = state.commit(Edit(state.next_edit, title, labels=(state.labels, labels)))
    return [*orders, KeepLabels(labels, state.label_kind)]


def _changed(label: Label, event: ev.LabelChanged) -> Label:
    name = event.name.strip() if event.name else ""
    return replace(label, name=name or label.name, color=event.color or label.color)
