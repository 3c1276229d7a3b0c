"""Doubt in masks that were carried from frame to frame: jumps, and objects that met one that looks alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

BoolMask = NDArray[np.bool_]

# Of one step; of 723 steps in ten DAVIS clips the largest natural change of area was by 0.67, of place by 0.47.
_SMALLEST_RATIO: Final = 0.6  # smaller area by larger area
_LONGEST_SHIFT: Final = 0.6  # of the centre, in square roots of the larger area
_LEAST_AREA: Final = 50  # pixels; of smaller masks a few pixels would be a jump
# Greatest scores: a score that is low already says so itself. Factors of the same size in place of them made the rank
# correlation of score and J over 312 frames of eight clips fall from 0.70 to 0.59, since vocal folds do jump.
_JUMP: Final = 0.5  # on the frame of a jump
_MET: Final = 0.6  # from the frame on where alike objects touch
_REACH: Final = 3  # pixels between masks that touch
# Chosen by hand: two instruments of one kind differ by less, an instrument and tissue by more.
_ALIKE_COLOR: Final = 24.0  # largest difference of the means of a channel, of 255
_ALIKE_AREA: Final = 0.5  # smaller area by larger area


@dataclass(frozen=True, slots=True)
class _Look:
    """A mask on a frame. box: (x, y, width, height)."""

    mask: BoolMask
    box: tuple[int, int, int, int]
    area: int
    center: tuple[float, float]
    color: NDArray[np.float64]


class ContinuityCheck:
    """Follows the objects of one propagation pass."""

    def __init__(self, image: NDArray[np.uint8] | None, masks: Mapping[int, BoolMask]) -> None:
        """Begin with the masks, bool (h, w), of the start frame. image: uint8 (h, w, 3) RGB, None where unknown."""
        self._before = _looks(image, masks)
        # Objects side by side from the start have not met: a person told them apart there.
        self._known = {pair for pair in combinations(sorted(self._before), 2) if self._touch(*pair)}
        self._met: set[int] = set()

    def limit_scores(self, image: NDArray[np.uint8], masks: Mapping[int, BoolMask]) -> dict[int, float]:
        """Return the greatest score that each mask of the next frame may have, in (0, 1]."""
        before, self._before = self._before, {**self._before, **_looks(image, masks)}
        for pair in combinations(sorted(self._before.keys() & masks.keys()), 2):
            if pair not in self._known and self._touch(*pair):
                self._known.add(pair)
                if _are_alike(*(before.get(key, self._before[key]) for key in pair)):
                    self._met.update(pair)
        return {
            key: min(
                _JUMP if _is_jump(before.get(key), self._before.get(key)) else 1.0,
                _MET if key in self._met else 1.0,
            )
            for key in masks
        }

    def _touch(self, one: int, other: int) -> bool:
        return _touch(self._before[one], self._before[other])


def _looks(image: NDArray[np.uint8] | None, masks: Mapping[int, BoolMask]) -> dict[int, _Look]:
    found = ((key, _look(image, mask)) for key, mask in masks.items())
    return {key: look for key, look in found if look is not None}


def _look(image: NDArray[np.uint8] | None, mask: BoolMask) -> _Look | None:
    pixels = mask.view(np.uint8)
    x, y, width, height = cv2.boundingRect(pixels)
    part = np.ascontiguousarray(pixels[y : y + height, x : x + width])
    area = int(np.count_nonzero(part))
    if area < _LEAST_AREA:
        return None
    moments = cv2.moments(part, binaryImage=True)
    center = x + moments["m10"] / area, y + moments["m01"] / area
    color = np.zeros(3)
    if image is not None:
        color = np.array(cv2.mean(image[y : y + height, x : x + width], part)[:3])
    return _Look(mask, (x, y, width, height), area, center, color)


def _is_jump(before: _Look | None, after: _Look | None) -> bool:
    if before is None or after is None:
        return False
    larger = max(before.area, after.area)
    shift = np.hypot(*np.subtract(after.center, before.center)) / np.sqrt(larger)
    return bool(min(before.area, after.area) < _SMALLEST_RATIO * larger or shift > _LONGEST_SHIFT)


def _are_alike(one: _Look, other: _Look) -> bool:
    is_same_size = min(one.area, other.area) >= _ALIKE_AREA * max(one.area, other.area)
    return is_same_size and bool(np.abs(one.color - other.color).max() <= _ALIKE_COLOR)


def _touch(one: _Look, other: _Look) -> bool:
    """Whether two masks overlap or nearly touch."""
    left, top = (max(one.box[axis], other.box[axis]) - _REACH for axis in (0, 1))
    right, bottom = (
        min(one.box[axis] + one.box[axis + 2], other.box[axis] + other.box[axis + 2]) + _REACH
        for axis in (0, 1)
    )
    if left >= right or top >= bottom:
        return False
    part = np.s_[max(top, 0) : bottom, max(left, 0) : right]
    kernel = np.ones((2 * _REACH + 1, 2 * _REACH + 1), np.uint8)
    grown = cv2.dilate(np.ascontiguousarray(one.mask[part]).view(np.uint8), kernel)
    return bool(grown[other.mask[part]].any())
