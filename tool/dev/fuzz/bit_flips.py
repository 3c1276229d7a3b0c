"""Single flipped bits in a journal: none may change work without a word."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.domain.errors import FramewiseError
from app.storage.workspace.journal import Journal, JournalContents
from tool.dev.bench.report import heading, row

# What is read beside the contents when a sequence is opened.
_VALUES: Final = ("frame", "seen", "selected", "window", "comments", "tiers", "intervals", "sign_offs")


@dataclass(frozen=True, slots=True)
class _Found:
    """All that a journal tells."""

    contents: JournalContents
    values: dict[str, object]
    authorship: tuple[tuple[int, str, float, str, str], ...]


def flip_bits(samples: Path, count: int, seed: int) -> int:
    """Flip one bit count times; print what reading made of it, and return 1 if anything changed in silence."""
    heading(f"{count} journals with one flipped bit, seed {seed}")
    source = sorted((samples / "work").glob("a.mp4-*/journal.sqlite3"))[0]
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


def _outcome(path: Path, good: _Found) -> str:
    try:
        found = _read(path)
    except FramewiseError:
        return "refused"
    except Exception as error:  # noqa: BLE001 - every other exception is what the campaign looks for
        return f"raw {type(error).__name__}"
    if found.contents.damage:
        return "damage named"
    return "unchanged" if found == good else "changed in silence"


def _read(path: Path) -> _Found:
    with Journal(path) as journal:
        return _Found(
            journal.read(), {key: journal.meta(key) for key in _VALUES}, tuple(journal.authorship())
        )
