"""The actions of sign-offs, which end the menu Review."""

from app.actions.action import Action, Keys, ViewCommand
from app.messages.snapshot import Snapshot


def _is_open(snapshot: Snapshot) -> bool:
    return snapshot.sequence.info is not None and snapshot.sequence.signed_off is None


SIGN_OFF = (
    Action("sign_off.sign", "Sign off…", "Approve the sequence, which locks it under your name.",
           Keys("Ctrl+Alt+Enter"), ViewCommand(_is_open)),
    Action("sign_off.reopen", "Reopen with a reason…", "Unlock a sequence that was signed off, and say why.",
           Keys("Ctrl+Alt+Shift+Enter"), ViewCommand(lambda s: s.sequence.signed_off is not None)),
    Action("sign_off.list", "Sign-offs…", "Show who signed the sequence off and who reopened it, when and why.",
           Keys("Ctrl+Alt+O"), ViewCommand(lambda s: bool(s.sequence.sign_offs))),
)  # fmt: skip
