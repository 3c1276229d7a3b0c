"""Work that goes on and on: what was opened is closed, what was started ends.

Longer, and in a window: python -m tool.dev.soak hours.
"""

from __future__ import annotations

from pathlib import Path

from tool.dev.soak.holdings import grown_between
from tool.dev.soak.hours import SEQUENCES, work

ROUNDS = 3


def test_sequence_after_sequence_holds_on_to_nothing(tmp_path: Path) -> None:
    found, count = work(tmp_path, False, 3, lambda so_far: so_far.sequences >= ROUNDS * SEQUENCES)
    assert grown_between(found[SEQUENCES : 2 * SEQUENCES], found[-SEQUENCES:]) == []
    assert count.commits == 2 * len(found)
