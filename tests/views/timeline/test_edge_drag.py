"""An edge of an interval follows the mouse, onto cuts, and what touches it gives way."""

from __future__ import annotations

import pytest

from app.domain.tier import Interval, Term, Tier, TierTable
from app.views.timeline.edge_drag import grab_edge

FIRST, SECOND = Interval("phase", "a", 10, 20), Interval("phase", "b", 20, 30)
TABLE = TierTable(
    (Tier("phase", "phases", (Term("a", "1"), Term("b", "2"))), Tier("mark", "points", (Term("c", "3"),))),
    (FIRST, SECOND, Interval("mark", "c", 40, 41)),
)


def dragged(tier: str, start: int, end: int, cuts: tuple[int, ...] = ()) -> Interval | None:
    """Where an edge leads, with ten pixels a frame."""
    drag = grab_edge(TABLE, tier, start * 10.0 + 3, lambda frame: frame * 10.0, 6)
    assert drag is not None
    drag.move(end, cuts, 2.0)
    change = drag.change()
    return None if change is None else change.after


@pytest.mark.parametrize(
    ("start", "end", "wanted"),
    [
        (10, 5, Interval("phase", "a", 5, 20)),
        (10, 25, Interval("phase", "a", 19, 20)),
        (30, 35, Interval("phase", "b", 20, 35)),
        (20, 24, Interval("phase", "a", 10, 24)),
        (20, 16, Interval("phase", "b", 16, 30)),
    ],
)
def test_an_edge_is_dragged_and_of_two_that_touch_one_grows(start: int, end: int, wanted: Interval) -> None:
    assert dragged("phase", start, end) == wanted


def test_an_edge_moves_onto_the_nearest_cut_and_a_point_moves_whole() -> None:
    assert dragged("phase", 30, 35, (33, 36, 50)) == Interval("phase", "b", 20, 36)
    assert dragged("phase", 30, 35, (37, 50)) == Interval("phase", "b", 20, 37)
    assert dragged("phase", 30, 35, (38,)) == Interval("phase", "b", 20, 35)
    assert dragged("mark", 40, 44) == Interval("mark", "c", 44, 45)
    assert dragged("phase", 20, 20) is None


def test_beside_edges_nothing_is_held() -> None:
    assert grab_edge(TABLE, "phase", 150, lambda frame: frame * 10.0, 6) is None
    assert grab_edge(TABLE, "mark", 200, lambda frame: frame * 10.0, 6) is None
