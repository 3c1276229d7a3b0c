"""Single flipped bits in a journal: none may change work without a word."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from pathlib import Path

from app.domain.errors import FramewiseError
from app.storage.workspace.journal import Journal, JournalContents
from tool.dev.bench.report import heading, row
from tool.dev.fuzz.mutations import flip_bit


def flip_bits(samples: Path, count: int, seed: int) -> int:
    """Flip one bit count times; print what reading made of it, and return 1 if anything changed in silence."""
    heading(f"{count} journals with one flipped bit, seed {seed}")
    source = sorted((samples / "work").rglob("journal.sqlite3"))[0]
    content, chance, tally = source.read_bytes(), random.Random(seed), Counter[str]()
    good = _read(source)
    for _ in range(count):
        with tempfile.TemporaryDirectory(prefix="framewise-flip-") as folder:
            path = Path(folder) / "journal.sqlite3"
            path.write_bytes(flip_bit(content, chance))
            tally[_outcome(path, good)] += 1
    for outcome, times in tally.most_common():
        row(outcome, str(times))
    return 1 if tally["changed in silence"] or any(name.startswith("raw") for name in tally) else 0


def _outcome(path: Path, good: JournalContents) -> str:
    try:
        found = _read(path)
    except FramewiseError:
        return "refused"
    except Exception as error:  # noqa: BLE001 - every other exception is what the campaign looks for
        return f"raw {type(error).__name__}"
    if found.damage:
        return "damage named"
    return "unchanged" if found == good else "changed in silence"


def _read(path: Path) -> JournalContents:
    with Journal(path) as journal:
        return journal.read()
