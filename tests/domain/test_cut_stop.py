"""Cuts that propagation has stopped at: whom they concern, and that they survive the journal."""

from __future__ import annotations

from app.domain.annotation import Annotation, Mask, Status
from app.domain.cut_stop import CutStop, CutStops, stops_from_wire, stops_to_wire
from app.domain.propagation_plan import PropagationRequest, plan_passes

AHEAD, BACK = CutStop(1, 5, 3, 1, 12), CutStop(1, 20, 4, -1, 12)


def test_a_stop_hides_what_lies_beyond_the_cut() -> None:
    assert [frame for frame in (11, 12, 13) if AHEAD.hides(frame)] == [12, 13]
    assert [frame for frame in (11, 12, 13) if BACK.hides(frame)] == [11]


def test_a_stop_holds_for_its_reference_only_as_it_was() -> None:
    stops = CutStops()
    stops.add((AHEAD, BACK))
    assert stops.find(1, 5, 3, 1) == AHEAD
    assert stops.find(1, 5, 6, 1) is stops.find(1, 5, 3, -1) is stops.find(2, 5, 3, 1) is None
    assert stops.drop(lambda stop: stop.direction < 0) == (BACK,)
    assert stops.all() == (AHEAD,)


def test_stops_survive_the_journal_and_what_is_none_is_left_out() -> None:
    wire = stops_to_wire((AHEAD, BACK))
    assert stops_from_wire(wire) == (AHEAD, BACK)
    assert stops_from_wire([*wire, [1, 2], "x", [1, 2, 3, 0, 4]]) == (AHEAD, BACK)
    assert stops_from_wire(None) == ()


def test_passes_end_at_cuts_that_are_known_on_both_sides() -> None:
    mask = Mask(2, 2, b"")
    cells = {
        (frame, 1): Annotation(mask, Status.EDITED, reference=True, version=version)
        for frame, version in ((5, 3), (20, 4))
    }
    stops = CutStops()
    stops.add((AHEAD, BACK))

    def plan(stops: CutStops | None) -> dict[tuple[int, int], list[int]]:
        passes = plan_passes(
            {1: [5, 20]}, lambda f, o: cells.get((f, o)), 25, PropagationRequest(0, 25), 5, stops
        )
        return {(one.start_frame, one.direction): list(one.frames) for one in passes}

    found = plan(stops)
    assert found[5, 1] == list(range(6, 12)) and found[20, -1] == list(range(19, 11, -1))
    assert plan(None)[5, 1] == list(range(6, 20))
