"""The actions of the menu Object."""

from app.actions.action import (
    SELECTED,
    Action,
    EventFactory,
    Events,
    ForSelected,
    Keys,
    Menu,
    ViewCommand,
    with_objects,
)
from app.domain.annotation import Object
from app.messages import events as e
from app.messages.snapshot import Snapshot


def selected_object(snapshot: Snapshot) -> Object | None:
    objects, selected = snapshot.sequence.objects, snapshot.sequence.selected
    return next((item for item in objects if item.object_id == selected), None)


def toggle_hidden(snapshot: Snapshot, object_id: int) -> Events:
    """Hide an object, or show it."""
    return (e.ObjectsHidden(snapshot.sequence.hidden ^ {object_id}),)


def toggle_solo(snapshot: Snapshot, object_id: int) -> Events:
    """Hide all objects but one, or show everything where that is so already."""
    others = _others(snapshot, object_id)
    return (e.ObjectsHidden(frozenset() if snapshot.sequence.hidden == others else others),)


def _is_solo(snapshot: Snapshot) -> bool:
    selected, hidden = snapshot.sequence.selected, snapshot.sequence.hidden
    return selected is not None and bool(hidden) and hidden == _others(snapshot, selected)


def toggle_lock(snapshot: Snapshot, object_id: int) -> Events:
    """Lock an object, or unlock it."""
    return tuple(
        e.ObjectDescribed(object_id, locked=not item.locked)
        for item in snapshot.sequence.objects
        if item.object_id == object_id
    )


def _others(snapshot: Snapshot, object_id: int) -> frozenset[int]:
    return frozenset(item.object_id for item in snapshot.sequence.objects) - {object_id}


def _show_all() -> EventFactory:
    return with_objects(lambda s: (e.ObjectsHidden(frozenset()),) if s.sequence.hidden else ())


OBJECT = Menu("Object", (
    Action("object.hide", "Hide", "Hide or show the selected object, on the frame and in 3D.",
           Keys("Shift+Q"), ForSelected(toggle_hidden), ticked=lambda s: s.sequence.selected in s.sequence.hidden),
    Action("object.solo", "Only this one", "Hide all other objects, or show them again.", Keys("Shift+S"),
           ForSelected(toggle_solo),
           ticked=_is_solo),
    Action("object.show_all", "Show all", "Show every object again.", Keys("Shift+Y"), _show_all()),
    Action("object.lock", "Lock", "Let nothing change the selected object, or unlock it.", Keys("Shift+K"),
           ForSelected(toggle_lock), ticked=lambda s: (item := selected_object(s)) is not None and item.locked),
    Action("object.name", "Name…", "Give the selected object a name of its own.", Keys("Shift+N", cvat="Alt+N"),
           SELECTED),
    Action("object.note", "Note…", "Write down something about the selected object.", Keys("Shift+T"), SELECTED),
    Action("object.split", "Split here", "From this frame on the selected object is another one.",
           Keys("Alt+O"), ForSelected(lambda s, selected: (e.ObjectSplit(selected, s.sequence.frame),))),
    Action("object.merge", "Merge with…", "Add another object's masks to those of the selected one.",
           Keys("Alt+J"), ViewCommand(lambda s: s.sequence.selected is not None and len(s.sequence.objects) > 1)),
))  # fmt: skip
