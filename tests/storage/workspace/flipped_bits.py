"""Copies of a file in which one bit is another."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path


def flipped_copies(good: Path, count: int) -> Iterator[tuple[int, Path]]:
    """Yield copies, each with one bit of a byte that is not 0 flipped, and the seed that chose it."""
    content = good.read_bytes()
    used = [place for place, byte in enumerate(content) if byte]
    for seed in range(count):
        chance = random.Random(seed)
        flipped = bytearray(content)
        flipped[chance.choice(used)] ^= 1 << chance.randrange(8)
        path = good.with_name(f"{seed}")
        path.write_bytes(flipped)
        yield seed, path
        path.unlink()
