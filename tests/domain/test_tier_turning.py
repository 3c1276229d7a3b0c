"""Tiers come along where a scan is sliced in another direction or along time, and come back as they were."""

from __future__ import annotations

from dataclasses import replace

from app.domain.frame_order import FrameOrder
from app.domain.tier import Interval, Term, Tier, TierTable, sort_intervals
from app.domain.tier_turning import Slicing, carry_tiers, turn_tiers

SPACE, FILM = FrameOrder(4, 3), FrameOrder(4, 3, "time")
OTHER = FrameOrder(6, 3)  # another direction, with six slices
PHASES = Tier("phase", "phases", (Term("rest", "1"), Term("beat", "2")))
POINTS = Tier("mark", "points", (Term("noise", "3"),))
NOTHING = TierTable()


def table(*intervals: Interval) -> TierTable:
    return TierTable((PHASES, POINTS), sort_intervals(intervals))


def frames(found: TierTable, term: str, order: FrameOrder) -> set[tuple[int, int]]:
    """Return (time point, slice) of all frames of a term."""
    return {
        (order.time_of(frame), order.slice_of(frame))
        for one in found.intervals
        if one.term == term
        for frame in range(one.start, order.frames if one.stop is None else one.stop)
    }


def test_along_time_each_slice_keeps_what_happens_on_it_and_back_all_is_as_it_was() -> None:
    made = table(
        Interval("phase", "rest", 0, 3, "Ada"),
        Interval("phase", "rest", 3, 4, "Ada"),
        Interval("phase", "beat", 5, None, "Bo"),
        Interval("mark", "noise", 1, 2),
        Interval("mark", "noise", 2, 3),
    )
    film = turn_tiers(made, NOTHING, SPACE, FILM, same_slices=True)
    assert film.tiers == made.tiers
    for term in ("rest", "beat", "noise"):
        assert frames(film, term, FILM) == frames(made, term, SPACE)
    assert all(one.stop == one.start + 1 for one in film.on("mark"))
    assert turn_tiers(film, made, FILM, SPACE, same_slices=True) == made


def test_in_another_direction_whole_time_points_come_along_and_single_frames_stay() -> None:
    made = table(Interval("phase", "beat", 4, 8, "Ada"), Interval("phase", "rest", 1, 3, "Ada"))
    there = table(Interval("phase", "rest", 3, 9, "Ada"), Interval("mark", "noise", 0, 1))
    turned = turn_tiers(made, there, SPACE, OTHER, same_slices=False)
    assert turned.on("phase") == (
        Interval("phase", "rest", 3, 6, "Ada"),
        Interval("phase", "beat", 6, 12, "Ada"),
    )
    assert turned.on("mark") == there.on("mark")
    assert turn_tiers(turned, made, OTHER, SPACE, same_slices=False) == made


def test_of_a_scan_without_time_the_tiers_come_along_and_each_direction_keeps_its_intervals() -> None:
    axial, coronal = FrameOrder(4), FrameOrder(6)
    made, there = table(Interval("phase", "beat", 0, 4)), table(Interval("phase", "rest", 2, 5))
    assert turn_tiers(made, NOTHING, axial, coronal, same_slices=False) == TierTable(made.tiers)
    assert turn_tiers(made, there, axial, coronal, same_slices=False) == there


def test_terms_in_use_in_the_other_direction_stay() -> None:
    renamed = TierTable((replace(PHASES, terms=(Term("beat", "1"),)),))
    there = table(Interval("phase", "rest", 2, 5), Interval("mark", "noise", 0, 1))
    turned = turn_tiers(renamed, there, FrameOrder(4), FrameOrder(6), same_slices=False)
    assert turned.intervals == there.intervals
    assert turned.tiers == (
        replace(PHASES, terms=(Term("beat", "1"), Term("rest", "3"))),
        replace(POINTS, terms=(Term("noise", "2"),)),
    )


def test_what_was_changed_there_is_changed_here_and_the_rest_stays_as_it_is() -> None:
    made = table(
        Interval("phase", "rest", 0, 2), Interval("phase", "rest", 2, 3), Interval("phase", "rest", 10, 11)
    )
    film = turn_tiers(made, NOTHING, SPACE, FILM, same_slices=True)
    gone = replace(film, intervals=tuple(one for one in film.intervals if not one.is_on(FILM.frame(2, 2))))
    back = turn_tiers(gone, made, FILM, SPACE, same_slices=True)
    assert back.intervals == made.intervals[:2]


AXIAL, TIME = Slicing("axial", SPACE), Slicing("axial", FILM)
CORONAL, SAGITTAL = Slicing("coronal", OTHER), Slicing("sagittal", FrameOrder(5, 3))


class Scan:
    """A scan that is turned: a table for each direction, as its journals keep them."""

    def __init__(self) -> None:
        self.at = AXIAL
        self.tables: dict[Slicing, TierTable] = {}
        self.elsewhere: dict[str, TierTable] = {}

    def turn(self, *ways: Slicing) -> Scan:
        for way in ways:
            own = self.tables.get(way, NOTHING)
            self.tables[way], self.elsewhere = carry_tiers(
                self.tables.get(self.at, NOTHING), own, self.elsewhere, self.at, way
            )
            self.at = way
        return self

    def mark(self, *intervals: Interval) -> Scan:
        self.tables[self.at] = table(*self.tables.get(self.at, NOTHING).intervals, *intervals)
        return self


def test_what_is_said_of_single_frames_outlasts_turns_over_other_directions() -> None:
    scan = (
        Scan().turn(TIME, AXIAL).mark(Interval("phase", "rest", 1, 3, "Ada"), Interval("mark", "noise", 5, 6))
    )
    scan.turn(CORONAL).mark(Interval("phase", "rest", 2, 4, "Bo"))
    scan.turn(TIME)
    assert frames(scan.tables[TIME], "rest", FILM) == {(0, 1), (0, 2)}
    scan.mark(Interval("mark", "noise", 0, 1)).turn(SAGITTAL, AXIAL)
    assert frames(scan.tables[AXIAL], "rest", SPACE) == {(0, 1), (0, 2)}
    assert frames(scan.tables[AXIAL], "noise", SPACE) == {(1, 1), (0, 0)}
    scan.turn(CORONAL)
    assert scan.tables[CORONAL].on("phase") == (Interval("phase", "rest", 2, 4, "Bo"),)


def test_what_was_deleted_does_not_come_back_over_other_directions() -> None:
    scan = Scan().mark(Interval("phase", "rest", 1, 3), Interval("mark", "noise", 5, 6)).turn(TIME, AXIAL)
    scan.tables[AXIAL] = TierTable((PHASES,), ())
    assert scan.turn(SAGITTAL, TIME, CORONAL, AXIAL).tables[AXIAL] == TierTable((PHASES,), ())


def test_tiers_made_in_one_direction_are_in_all() -> None:
    scan = Scan().turn(CORONAL).mark().turn(TIME, SAGITTAL)
    assert all(scan.tables[way].tiers == (PHASES, POINTS) for way in (TIME, SAGITTAL))
    assert scan.turn(AXIAL).tables[AXIAL].tiers == (PHASES, POINTS)
