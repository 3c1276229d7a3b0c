"""Tiers of two works become one table: by names, with the keys of ours, and no two phases at once."""

from __future__ import annotations

import pytest

from app.domain.tier import KEYS, Interval, Term, Tier, TierTable, sort_intervals
from app.domain.tier_merging import merge_tiers

FRAMES = 100
OURS = Tier("phase", "phases", (Term("rest", "2"), Term("cut", "1")))
THEIRS = Tier("phase", "phases", (Term("cut", "3"), Term("close", "2")))
NOTES = Tier("note", "points", (Term("pause", "1"),))


def table(tiers: tuple[Tier, ...], *intervals: Interval) -> TierTable:
    return TierTable(tiers, sort_intervals(intervals))


def phases(found: TierTable) -> list[tuple[str, int, int | None]]:
    return [(one.term, one.start, one.stop) for one in found.on("phase")]


def test_terms_of_ours_keep_their_keys_and_new_ones_get_the_next_free_ones() -> None:
    merged, left_out = merge_tiers(
        table((OURS,)), table((THEIRS, NOTES), Interval("note", "pause", 7, 8, "Ben")), FRAMES
    )
    assert merged.tiers == (
        Tier("phase", "phases", (*OURS.terms, Term("close", "3"))),
        Tier("note", "points", (Term("pause", "4"),)),
    )
    assert merged.intervals == (Interval("note", "pause", 7, 8, "Ben"),) and not left_out


def test_where_phases_meet_ours_or_theirs_stay() -> None:
    ours = table((OURS,), Interval("phase", "rest", 0, 20, "Ada"), Interval("phase", "cut", 30, 40, "Ada"))
    theirs = table((THEIRS,), Interval("phase", "close", 10, 35, "Ben"), Interval("phase", "cut", 90, 101))
    kept, left_out = merge_tiers(ours, theirs, FRAMES, "keep")
    assert phases(kept) == [("rest", 0, 20), ("close", 20, 30), ("cut", 30, 40)] and left_out == 1
    taken, _ = merge_tiers(ours, theirs, FRAMES, "take")
    assert phases(taken) == [("rest", 0, 10), ("close", 10, 35), ("cut", 35, 40)]
    assert merge_tiers(ours, ours, FRAMES, "keep")[0] == ours == merge_tiers(ours, ours, FRAMES)[0]


def test_more_terms_than_keys_are_an_error() -> None:
    many = Tier("many", "points", tuple(Term(f"term {number}", "") for number in range(len(KEYS))))
    with pytest.raises(ValueError, match="keys"):
        merge_tiers(table((OURS,)), table((many,)), FRAMES)
