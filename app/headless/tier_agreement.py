"""Agreement of two works about what happens when: on each tier and each of its terms. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.domain.tier import Interval, TierKind, TierTable

# Of two intervals that are the same one: the usual threshold of temporal action localization (ActivityNet's lowest).
LEAST_OVERLAP: Final = 0.5
# Frames between two points that are the same one: half a second of a film. Chosen by hand.
POINT_REACH: Final = 12

Frames = NDArray[np.intp]  # sorted, each once
_Side = Sequence[tuple[str, Frames]]  # terms and the frames of their intervals


@dataclass(frozen=True, slots=True)
class TermAgreement:
    """Agreement about one term."""

    term: str
    first: int  #: frames of the first work
    second: int
    iou: float  #: of the frames, 1.0 where neither has any
    counts: tuple[int, int]  #: intervals or points of either
    same: int  #: of them that are the same one in both: IoU of LEAST_OVERLAP at least, or points in reach


@dataclass(frozen=True, slots=True)
class TierAgreement:
    """Agreement about one tier."""

    tier: str
    kind: TierKind
    kappa: float | None  #: Cohen's, frame by frame; None of points, and where both say the same everywhere
    terms: tuple[TermAgreement, ...]


def compare_tiers(first: TierTable, second: TierTable, frames: int) -> tuple[TierAgreement, ...]:
    """Compare two tables, tiers and terms by their names. frames: of the sequence."""
    names = dict.fromkeys(tier.name for table in (first, second) for tier in table.tiers)
    return tuple(_compare_tier(name, first, second, frames) for name in names)


def _compare_tier(name: str, first: TierTable, second: TierTable, frames: int) -> TierAgreement:
    tier = first.tier(name) or second.tier(name)
    assert tier is not None
    ours, theirs = (
        [(one.term, _frames_of(one, frames)) for one in table.on(name)] for table in (first, second)
    )
    is_point = tier.kind == "points"
    terms = tuple(
        dict.fromkeys([*(term.name for term in tier.terms), *(term for term, _ in (*ours, *theirs))])
    )
    found = [
        _compare_term(
            term,
            [on for known, on in ours if known == term],
            [on for known, on in theirs if known == term],
            POINT_REACH if is_point else None,
        )
        for term in terms
    ]
    kappa = None if is_point else _kappa(ours, theirs, terms, frames)
    return TierAgreement(name, tier.kind, kappa, tuple(term for term in found if any(term.counts)))


def _frames_of(interval: Interval, frames: int) -> Frames:
    stop = frames if interval.stop is None else min(interval.stop, frames)
    return np.arange(min(interval.start, stop), stop)


def _compare_term(
    term: str, ours: Sequence[Frames], theirs: Sequence[Frames], reach: int | None
) -> TermAgreement:
    one, other = (np.unique(np.concatenate(side)) if side else np.arange(0) for side in (ours, theirs))
    same = _count_same(ours, theirs) if reach is None else _count_near(one, other, reach)
    return TermAgreement(term, one.size, other.size, _iou(one, other), (len(ours), len(theirs)), same)


def _iou(one: Frames, other: Frames) -> float:
    both = np.intersect1d(one, other, assume_unique=True).size
    either = one.size + other.size - both
    return both / either if either else 1.0


def _count_same(ours: Sequence[Frames], theirs: Sequence[Frames]) -> int:
    """Return how many intervals are the same one in both, the best pairs first."""
    pairs = [
        (_iou(one, other), n, m)
        for n, one in enumerate(ours)
        for m, other in enumerate(theirs)
        if one.size and other.size and one[0] <= other[-1] and other[0] <= one[-1]
    ]
    left, right = set[int](), set[int]()
    for iou, n, m in sorted(pairs, key=lambda pair: -pair[0]):
        if iou >= LEAST_OVERLAP and n not in left and m not in right:
            left.add(n)
            right.add(m)
    return len(left)


def _count_near(one: Frames, other: Frames, reach: int) -> int:
    """Return how many points are the same one in both: in order of time, each with the first one in reach."""
    same = at = 0
    for frame in one:
        while at < other.size and other[at] < frame - reach:
            at += 1
        if at < other.size and other[at] <= frame + reach:
            same, at = same + 1, at + 1
    return same


def _kappa(ours: _Side, theirs: _Side, terms: Sequence[str], frames: int) -> float | None:
    """Return Cohen's kappa (1960): agreement beyond that of chance. What is said of a frame is the set of its terms."""
    said = np.zeros((len(terms), 2 * frames), bool)
    for offset, side in ((0, ours), (frames, theirs)):
        for term, on in side:
            said[terms.index(term), on + offset] = True
    values, codes = np.unique(said, axis=1, return_inverse=True)
    count = values.shape[1]
    if count < 2:
        return None
    one, other = codes.reshape(2, frames)
    shares = [np.bincount(side, minlength=count) / frames for side in (one, other)]
    by_chance = float(shares[0] @ shares[1])
    return (float((one == other).mean()) - by_chance) / (1 - by_chance)
