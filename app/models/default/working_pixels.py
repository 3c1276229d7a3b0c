"""Mapping between source pixels and the working pixels of the network."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.engine import BoolMask, Image, Probability

SIZE_STEP = 32  # Pixels; both sides are multiples of the network's coarsest stride.
# Working pixels of a whole frame: what two cores encode in the time between two glances.
FRAME_AREA = 640 * 360
CROP_AREA = 352 * 352  # Working pixels of a zoomed view.
# To which a small scan is enlarged at most. On slices of 35x51 pixels (hippocampus) the first click's IoU is .36 at 3,
# .48 at 4, .64 at 8 and .65 at 12; masks carried from the largest slice keep .43 at 4, .55 at 8 and .53 at 12.
LARGEST_SCALE = 8.0
# To which logits are clipped, so that sums and exponentials stay finite: probability 0.9997.
LOGIT_LIMIT = 8.0
Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SourceBox:
    """A part of a picture, source pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class WorkingFrame:
    """A box of the source and its size for the network."""

    box: SourceBox
    height: int  #: working pixels, a multiple of 32, as width
    width: int

    @classmethod
    def of(cls, box: SourceBox, area: int) -> WorkingFrame:
        """Choose the working size of a box, of about the given area."""
        scale = min(math.sqrt(area / (box.width * box.height)), LARGEST_SCALE)
        height, width = (
            max(SIZE_STEP, round(n * scale / SIZE_STEP) * SIZE_STEP) for n in (box.height, box.width)
        )
        return cls(box, height, width)

    def shrink(self, image: Image) -> Image:
        """Return the box at working size, uint8 (height, width, 3)."""
        return np.ascontiguousarray(_resize(_crop(image, self.box), self.width, self.height))

    def shrink_mask(self, mask: NDArray[Any]) -> Array:
        """Return a mask or probability of the whole source at stride 4 of this frame, float32."""
        part = _crop(mask, self.box).astype(np.float32, copy=False)
        return _resize(part, self.width // 4, self.height // 4)

    def shrink_truth(self, mask: BoolMask) -> Array:
        """Return a mask of the whole source at stride 2 of this frame, as answers are, float32 in [0, 1]."""
        return _resize(_crop(mask, self.box).astype(np.float32), self.width // 2, self.height // 2)

    def to_working(self, x: float, y: float) -> tuple[float, float]:
        """Map a source point to working pixels."""
        column = (x - self.box.x + 0.5) * self.width / self.box.width - 0.5
        row = (y - self.box.y + 0.5) * self.height / self.box.height - 0.5
        return column, row

    def upsample(self, logits: Array) -> Array:
        """Return a map of logits over the box at source resolution of the box."""
        return _resize(np.clip(logits, -LOGIT_LIMIT, LOGIT_LIMIT), self.box.width, self.box.height)

    def to_probability(self, logits: Array) -> Probability:
        """Return the probability of a map of logits over the box, at source resolution of the box."""
        return sigmoid(self.upsample(logits))


def normalise_pixels(seen: Image) -> Array:
    """Return a picture, uint8 (h, w, 3), as network input, float32 (1, 3, h, w) in about [-1, 1]."""
    pixels = np.empty((1, 3, *seen.shape[:2]), np.float32)
    for plane, channel in zip(pixels[0], cv2.split(seen), strict=True):
        np.subtract(channel, np.float32(127), out=plane)
        plane *= np.float32(1 / 128)
    return pixels


def whole_box(image: NDArray[Any]) -> SourceBox:
    """Return the box of the whole picture."""
    return SourceBox(0, 0, image.shape[1], image.shape[0])


def sigmoid(x: Array) -> Array:
    """Apply the logistic function in place."""
    np.negative(x, out=x)
    np.exp(x, out=x)
    x += 1
    return np.reciprocal(x, out=x)


def object_box(mask: BoolMask) -> SourceBox | None:
    """Return the tight box of a mask; None if it is empty."""
    x, y, width, height = cv2.boundingRect(np.ascontiguousarray(mask).view(np.uint8))
    return SourceBox(x, y, width, height) if width else None


def _crop(array: NDArray[Any], box: SourceBox) -> NDArray[Any]:
    return array[box.y : box.y + box.height, box.x : box.x + box.width]


def _resize(array: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    shrinks = width < array.shape[1]
    return cv2.resize(array, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
