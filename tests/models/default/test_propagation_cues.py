"""What the propagation decoder is told about objects on a frame."""

from __future__ import annotations

import numpy as np
import pytest

from app.models.default.propagation_cues import (
    REACH,
    gather_others,
    match_masks,
    propagation_hints,
    propagation_likeness,
)

PICTURE = np.random.default_rng(1).standard_normal((16, 8, 12)).astype(np.float32) * 4


@pytest.mark.parametrize(("down", "right"), [(0, 0), (2, -1), (-REACH, REACH)])
def test_a_mask_goes_where_what_it_lay_on_went(down: int, right: int) -> None:
    moved = np.roll(PICTURE, (down, right), (1, 2))
    mask = np.zeros((1, 32, 48), np.float32)
    mask[0, 14:19, 18:26] = 1
    stayed = np.ones((8, 12))
    stayed[: max(0, down)], stayed[8 + min(0, down) :] = 0, 0
    stayed[:, : max(0, right)], stayed[:, 12 + min(0, right) :] = 0, 0
    seen = stayed.repeat(4, 0).repeat(4, 1) > 0  # without what came in from the other side
    found = match_masks(moved, PICTURE, mask)
    np.testing.assert_allclose(
        found[0][seen], np.roll(mask, (4 * down, 4 * right), (1, 2))[0][seen], atol=1e-3
    )


def test_nothing_is_found_beyond_the_reach() -> None:
    moved = np.roll(PICTURE, REACH + 1, 2)
    mask = np.zeros((1, 32, 48), np.float32)
    mask[0, 12:20, 8:12] = 1
    assert match_masks(moved, PICTURE, mask)[0, 12:20, 8 + 4 * (REACH + 1)].max() < 0.5


def test_every_object_is_told_of_the_others_and_not_of_itself() -> None:
    masks = np.zeros((3, 4, 8), np.float32)
    masks[0, :, :2], masks[1, :, 3:5], masks[2, :, 4:] = 1, 1, 1
    others = gather_others(masks)
    assert others.max() == 1
    assert np.array_equal(others[0] > 0, (masks[1] + masks[2]) > 0)
    assert others[1][:, :2].all() and not others[0][:, :2].any()
    small = masks[:, ::2, ::2]
    hints = propagation_hints(masks, masks, small, small)
    assert hints.shape == (3, 9, 4, 8)
    assert np.array_equal(hints[:, 0], others)
    assert np.array_equal(hints[:, 6], masks)
    alone = propagation_hints(masks[:1], masks[:1], small[:1], small[:1])
    assert not alone[:, :3].any() and not alone[:, 4].any()


def test_likeness_speaks_for_and_against() -> None:
    recalled, looks = np.zeros((1, 2, 2), np.float32), np.ones((1, 2, 2), np.float32)
    assert propagation_likeness(recalled, looks)[0, :, 0, 0].tolist() == [-1, 1]


def test_matching_looks_no_farther_than_masks_can_come_and_finds_the_same() -> None:
    """What is beside the reach of all masks is left out; a frame full of mask is looked at whole."""
    moved = np.roll(PICTURE, (1, -1), (1, 2))
    mask = np.full((1, 32, 48), 3e-4, np.float32)
    mask[0, 3:9, 38:48] = 0.9
    rest = np.ones_like(mask)
    whole = match_masks(moved, PICTURE, np.concatenate([mask, rest]))[0]
    np.testing.assert_allclose(match_masks(moved, PICTURE, mask)[0], whole, atol=1e-3)
    assert not match_masks(moved, PICTURE, np.zeros_like(mask)).any()
