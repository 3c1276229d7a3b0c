"""The window is shared out without gaps, and times are written as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.actions.registry import registry
from app.views.dialogs.cheatsheet import columns
from app.views.toolkit.layout import LEAST_BESIDE, LEAST_SIDE, Edge, Layout, PaneSizes
from app.views.toolkit.theme_colors import Sizes, score_color
from app.views.toolkit.time_format import format_remaining, format_time

WISHES = st.builds(
    PaneSizes,
    st.floats(0, 5000),
    st.floats(0, 5000),
    st.floats(0, 1),
    st.floats(0, 5000),
    st.floats(0, 1),
)


@given(
    st.integers(640, 4000),
    st.integers(480, 2500),
    st.floats(0.75, 2.0),
    st.integers(0, 3),
    st.booleans(),
    WISHES,
)
def test_the_areas_fill_the_window_and_do_not_overlap_whatever_was_dragged(
    width: int, height: int, scale: float, panes: int, solid: bool, wanted: PaneSizes
) -> None:
    sizes = Sizes(scale)
    layout = Layout.arrange(
        width,
        height,
        sizes(27),
        wanted,
        sizes,
        panes,
        second=panes == 2,
        solid=solid,
        tools=sizes(46),
        settings=300,
    )
    assert 0 < layout.settings[3] < layout.side[3]
    assert len(layout.panes) == panes
    beside = (*layout.panes, layout.solid) if layout.solid else layout.panes
    areas = (
        layout.tools,
        layout.canvas,
        *((layout.second,) if layout.second else ()),
        *beside,
        layout.side,
        layout.transport,
        layout.timeline,
        layout.status,
    )
    assert all(across > 0 and down > 0 for _, _, across, down in areas)
    covered = sum(across * down for _, _, across, down in areas)
    assert covered == width * (height - sizes(27))


@given(WISHES)
def test_on_a_small_screen_no_pane_is_dragged_away(wanted: PaneSizes) -> None:
    layout = Layout.arrange(1024, 768, 27, wanted, Sizes(), 2, solid=True, tools=92)
    assert layout.side[2] >= LEAST_SIDE and layout.timeline[3] >= 64
    assert min(layout.canvas[2], LEAST_BESIDE) == LEAST_BESIDE <= layout.canvas[3]
    assert layout.solid is not None and layout.solid[2] >= LEAST_BESIDE


@pytest.mark.parametrize(
    ("edge", "x", "y"),
    [
        ("side", 1100, 5),
        ("timeline", 5, 600),
        ("beside", 700, 5),
        ("settings", 5, 500),
        ("second", 500, 5),
    ],
)
def test_an_edge_goes_where_it_is_dragged_and_back_by_keys(edge: Edge, x: int, y: int) -> None:
    sizes, wanted = Sizes(1.25), PaneSizes()

    def arranged() -> Layout:
        return Layout.arrange(1600, 1000, 34, wanted, sizes, 2, second=True, tools=58, settings=300)

    before = arranged().edges[edge]
    wanted = arranged().moved(edge, x, y, wanted, sizes)
    left, top, across, _ = arranged().edges[edge]
    assert (top if across else left) == pytest.approx(y if across else x, abs=1)
    wanted = arranged().stepped(edge, 1, wanted, sizes)
    assert max(left - arranged().edges[edge][0], top - arranged().edges[edge][1]) == pytest.approx(30, abs=1)
    wanted = PaneSizes()
    assert arranged().edges[edge] == before


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "00:00.00"), (59.996, "01:00.00"), (61.5, "01:01.50"), (3661.25, "1:01:01.25")]
)
def test_places_in_time(seconds: float, text: str) -> None:
    assert format_time(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0.4, "0 s left"), (59.4, "59 s left"), (125, "2 min 05 s left"), (7260, "2 h 01 min left")],
)
def test_what_is_left(seconds: float | None, text: str) -> None:
    assert format_remaining(seconds) == text


@given(st.floats(0, 1))
def test_scores_have_colours(score: float) -> None:
    assert all(0 <= channel <= 255 for channel in score_color(score))


@pytest.mark.parametrize("count", [1, 3, 5])
def test_the_cheat_sheet_has_every_group_once(count: int) -> None:
    shared = columns(registry(), count)
    assert len(shared) == count
    groups = [group for column in shared for group in column]
    assert groups == list(dict.fromkeys(action.menu for action in registry().values()))
