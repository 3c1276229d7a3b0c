"""Outlines along pixel edges fill to exactly the mask, in the way that COCO's tools fill."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco

from app.imaging.polygons.outlines import inset_rings, join_rings, outlines
from app.imaging.polygons.scanline import fill_even_odd


def filled(rings: list[np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    parts = coco.frPyObjects([ring.astype(float).ravel().tolist() for ring in rings], *shape)
    return np.asarray(coco.decode(coco.merge(parts)), bool)


def signed_area(ring: np.ndarray) -> float:
    """The area by the shoelace formula, above 0 for a ring that runs clockwise on the screen."""
    x, y = ring.T.astype(float)
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2


@given(
    seed=st.integers(0, 10_000),
    share=st.floats(0.1, 0.9),
    height=st.integers(1, 24),
    width=st.integers(1, 24),
)
@settings(max_examples=80, deadline=None)
def test_any_mask_comes_back(seed: int, share: float, height: int, width: int) -> None:
    mask = np.random.default_rng(seed).random((height, width)) < share
    rings = outlines(mask)
    pieces = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)[0] - 1
    assert len(rings) == pieces
    assert not rings or np.array_equal(filled(rings, mask.shape), mask)
    assert sum(map(signed_area, rings)) == mask.sum(), "holes run the other way round"


def test_a_ring_in_a_ring_and_two_pieces_as_one_ring() -> None:
    mask = np.zeros((30, 40), bool)
    mask[2:28, 3:35] = True
    mask[5:25, 6:30] = False
    mask[10:20, 12:20] = True
    one, other = outlines(mask)
    assert np.array_equal(filled([join_rings(one, other)], mask.shape), mask)


def test_a_rectangle_has_four_corners() -> None:
    mask = np.zeros((9, 9), bool)
    mask[2:5, 3:8] = True
    [ring] = outlines(mask)
    assert {tuple(point) for point in ring.tolist()} == {(3, 2), (8, 2), (8, 5), (3, 5)}


@given(
    seed=st.integers(0, 10_000),
    share=st.floats(0.1, 0.9),
    height=st.integers(1, 24),
    width=st.integers(1, 24),
)
@settings(max_examples=80, deadline=None)
def test_inset_rings_fill_to_the_mask_by_centres_and_by_rounding(
    seed: int, share: float, height: int, width: int
) -> None:
    mask = np.random.default_rng(seed).random((height, width)) < share
    rings = inset_rings(mask, 0.25)
    assert np.array_equal(fill_even_odd(rings, height, width), mask)
    rounded = np.zeros((height, width), np.uint8)
    cv2.fillPoly(rounded, [ring.round().astype(np.int32) for ring in rings], 1)
    assert np.array_equal(rounded > 0, mask)
