from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st

from app.imaging.agreement import compare_masks


def box(shape: tuple[int, ...], *spans: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask[tuple(slice(*span) for span in spans)] = True
    return mask


def test_a_shifted_box_is_measured_in_millimetres() -> None:
    first, second = box((20, 30), (5, 15), (5, 15)), box((20, 30), (5, 15), (8, 18))
    found = compare_masks(first, second, (1.0, 0.5), tolerance=1.0)
    assert found.dice == pytest.approx(0.7)
    assert found.hausdorff95 == pytest.approx(1.5)
    assert found.surface_dice is not None
    assert 0.4 < found.surface_dice < 0.9
    assert (found.first, found.second) == (100, 100)
    assert compare_masks(first, second, (1.0, 0.5), tolerance=1.5).surface_dice == 1.0


def test_what_is_missing_has_no_distance() -> None:
    thing, nothing = box((9, 9), (2, 5), (2, 5)), np.zeros((9, 9), bool)
    assert compare_masks(thing, nothing, (1.0, 1.0), 1.0).dice == 0.0
    assert compare_masks(thing, nothing, (1.0, 1.0), 1.0).hausdorff95 is None
    assert compare_masks(nothing, nothing, (1.0, 1.0), 1.0).dice == 1.0


def test_a_mask_at_the_edge_of_a_volume_has_a_surface_there() -> None:
    whole = np.ones((4, 5, 6), bool)
    found = compare_masks(whole, whole, (3.0, 1.0, 1.0), 0.0)
    assert (found.dice, found.hausdorff95, found.surface_dice) == (1.0, 0.0, 1.0)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_overlap_and_distance_are_those_of_simpleitk(seed: int) -> None:
    random = np.random.default_rng(seed)
    first, second = (random.random((6, 12, 14)) > 0.6 for _ in range(2))
    spacing = (2.5, 0.75, 0.5)
    found = compare_masks(first, second, spacing, 1.0)
    back = compare_masks(second, first, spacing, 1.0)
    assert (found.dice, found.hausdorff95) == (back.dice, back.hausdorff95)
    overlap = sitk.LabelOverlapMeasuresImageFilter()
    images = [sitk.GetImageFromArray(mask.astype(np.uint8)) for mask in (first, second)]
    overlap.Execute(*images)
    assert found.dice == pytest.approx(overlap.GetDiceCoefficient())
