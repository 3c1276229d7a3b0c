"""Single flipped bits in a journal: none may change work without a word."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from pathlib import Path

from app.domain.errors import FramewiseError
from app.storage.workspace.journal import Journal, JournalContents
from tool.dev.bench.report import heading, row


def flip_bits(samples: Path, count: int, seed: int) -> int:
    """Flip one bit count times; print what reading made of it, and return 1 if anything changed in silence."""
    heading(f"{count} journals with one flipped bit, seed {seed}")
    source = sorted((samples / "work").rglob("journal.sqlite3"))[0]
    content, chance, tally = source.read_bytes(), random.Random(seed), Counter[str]()
    good, used = _read(source), [place for place, byte in enumerate(content) if byte]
    for _ in range(count):
        with tempfile.TemporaryDirectory(prefix="framewise-flip-") as folder:
            path = Path(folder) / "journal.sqlite3"
            path.write_bytes(_flip(content, used, chance))
            tally[_outcome(path, good)] += 1
    for outcome, times in tally.most_common():
        row(outcome, str(times))
    return 1 if tally["changed in silence"] or any(name.startswith("raw") for name in tally) else 0


def _flip(content: bytes, used: list[int], chance: random.Random) -> bytes:
    """Flip a bit of a byte that is not zero: most of a small journal is unused space."""
    changed = bytearray(content)
    changed[chance.choice(used)] ^= 1 << chance.randrange(8)
    return bytes(changed)


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
