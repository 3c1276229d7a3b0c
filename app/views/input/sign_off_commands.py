"""The commands of sign-offs: approving the open sequence, reopening it, and listing who did so."""

import time
from collections.abc import Callable

from app.domain.sign_off import SignOff
from app.messages.events import Noticed
from app.messages.events.sign_offs import SequenceSignedOff, SignOffWithdrawn
from app.views.dialogs.prompts import LinePrompt, Question
from app.views.dialogs.quick_pick import QuickPick
from app.views.toolkit.virtual_list import Row
from app.views.workbench import Workbench


class SignOffCommands:
    """Asks before a sequence is locked, and for the reason before it is unlocked.

    who: asks for the operator. guard: calls a function once the PIN was given, where one is needed.
    """

    def __init__(
        self,
        bench: Workbench,
        dialogs: tuple[Question, LinePrompt, QuickPick],
        who: Callable[[], None],
        guard: Callable[[Callable[[], None]], None],
    ) -> None:
        self._bench, self._who, self._guard = bench, who, guard
        self._question, self._line, self._quick_pick = dialogs

    def commands(self) -> dict[str, Callable[[], object]]:
        """Return the commands by action id."""
        return {
            "sign_off.sign": lambda: self._with_name(self._ask_to_sign),
            "sign_off.reopen": lambda: self._with_name(self._ask_for_reason),
            "sign_off.list": self._list,
        }

    def _with_name(self, then: Callable[[], None]) -> None:
        if not self._bench.snapshot.operator:
            self._bench.post(
                Noticed("info", "Say who works first, for it is noted who signed a sequence off.")
            )
            self._who()
            return
        self._guard(then)

    def _ask_to_sign(self) -> None:
        snapshot, by = self._bench.snapshot, self._bench.snapshot.operator
        left = snapshot.edits.unreviewed
        frames = "1 frame has" if left == 1 else f"{left} frames have"
        unseen = f"{frames} not been looked at. " if left else ""
        text = f"{unseen}{by} approves this sequence; it is locked until somebody reopens it with a reason."
        self._question.ask_question("Sign off?", text, "Sign off", lambda: self._sign(by))

    def _sign(self, by: str) -> None:
        self._bench.post(SequenceSignedOff(by, time.time()))

    def _ask_for_reason(self) -> None:
        by = self._bench.snapshot.operator
        self._line.ask_for_text(
            "Why is it reopened?",
            "",
            lambda reason: self._bench.post(SignOffWithdrawn(by, time.time(), reason)),
        )

    def _list(self) -> None:
        records = reversed(self._bench.snapshot.sequence.sign_offs)
        rows = [Row((_words(found), found.by, local_time(found.at)), found) for found in records]
        self._quick_pick.ask_for_choice("Sign-offs", "Part of a name or reason", rows, _do_nothing)


def local_time(at: float) -> str:
    """Return a time in seconds since 1970 as date and minutes of this machine's time zone."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))


def _words(found: SignOff) -> str:
    return "Signed off" if found.reason is None else f"Reopened: {found.reason}"


def _do_nothing(_chosen: SignOff) -> None:
    """Leave the list, which is only read."""
