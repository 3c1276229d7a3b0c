"""Frames on which something happens and no object has a mask. Pure."""

from collections.abc import Iterable
from functools import reduce
from operator import or_

from app.domain.tier import TierTable


def masked_frames(statuses: Iterable[bytes], frames: int) -> bytes:
    """Return a byte for each frame, 0 where no object has a mask. statuses: of each object, a byte a frame."""
    found = (int.from_bytes(one, "little") for one in statuses)
    return reduce(or_, found, 0).to_bytes(frames, "little")


def unmasked_frames(table: TierTable, tier: str, term: str, masked: bytes) -> tuple[int, ...]:
    """Return the frames of a term without a mask, in order. masked: see masked_frames."""
    frames = len(masked)
    spans = ((one.start, one.stop) for one in table.on(tier) if one.term == term)
    found = {
        frame
        for start, stop in spans
        for frame in range(start, frames if stop is None else min(stop, frames))
        if not masked[frame]
    }
    return tuple(sorted(found))


def count_unmasked(table: TierTable, masked: bytes) -> tuple[tuple[str, int], ...]:
    """Return the terms of phases and intervals that have frames without a mask, with how many."""
    kinds = {tier.name: tier.kind for tier in table.tiers}
    used = dict.fromkeys((one.tier, one.term) for one in table.intervals if kinds.get(one.tier) != "points")
    counts = ((term, len(unmasked_frames(table, tier, term, masked))) for tier, term in used)
    return tuple((term, count) for term, count in counts if count)
