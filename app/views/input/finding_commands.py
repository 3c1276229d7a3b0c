"""The commands about text and faces on frames: going to them, calling them harmless, listing who said what."""

import time
from collections.abc import Callable
from typing import Final

from app.domain.finding import PictureDecision
from app.messages.events import FrameRequested, Noticed
from app.messages.events.pictures import FindingsCalledHarmless
from app.views.dialogs.quick_pick import QuickPick
from app.views.input.sign_off_commands import local_time
from app.views.toolkit.virtual_list import Row
from app.views.workbench import Workbench

_WORDS: Final = {
    "mask": "Painted over",
    "leave-out": "Left out",
    "allow": "Exported as they are",
    "harmless": "Called harmless",
}


class FindingCommands:
    """Posts what a person says of flagged frames. who: asks for the operator."""

    def __init__(self, bench: Workbench, quick_pick: QuickPick, who: Callable[[], None]) -> None:
        self._bench, self._quick_pick, self._who = bench, quick_pick, who

    def commands(self) -> dict[str, Callable[[], object]]:
        """Return the commands by action id."""
        return {"finding.next": self._next, "finding.harmless": self._harmless, "finding.list": self._list}

    def _next(self) -> None:
        """Go to the next flagged frame; after the last comes the first."""
        sequence = self._bench.snapshot.sequence
        later = [frame for frame in sequence.findings if frame > sequence.frame]
        self._bench.post(FrameRequested(later[0] if later else min(sequence.findings)))

    def _harmless(self) -> None:
        snapshot = self._bench.snapshot
        if snapshot.operator:
            self._bench.post(FindingsCalledHarmless(snapshot.sequence.frame, time.time()))
            return
        self._bench.post(Noticed("info", "Say who works first, for it is noted who said so."))
        self._who()

    def _list(self) -> None:
        records = reversed(self._bench.snapshot.sequence.picture_decisions)
        rows = [Row((decision_words(one), one.by, local_time(one.at)), one) for one in records]
        self._quick_pick.ask_for_choice("Text and faces", "Part of a name", rows, lambda chosen: None)


def decision_words(decision: PictureDecision) -> str:
    """Return what was said, such as "Painted over: 12 frames"."""
    words = _WORDS.get(decision.action, decision.action)
    if not decision.frames:
        return words
    return f"{words}: {decision.frames} {'frame' if decision.frames == 1 else 'frames'}"
