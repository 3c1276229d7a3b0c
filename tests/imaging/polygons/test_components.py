"""Connected parts of masks: kept, filled and dropped by size."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.imaging.polygons import (
    fill_holes,
    largest_component,
    remove_small,
    tidy_mask,
    trace_polygons,
)
from tests.imaging.polygons.shapes import disc, pieces, ring_in_ring


def test_components_are_kept_filled_and_dropped_by_size() -> None:
    mask = ring_in_ring()
    mask[0, 0] = True
    sizes = sorted(piece.sum() for piece in pieces(mask))
    assert largest_component(mask).sum() == sizes[-1]
    assert remove_small(mask, 2).sum() == mask.sum() - 1
    assert remove_small(mask, int(sizes[-1])).sum() == sizes[-1]
    assert np.array_equal(fill_holes(ring_in_ring()), disc(28))


def test_a_hole_is_closed_by_diagonal_neighbours_and_open_at_the_border() -> None:
    diamond = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], bool)
    assert fill_holes(diamond).sum() == 5
    bay = np.array([[1, 0, 1], [1, 0, 1], [1, 1, 1]], bool)
    assert np.array_equal(fill_holes(bay), bay)


def test_an_empty_mask_stays_empty() -> None:
    empty = np.zeros((4, 5), bool)
    for result in (largest_component(empty), fill_holes(empty), remove_small(empty, 3)):
        assert result.shape == (4, 5) and not result.any()
    assert trace_polygons(empty) == () and trace_polygons(np.zeros((0, 0), bool)) == ()


def test_small_holes_and_pieces_go_but_those_that_a_person_clicked() -> None:
    mask = np.zeros((60, 60), bool)
    mask[10:50, 10:50] = True
    mask[20:22, 20:22] = mask[30:32, 30:32] = False
    mask[2:4, 2:4] = mask[2:4, 20:22] = True
    mask[40:55, 40:44] = False  # a bay that reaches the outside
    tidied = tidy_mask(mask, [(21, 3), (31, 31), (200, 3)])
    assert tidied[20:22, 20:22].all() and not tidied[2:4, 2:4].any()
    assert tidied[2:4, 20:22].all() and not tidied[30:32, 30:32].any()
    assert not tidied[40:50, 40:44].any()
    assert not tidy_mask(np.zeros((5, 5), bool), [(1, 1)]).any()


@given(arrays(bool, (9, 11)), st.integers(0, 4), st.integers(0, 4))
def test_what_is_tidied_does_not_depend_on_the_picture_around_it(
    mask: np.ndarray, down: int, right: int
) -> None:
    edges = ((1 + down, 2), (1 + right, 3))
    kept = [(3.0, 2.0), (7.0, 5.0)]
    around = np.pad(mask, 1)
    moved = [(x + 2 + right, y + 2 + down) for x, y in kept]
    tidied = tidy_mask(np.pad(around, edges), moved)
    expected = tidy_mask(around, [(x + 1, y + 1) for x, y in kept])
    np.testing.assert_array_equal(tidied, np.pad(expected, edges))
