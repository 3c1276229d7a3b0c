"""Tiles fill the sheet, the current one is in view, and the mouse hits the one that it is over."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.messages.snapshot import Track
from app.views.sheet.tile_grid import TileGrid
from app.views.sheet.tile_status import tile_status
from app.views.toolkit.theme_colors import EDITED, VERIFIED

SIZES = st.integers(1, 400)
GRIDS = st.builds(
    TileGrid,
    frames=st.integers(1, 9000),
    width=st.integers(1, 4000),
    height=st.integers(1, 2000),
    tile=st.tuples(SIZES, SIZES),
    gap=st.integers(0, 20),
)


@given(GRIDS, st.data())
def test_a_frame_is_scrolled_into_view_and_found_under_the_mouse(grid: TileGrid, data: st.DataObject) -> None:
    frame = data.draw(st.integers(0, grid.frames - 1))
    shown = grid.showing(frame)
    assert shown.seen[0] <= frame < shown.seen[1]
    left, top, width, height = shown.box(frame)
    assert shown.frame_at(left + width - 1, top + height - 1) == frame
    assert shown.showing(frame) == shown


@given(GRIDS, st.integers(-100, 10_000))
def test_scrolling_ends_with_the_last_row_in_view(grid: TileGrid, row: int) -> None:
    shown = grid.scrolled(row)
    assert 0 <= shown.first <= max(grid.rows - 1, 0)
    assert shown.seen[0] < shown.seen[1] <= grid.frames


@given(GRIDS.filter(lambda grid: grid.frames < 500), st.data())
def test_in_another_order_tiles_are_found_stepped_and_marked_as_they_lie(
    grid: TileGrid, data: st.DataObject
) -> None:
    order = tuple(data.draw(st.permutations(range(grid.frames))))
    shown = grid.ordered(order).showing(order[-1])
    left, top, _, _ = shown.box(order[-1])
    assert shown.frame_at(left, top) == order[-1] and order[-1] in shown.seen_frames
    assert shown.stepped(order[-1], 1) is None
    assert shown.stepped(order[0], grid.frames - 1) == order[-1]
    assert shown.between(order[-1], order[len(order) // 2]) == set(order[len(order) // 2 :])


def test_between_tiles_there_is_no_frame() -> None:
    grid = TileGrid(frames=10, width=100, height=100, tile=(20, 20), gap=10)
    assert grid.frame_at(5, 5) is None
    assert grid.columns == 3 and grid.frame_at(*grid.box(4)[:2]) == 4


def test_a_tile_shows_the_mask_that_most_needs_a_look() -> None:
    sure = Track(1, 1, bytes([2, 1, 3, 0]), bytes([255, 230, 255, 0]))
    doubtful = Track(2, 1, bytes([3, 1, 3, 0]), bytes([255, 51, 255, 0]))
    stale = Track(3, 1, bytes([0, 1, 0, 0]), bytes([0, 200, 0, 0]), outdated=bytes([0, 1, 0, 0]))
    assert tile_status((sure, doubtful), 1).words == "20 %"
    assert tile_status((sure, stale), 1).is_outdated
    assert tile_status((sure, doubtful), 0).color == EDITED
    assert tile_status((sure, doubtful), 2).color == VERIFIED
    assert tile_status((sure,), 3).words == ""


def test_a_part_of_the_frames_is_stepped_through_and_the_next_one_is_near_what_is_not_on_it() -> None:
    grid = TileGrid(frames=4, width=100, height=100, tile=(20, 20), gap=10).ordered((2, 5, 8, 9))
    assert [grid.has(frame) for frame in (2, 3, 9)] == [True, False, True]
    assert (grid.stepped(5, 1), grid.stepped(6, 1), grid.stepped(40, 0), grid.stepped(9, 1)) == (
        8,
        9,
        9,
        None,
    )
    assert grid.between(3, 9) == {5, 8, 9} and grid.seen_frames == (2, 5, 8, 9)
    assert grid.frame_at(*grid.box(8)[:2]) == 8
