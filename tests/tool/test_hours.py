"""Work that goes on and on: what was opened is closed, what was started ends.

Longer, and in a window: python -m tool.soak hours.
"""

from __future__ import annotations

from pathlib import Path

from tool.soak.holdings import range_of
from tool.soak.hours import SEQUENCES, work

ROUNDS = 3


def test_sequence_after_sequence_holds_on_to_nothing(tmp_path: Path) -> None:
    found, count = work(tmp_path, False, 3, lambda done: done >= ROUNDS * SEQUENCES)
    early, late = range_of(found[SEQUENCES : 2 * SEQUENCES]), range_of(found[-SEQUENCES:])
    assert late.grown_since(early) == []
    assert count.commits == 2 * len(found)
