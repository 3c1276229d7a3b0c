"""Two works agree about phases frame by frame, about intervals by their overlap, about points within some frames."""

from __future__ import annotations

import pytest

from app.domain.tier import Interval, Term, Tier, TierTable, sort_intervals
from app.headless.tier_agreement import POINT_REACH, TierAgreement, compare_tiers

FRAMES = 100
PHASES = Tier("phase", "phases", (Term("rest", "1"), Term("cut", "2")))
TOOLS = Tier("tool", "intervals", (Term("hook", "3"), Term("clip", "4")))
POINTS = Tier("mark", "points", (Term("bleeding", "5"),))


def table(*intervals: Interval) -> TierTable:
    return TierTable((PHASES, TOOLS, POINTS), sort_intervals(intervals))


def compare(first: TierTable, second: TierTable) -> dict[str, TierAgreement]:
    return {tier.tier: tier for tier in compare_tiers(first, second, FRAMES)}


def test_the_same_work_agrees_wholly_whoever_made_it() -> None:
    ada = table(Interval("phase", "rest", 0, 40, "Ada"), Interval("phase", "cut", 40, None, "Ada"))
    ben = table(Interval("phase", "rest", 0, 40, "Ben"), Interval("phase", "cut", 40, None, "Ben"))
    found = compare(ada, ben)
    assert found["phase"].kappa == 1.0 and [term.iou for term in found["phase"].terms] == [1.0, 1.0]
    assert [(term.term, term.first, term.same) for term in found["phase"].terms] == [
        ("rest", 40, 1),
        ("cut", 60, 1),
    ]
    assert found["tool"].kappa is None and not found["tool"].terms, "nobody said anything"


def test_kappa_is_that_of_the_confusion_of_frames() -> None:
    """Of 100 frames 50 agree on rest, 20 on cut, 30 are rest in the first and cut in the second."""
    ada = table(Interval("phase", "rest", 0, 80), Interval("phase", "cut", 80, 100))
    ben = table(Interval("phase", "rest", 0, 50), Interval("phase", "cut", 50, 100))
    by_chance = 0.8 * 0.5 + 0.2 * 0.5
    found = compare(ada, ben)["phase"]
    assert found.kappa == pytest.approx((0.7 - by_chance) / (1 - by_chance))
    rest, cut = found.terms
    assert (rest.first, rest.second, rest.iou, rest.same) == (80, 50, 0.625, 1)
    assert (cut.iou, cut.same) == (0.4, 0), "too little of it is shared"


def test_intervals_that_overlap_are_each_the_same_as_one_other_at_most() -> None:
    ada = table(
        Interval("tool", "hook", 0, 10), Interval("tool", "hook", 20, 30), Interval("tool", "clip", 5, 25)
    )
    ben = table(
        Interval("tool", "hook", 1, 10), Interval("tool", "hook", 2, 9), Interval("tool", "grasper", 5, 25)
    )
    found = {term.term: term for term in compare(ada, ben)["tool"].terms}
    assert (found["hook"].counts, found["hook"].same) == ((2, 2), 1)
    assert found["clip"].counts == (1, 0) and found["clip"].iou == 0.0
    assert found["grasper"].counts == (0, 1), "a term that only one of both has"


def test_points_in_reach_are_the_same_each_once() -> None:
    ada = table(*(Interval("mark", "bleeding", at, at + 1) for at in (10, 50, 51, 90)))
    ben = table(
        *(Interval("mark", "bleeding", at, at + 1) for at in (10 + POINT_REACH, 50, 90 - POINT_REACH - 1))
    )
    (term,) = compare(ada, ben)["mark"].terms
    assert (term.counts, term.same) == ((4, 3), 2)
    assert compare(ada, ben)["mark"].kappa is None


def test_intervals_beyond_the_sequence_count_nothing() -> None:
    ada, ben = table(Interval("phase", "rest", 90, 200)), table(Interval("phase", "rest", 90, None))
    (rest,) = compare(ada, ben)["phase"].terms
    assert (rest.first, rest.second, rest.iou, rest.same) == (10, 10, 1.0, 1)
