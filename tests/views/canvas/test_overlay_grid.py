"""Masks are drawn in cells: every pixel of a mask in exactly one box, and little beside them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.views.canvas.overlay_grid import CELLS, OverlayGrid

sizes = st.integers(1, 300)


@given(sizes, sizes, st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_every_filled_cell_is_drawn_once_and_no_other(
    width: int, height: int, seed: int, share: float
) -> None:
    grid = OverlayGrid(width, height)
    cells = np.random.default_rng(seed).random(grid.shape) < share
    drawn = np.zeros((height, width), int)
    for x, y, across, down in grid.boxes(cells):
        drawn[y : y + down, x : x + across] += 1
        assert across > 0 and down > 0
    wanted = np.kron(cells, np.ones((grid.side, grid.side), int))[:height, :width]
    assert (drawn == wanted).all()


@given(sizes, sizes, st.data())
def test_a_pixel_fills_its_cell_and_no_other(width: int, height: int, data: st.DataObject) -> None:
    grid = OverlayGrid(width, height)
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    masks = np.zeros((height, width, 4), np.uint8)
    assert not grid.filled(masks).any()
    masks[y, x, 3] = 1
    cells = grid.filled(masks)
    assert np.argwhere(cells).tolist() == [[y // grid.side, x // grid.side]]
    assert (grid.touched((x, y, 1, 1)) == cells).all()


@given(sizes, sizes, st.data())
def test_a_box_touches_the_cells_of_its_pixels(width: int, height: int, data: st.DataObject) -> None:
    grid = OverlayGrid(width, height)
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    across, down = data.draw(st.integers(1, width - left)), data.draw(st.integers(1, height - top))
    masks = np.zeros((height, width, 4), np.uint8)
    masks[top : top + down, left : left + across] = 1
    cells = grid.touched((left, top, across, down))
    assert (cells == grid.filled(masks)).all()
    bounds = grid.bounds(cells)
    assert bounds is not None
    x, y, wide, high = bounds
    assert x <= left and y <= top and x + wide >= left + across and y + high >= top + down
    assert (grid.touched(bounds) == cells).all()


def test_a_frame_has_few_rows_and_columns_whatever_its_size() -> None:
    for width, height in ((3840, 2160), (5, 9000), (1, 1)):
        assert max(OverlayGrid(width, height).shape) <= CELLS
    assert OverlayGrid(7, 5).bounds(OverlayGrid(7, 5).empty()) is None


def test_neighbours_of_cells_are_found_in_all_directions() -> None:
    grid = OverlayGrid(640, 640)
    cells = grid.empty()
    cells[0, 5] = True
    assert np.argwhere(grid.grown(cells)).tolist() == [[0, 4], [0, 5], [0, 6], [1, 4], [1, 5], [1, 6]]
