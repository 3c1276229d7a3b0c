"""The actions of the menu Tiers."""

from app.actions.action import WHILE_OPEN, Action, Condition, Events, Keys, Menu, ViewCommand
from app.messages import events as e
from app.messages.snapshot import Snapshot


def _toggle_marking(snapshot: Snapshot) -> Events:
    return (e.MarkingToggled(),) if snapshot.sequence.tiers.tiers else ()


def _has_tiers(snapshot: Snapshot) -> bool:
    return bool(snapshot.sequence.tiers.tiers)


def _on_frame(snapshot: Snapshot) -> bool:
    frame = snapshot.sequence.frame
    return any(interval.is_on(frame) for interval in snapshot.sequence.tiers.intervals)


def _when(condition: Condition) -> ViewCommand:
    return ViewCommand(condition)


TIERS = Menu("Tiers", (
    Action("tier.mark", "Mark by keys", "Let the keys of terms mark what happens, also while playing, or not any more.",
           Keys("Ctrl+T"), _toggle_marking, ticked=lambda s: s.sequence.marking),
    Action("tier.add", "New tier…", "Add a tier of phases, intervals or points, with its terms.",
           Keys("Ctrl+J"), WHILE_OPEN),
    Action("tier.change", "Change terms…", "Change the terms of a tier, and their keys.",
           Keys("Ctrl+Alt+J"), _when(_has_tiers)),
    Action("tier.delete", "Delete a tier…", "Delete a tier with all that is marked on it.",
           Keys("Alt+Shift+E"), _when(_has_tiers)),
    Action("interval.relabel", "Another term…", "Give what happens on this frame another term.",
           Keys("Alt+T"), _when(_on_frame)),
    Action("interval.start", "Starts here…", "Let an interval start on this frame.",
           Keys("Alt+Shift+J"), _when(lambda s: bool(s.sequence.tiers.intervals))),
    Action("interval.stop", "Ends here…", "Let an interval end with this frame.",
           Keys("Alt+Shift+T"), _when(lambda s: bool(s.sequence.tiers.intervals))),
    Action("interval.delete", "Delete what happens here…", "Delete an interval or point that is on this frame.",
           Keys("Ctrl+Shift+T"), _when(_on_frame)),
    Action("interval.unmasked", "Next without a mask…", "Go to the next frame of a phase or interval without a mask.",
           Keys("Alt+E"), _when(lambda s: bool(s.sequence.tiers.intervals))),
    Action("interval.sheet", "Sheet without masks…",
           "Show only frames of a phase or interval without a mask on the contact sheet, or all frames again.",
           Keys("Ctrl+F4"), _when(lambda s: bool(s.sequence.tiers.intervals) or s.sheet.term is not None),
           ticked=lambda s: s.sheet.term is not None),
    Action("interval.import", "Import intervals…", "Add the tiers and intervals of a CSV, JSON or ELAN file.",
           Keys("Alt+X"), WHILE_OPEN),
    Action("tier.save", "Save tiers…", "Write the tiers with their terms and keys to a file, which the import reads.",
           Keys("Alt+Shift+X"), _when(_has_tiers)),
    Action("interval.list", "All intervals…", "Find an interval by typing, and go to its first frame.",
           Keys("Ctrl+Shift+J"), _when(lambda s: bool(s.sequence.tiers.intervals))),
))  # fmt: skip
