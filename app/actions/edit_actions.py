"""The actions of the menus Edit and Labels."""

from collections.abc import Iterable

from app.actions.action import (
    ANYTIME,
    Action,
    EventFactory,
    Events,
    ForSelected,
    Keys,
    Menu,
    ViewCommand,
    fixed_events,
    with_objects,
)  # fmt: skip
from app.domain.annotation import Label
from app.messages import events as e
from app.messages.snapshot import Snapshot


def label_keys(labels: Iterable[Label]) -> dict[int, int]:
    """Return the label value for each digit key 1..9.

    A digit picks the label of that value, so that deleting or moving labels changes no key; digits left over
    go to the remaining labels in list order.
    """
    values = [label.value for label in labels]
    keys = {value: value for value in values if value <= 9}
    free = (digit for digit in range(1, 10) if digit not in keys)
    rest = (value for value in values if value > 9)
    keys.update(zip(free, rest, strict=False))
    return dict(sorted(keys.items()))


def _choose_label(digit: int) -> EventFactory:
    def make(snapshot: Snapshot) -> Events:
        value = label_keys(snapshot.labels).get(digit)
        return (e.LabelChosen(value),) if value is not None else ()

    return make


def _move_label(delta: int) -> EventFactory:
    def make(snapshot: Snapshot) -> Events:
        values = [label.value for label in snapshot.labels]
        if snapshot.label not in values:
            return ()
        row = values.index(snapshot.label) + delta
        return (e.LabelMoved(snapshot.label, row),) if 0 <= row < len(values) else ()

    return make


EDIT = Menu("Edit", (
    Action("mask.finish", "Finish", "Finish the pending mask, or turn polygon editing on and off.",
           Keys("Space", cvat="N", labelme="Space F"), fixed_events(e.MaskFinished())),
    Action("edit.undo", "Undo", "Take back the last click or edit.",
           Keys("Ctrl+Z"), lambda s: (e.Undone(),) if s.edits.can_undo else (), repeats=True),
    Action("edit.redo", "Redo", "Bring back what was taken back.",
           Keys("Ctrl+Y", cvat="Ctrl+Shift+Z Ctrl+Y"),
           lambda s: (e.Redone(),) if s.edits.can_redo else (), repeats=True),
    Action("clicks.clear", "Clear clicks", "Drop the pending clicks and their mask.",
           Keys("Ctrl+Shift+Z", cvat="Ctrl+Backspace"), lambda s: (e.ClicksCleared(),) if s.pending else ()),
    Action("edit.cancel", "Cancel", "Leave what is under way: a drag, a dialog, an offer.", Keys("Escape"), ANYTIME),
    Action("polygon.delete", "Delete polygon", "Delete the polygon under the mouse or the one chosen.",
           Keys("Backspace"), ViewCommand(lambda s: s.sequence.info is not None and s.sequence.mode == "edit")),
    Action("mask.delete", "Object is not here", "Delete the selected object's mask on this frame.",
           Keys("Delete"), ForSelected(lambda s, selected: (e.MaskDeleted(s.sequence.frame, selected),))),
    Action("object.new", "New object", "Start another object of the current label.",
           Keys("N", cvat="Shift+N", labelme="Ctrl+N"), fixed_events(e.ObjectAdded())),
    Action("object.next", "Next object", "Select the next object.",
           Keys("Tab"), with_objects(lambda s: (e.ObjectStepped(1),)), repeats=True),
    Action("object.previous", "Previous object", "Select the object before.",
           Keys("Shift+Tab"), with_objects(lambda s: (e.ObjectStepped(-1),)), repeats=True),
    Action("object.relabel", "Give it another label…", "Choose another label for the selected object.",
           Keys("R"), ViewCommand(lambda s: s.sequence.selected is not None)),
    Action("object.delete", "Delete object", "Delete the selected object on all frames.",
           Keys("Shift+Delete"), ForSelected(lambda s, selected: (e.ObjectDeleted(selected),))),
))  # fmt: skip

LABELS = Menu("Labels", (
    Action("label.find", "Find label…", "Choose a label by typing a part of its name.",
           Keys("L", cvat="Ctrl+F"), ANYTIME),
    Action("label.pick", "Label under the mouse", "Take object and label of the mask under the mouse.",
           Keys("Alt+L"), ViewCommand(lambda s: s.sequence.info is not None and bool(s.sequence.objects))),
    Action("label.number", "Label by number…", "Choose a label by two digits typed after this key, such as 0 7 or 1 2.",
           Keys("Shift+J"), ViewCommand(lambda s: bool(s.labels))),
    Action("label.add", "Add label…", "Add a label to the list.", Keys("Ctrl+L"), ANYTIME),
    Action("label.add_code", "Add label by code…", "Add a label for an organ, lesion or instrument of DICOM's lists.",
           Keys("Ctrl+Alt+D"), ANYTIME),
    Action("label.code", "Code of the label…", "Say what the current label stands for in DICOM exports.",
           Keys("Alt+Shift+L"), ViewCommand(lambda s: s.label is not None)),
    Action("label.rename", "Rename label…", "Rename the current label.",
           Keys("Shift+L", labelme="Ctrl+E"), ViewCommand(lambda s: s.label is not None)),
    Action("label.up", "Move label up", "Move the current label a row up, under the others.",
           Keys("Alt+Up"), _move_label(-1), repeats=True),
    Action("label.down", "Move label down", "Move the current label a row down, over the others.",
           Keys("Alt+Down"), _move_label(1), repeats=True),
    Action("label.load", "Load labels…", "Read a label list from a text file.",
           Keys("Ctrl+O", labelme="Ctrl+Shift+O"), ANYTIME),
    Action("label.save", "Save labels…", "Write the label list to a text file.",
           Keys("Ctrl+Shift+S"), ViewCommand(lambda s: bool(s.labels))),
    *(Action(f"label.{n}", f"Label {n}", f"Choose the label of key {n}.",
             Keys(f"{n}", cvat=f"Ctrl+{n} {n}"), _choose_label(n)) for n in range(1, 10)),
))  # fmt: skip
