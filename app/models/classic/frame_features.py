"""Features of a frame for the tracker."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.classic.color_clusters import ColorPalette, Index, Lab8
from app.models.engine import Image

# Chosen by hand. In brackets: change of the mean J over eight frames of five DAVIS sequences (0.866) when the value is
# halved and doubled, in hundredths.
MARGIN = 0.35  # Around the objects, of their longer side: room for the motion of one frame (+0.7, -0.1).
LEAST_MARGIN, LEAST_SIDE = 24, 32  # Working pixels; dense flow needs a few patches.
LIKELY = 0.3  # Probability from which a pixel belongs into the region (-0.1, -0.1).


@dataclass(frozen=True, slots=True)
class FrameRegion:
    """A box of a frame, working pixels; right and bottom are exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of the box in a picture (h, w, ...)."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


@dataclass(frozen=True, slots=True)
class FrameFeatures:
    """A frame at working size."""

    lab: Lab8  #: 8-bit CIELAB (h, w, 3)
    grey: NDArray[np.uint8]  #: (h, w)
    colors: Index  #: (h, w) palette colours


def extract_features(image: Image, palette: ColorPalette) -> FrameFeatures:
    """Return the features of an image uint8 (h, w, 3) RGB at working size."""
    lab = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2LAB), np.uint8)
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    return FrameFeatures(lab, grey, palette.nearest_colors(lab))


def region_around(pictures: Sequence[NDArray[np.float32]]) -> FrameRegion | None:
    """Return a box with a margin around all likely pixels of probability maps; None if there are none."""
    if not pictures:
        return None
    current_grid = (np.max(pictures, axis=0) > LIKELY).astype(np.uint8)
    rows, columns = current_grid.shape
    x, y, width, height = cv2.boundingRect(current_grid)
    if not width:
        return None
    margin = int(max(LEAST_MARGIN, MARGIN * max(width, height)))
    left, right = _fit_span(x - margin, x + width + margin, columns)
    top, bottom = _fit_span(y - margin, y + height + margin, rows)
    return FrameRegion(left, top, right, bottom)


def _fit_span(first: int, last: int, limit: int) -> tuple[int, int]:
    """Return first and last within the picture, and LEAST_SIDE apart if it is that large."""
    first, last = max(first, 0), min(last, limit)
    first = max(min(first, last - LEAST_SIDE), 0)
    return first, min(max(last, first + LEAST_SIDE), limit)
