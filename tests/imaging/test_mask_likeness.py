"""Whether a mask looks like one that was seen."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from app.imaging.mask_likeness import ALIKE, count_pieces, look_alike
from app.imaging.masks import encode

SIZE = 160
BoolMask = NDArray[np.bool_]
pictures = arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12)))


def _disc(x: float, y: float, radius: float) -> BoolMask:
    rows, columns = np.ogrid[:SIZE, :SIZE]
    return np.asarray((columns - x) ** 2 + (rows - y) ** 2 <= radius**2)


def _alike(one: BoolMask, other: BoolMask) -> bool:
    return look_alike(encode(one), encode(other))


@given(st.integers(-5, 5), st.booleans(), st.floats(60, 70))
def test_a_thing_looks_alike_where_it_moves_by_no_more_than_the_limit(
    step: int, is_down: bool, radius: float
) -> None:
    x, y = (0, step) if is_down else (step, 0)
    is_alike = _alike(_disc(80, 80, radius), _disc(80 + x, 80 + y, radius))
    assert is_alike == (abs(step) <= ALIKE)


def test_of_a_small_thing_a_pixel_all_around_is_another_shape() -> None:
    assert not _alike(_disc(80, 80, 7), _disc(80, 80, 8))
    assert _alike(_disc(80, 80, 70), _disc(80, 80, 71))


@given(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1))
def test_a_part_that_appears_or_vanishes_never_looks_alike(x: int, y: int) -> None:
    thing, ring = _disc(24, 24, 14), _disc(24, 24, 20) & ~_disc(24, 24, 16)
    for seen in (thing, ring, thing | ring):
        changed = seen.copy()
        changed[y, x] ^= True
        pieces = count_pieces(seen), count_pieces(changed)
        assert _alike(seen, changed) == _alike(changed, seen) == (pieces[0] == pieces[1])


def test_a_neck_that_breaks_beside_a_new_hole_is_no_small_change() -> None:
    seen = _disc(14, 24, 8) | _disc(34, 24, 8)
    seen[23:25, 14:34] = True
    broken = seen.copy()
    broken[:, 24] = False
    broken[24, 34] = False
    assert not _alike(seen, broken)


def test_a_thing_at_the_border_and_nothing_at_all() -> None:
    empty = np.zeros((SIZE, SIZE), bool)
    assert _alike(empty, empty) and _alike(~empty, ~empty)
    assert not _alike(empty, _disc(0, 0, 1)) and not _alike(~empty, empty)
    assert _alike(_disc(0, 0, 100), _disc(1, 1, 100))
    assert not look_alike(encode(empty), encode(empty[1:]))


@given(pictures)
def test_parts_and_holes_are_those_that_opencv_counts(mask: BoolMask) -> None:
    parts = cv2.connectedComponents(mask.view(np.uint8), connectivity=8)[0] - 1
    outside = (
        cv2.connectedComponents(np.pad(~mask, 1, constant_values=True).view(np.uint8), connectivity=4)[0] - 1
    )
    assert count_pieces(mask) == (parts, outside - 1)


@given(pictures, st.data())
def test_likeness_is_mutual_and_within_the_limit(mask: BoolMask, data: st.DataObject) -> None:
    other = data.draw(arrays(np.bool_, mask.shape))
    found = _alike(mask, other)
    assert found == _alike(other, mask)
    if found:
        kernel = np.ones((2 * ALIKE + 1,) * 2, np.uint8)
        assert not (mask & ~cv2.dilate(other.view(np.uint8), kernel).view(np.bool_)).any()
