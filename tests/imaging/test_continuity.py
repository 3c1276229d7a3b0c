"""Masks that jump, or met an object that looks alike, are worth a look."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from app.imaging.continuity import ContinuityCheck

HEIGHT, WIDTH = 80, 200
RED, BLUE = (200, 40, 40), (40, 40, 200)
Disc = tuple[int, int, tuple[int, int, int]]  # x, radius, colour


def scene(*discs: Disc) -> tuple[NDArray[np.uint8], dict[int, NDArray[np.bool_]]]:
    """A picture of discs and their masks, by number from 1; the last one covers the others."""
    image = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    masks: dict[int, NDArray[np.bool_]] = {}
    for number, (x, radius, color) in enumerate(discs, 1):
        cv2.circle(image, (x, 40), radius, color, -1)
        canvas = cv2.circle(np.zeros((HEIGHT, WIDTH), np.uint8), (x, 40), radius, 1, -1).astype(bool)
        masks = {key: mask & ~canvas for key, mask in masks.items()} | {number: canvas}
    return image, masks


def limits(*frames: tuple[Disc, ...]) -> list[dict[int, float]]:
    first, *rest = (scene(*discs) for discs in frames)
    check = ContinuityCheck(*first)
    return [check.limit_scores(*frame) for frame in rest]


def test_a_mask_that_moves_and_grows_as_things_do_keeps_its_score() -> None:
    found = limits(*(((30 + 4 * n, 15 + n // 3, RED),) for n in range(20)))
    assert all(frame == {1: 1.0} for frame in found)


@pytest.mark.parametrize("after", [(30, 9, RED), (30, 25, RED), (60, 15, RED)])
def test_a_jump_of_size_or_place_is_doubted_on_its_frame_alone(after: Disc) -> None:
    jump, settled = limits(((30, 15, RED),), (after,), (after,))
    assert jump[1] < 0.7 and settled[1] == 1.0


def test_two_alike_objects_that_cross_are_doubted_from_their_meeting_on() -> None:
    found = limits(*(((40 + 4 * n, 15, RED), (150 - 4 * n, 15, RED)) for n in range(25)))
    met = next(number for number, frame in enumerate(found) if frame[1] < 1)
    assert 5 < met < 13
    assert all(frame[1] < 0.7 and frame[2] < 0.7 for frame in found[met:])


def test_objects_that_look_different_may_cross() -> None:
    found = limits(*(((40 + 4 * n, 15, RED), (150 - 4 * n, 15, BLUE)) for n in range(10)))
    assert all(frame[2] == 1.0 for frame in found)


def test_objects_side_by_side_from_the_start_have_not_met() -> None:
    found = limits(*(((40 + 2 * n, 15, RED), (72 + 2 * n, 15, RED)) for n in range(10)))
    assert all(frame == {1: 1.0, 2: 1.0} for frame in found)


def test_masks_that_are_tiny_or_gone_are_no_jump() -> None:
    found = limits(((30, 3, RED), (120, 15, RED)), ((60, 2, RED),), ((60, 3, RED), (120, 15, RED)))
    assert found == [{1: 1.0}, {1: 1.0, 2: 1.0}]
