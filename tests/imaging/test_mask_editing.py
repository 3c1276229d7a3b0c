"""Operations of hand tools change masks as their names say."""

from __future__ import annotations

import numpy as np
import pytest

from app.domain.mask_operations import (
    Between,
    CutPart,
    DropIslands,
    FillHoles,
    Grow,
    Join,
    KeepPiece,
    MaskOperation,
    Region,
    Smooth,
    Stroke,
)
from app.imaging.mask_editing import edit_mask
from app.imaging.masks import encode
from app.imaging.shape_interpolation import overlap_between

HEIGHT, WIDTH = 40, 60


def rectangle(left: int, top: int, right: int, bottom: int) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[top:bottom, left:right] = True
    return mask


def edited(mask: np.ndarray, operation: MaskOperation, allowed: np.ndarray | None = None) -> np.ndarray:
    return edit_mask(mask.copy(), operation, allowed)


def test_a_brush_adds_and_an_eraser_takes_away():
    mask = rectangle(10, 10, 30, 30)
    more = edited(mask, Stroke(((30, 20),), 3))
    assert (more >= mask).all() and more[20, 32] and not more[20, 34]
    less = edited(mask, Stroke(((30, 20),), 3, erase=True))
    assert (less <= mask).all() and not less[20, 28] and less[20, 25]


def test_a_stroke_within_limits_changes_only_what_is_allowed():
    allowed = np.zeros((HEIGHT, WIDTH), bool)
    allowed[:, :20] = True
    found = edited(rectangle(0, 0, 0, 0), Stroke(((20, 20),), 5), allowed)
    assert found[20, 16] and not found[20, 20:].any()


def test_a_lasso_adds_and_takes_away_what_it_encloses_with_all_its_loops():
    square = ((10.0, 10.0), (20.0, 10.0), (20.0, 20.0), (10.0, 20.0))
    assert edited(rectangle(0, 0, 0, 0), Region(square)).sum() == 11 * 11
    assert edited(rectangle(5, 5, 40, 30), Region(square, erase=True)).sum() == 35 * 25 - 121
    eight = (
        (5.0, 5.0),
        (25.0, 5.0),
        (25.0, 25.0),
        (15.0, 25.0),
        (15.0, 0.0),
        (35.0, 0.0),
        (35.0, 15.0),
        (5.0, 15.0),
    )
    found = edited(rectangle(0, 0, 0, 0), Region(eight))
    assert found[10, 20] and found[10, 30] and found[10, 10]


def test_holes_are_filled_islands_dropped_and_a_piece_kept():
    mask = (
        rectangle(5, 5, 35, 35) & ~rectangle(10, 10, 20, 20)
        | rectangle(45, 5, 48, 8)
        | rectangle(45, 20, 58, 35)
    )
    assert edited(mask, FillHoles())[15, 15]
    assert not edited(mask, DropIslands())[6, 46] and edited(mask, DropIslands())[25, 50]
    assert np.array_equal(edited(mask, KeepPiece(46, 6)), rectangle(45, 5, 48, 8))
    assert not edited(mask, KeepPiece(0, 0)).any()


@pytest.mark.parametrize("aspect", [1.0, 2.0])
def test_growing_and_shrinking_move_the_outline_by_the_distance(aspect: float):
    mask = rectangle(20, 15, 40, 25)
    grown = edited(mask, Grow(4, aspect))
    down = round(4 / aspect)
    assert np.flatnonzero(grown[20]).tolist() == list(range(16, 44))
    assert np.flatnonzero(grown[:, 30]).tolist() == list(range(15 - down, 25 + down))
    shrunk = edited(mask, Grow(-4, aspect))
    assert np.flatnonzero(shrunk[20]).tolist() == list(range(24, 36))


def test_shrinking_eats_nothing_from_the_border_of_the_picture():
    assert edited(rectangle(0, 0, WIDTH, 20), Grow(-3)).sum() == WIDTH * 17
    assert edited(rectangle(0, 0, WIDTH, HEIGHT), Grow(-3)).all()


def test_smoothing_rounds_corners_and_keeps_what_would_vanish():
    mask = rectangle(10, 10, 40, 30) | rectangle(40, 20, 44, 21)
    smoother = edited(mask, Smooth(4))
    assert not smoother[10, 10] and not smoother[20, 43] and smoother[20, 25]
    assert np.array_equal(edited(rectangle(5, 5, 6, 6), Smooth(8)), rectangle(5, 5, 6, 6))


def test_a_line_cuts_a_mask_in_two_and_no_pixel_is_lost():
    mask = rectangle(10, 10, 40, 30) | rectangle(50, 10, 55, 15)
    line = ((20.0, 5.0), (20.0, 35.0))
    large, small = edited(mask, CutPart(line, largest=True)), edited(mask, CutPart(line, largest=False))
    assert np.array_equal(large | small, mask) and not (large & small).any()
    assert np.array_equal(small, rectangle(10, 10, 20, 30)) and large[12, 52]
    assert not edited(mask, CutPart(((20.0, 5.0), (20.0, 20.0)), largest=False)).any()


def test_joining_adds_another_mask():
    one, other = rectangle(0, 0, 10, 10), rectangle(5, 5, 20, 20)
    assert np.array_equal(edited(one, Join(encode(other))), one | other)


def between(start: np.ndarray, stop: np.ndarray, share: float) -> Between:
    return Between(encode(start), encode(stop), share)


def test_a_shape_between_two_lies_between_them_in_size_and_place():
    start, stop = rectangle(2, 10, 12, 20), rectangle(38, 10, 58, 30)
    middle = edited(start, between(start, stop, 0.5))
    rows, columns = np.nonzero(middle)
    assert abs(columns.mean() - (6.5 + 47.5) / 2) <= 1 and abs(rows.mean() - (14.5 + 19.5) / 2) <= 1
    assert 100 < middle.sum() < 400
    assert overlap_between(between(start, start, 0.5)) == 1 > overlap_between(between(start, stop, 0.5)) > 0


def test_near_its_ends_the_shape_is_that_of_the_ends():
    start = rectangle(2, 3, 12, 20) | rectangle(20, 3, 25, 8)
    stop = rectangle(30, 10, 58, 30)
    assert np.array_equal(edited(start, between(start, stop, 1e-6)), start)
    assert np.array_equal(edited(start, between(start, stop, 1 - 1e-6)), stop)


def test_a_shape_that_leaves_the_picture_is_cut_off_at_its_border():
    start, stop = rectangle(0, 0, 8, 30), rectangle(40, 0, 60, 40)
    assert edited(start, between(start, stop, 0.3)).any()
