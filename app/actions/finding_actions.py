"""The actions about text and faces on frames, which follow the sign-offs in the menu Review."""

from app.actions.action import Action, Keys, ViewCommand
from app.messages.snapshot import Snapshot


def _is_flagged(snapshot: Snapshot) -> bool:
    return snapshot.sequence.frame in snapshot.sequence.findings


FINDINGS = (
    Action("finding.next", "Next frame with text or a face", "Go to the next frame that may name the patient.",
           Keys("Ctrl+Shift+I"), ViewCommand(lambda s: bool(s.sequence.findings))),
    Action("finding.harmless", "It is harmless",
           "Say that the text or face on this frame names nobody, wherever it is in the sequence.",
           Keys("Alt+Shift+I"), ViewCommand(_is_flagged)),
    Action("finding.list", "Who let pictures out…", "Show who said what of text and faces, and when.",
           Keys("Ctrl+Alt+I"), ViewCommand(lambda s: bool(s.sequence.picture_decisions))),
)  # fmt: skip
