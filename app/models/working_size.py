"""The size at which engines process a picture, at most that of the source."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class WorkingSize:
    """A working size and its source size, pixels."""

    height: int
    width: int
    source_height: int
    source_width: int

    @property
    def scale(self) -> float:
        """Working pixels in one source pixel, at most 1."""
        return self.height / self.source_height

    def shrink(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return a source image uint8 (h, w[, 3]) at working size."""
        if (self.height, self.width) == image.shape[:2]:
            return image
        return np.asarray(
            cv2.resize(image, (self.width, self.height), interpolation=cv2.INTER_AREA), np.uint8
        )

    def shrink_mask(self, mask: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Return the share of each working pixel that a source mask, bool (h, w), covers."""
        share = cv2.resize(mask.astype(np.float32), (self.width, self.height), interpolation=cv2.INTER_AREA)
        return np.asarray(share, np.float32)

    def working_pixel(self, x: float, y: float) -> tuple[int, int]:
        """Return the working pixel (x, y) that contains a source point, clamped to the picture."""
        column = int((x + 0.5) * self.width / self.source_width)
        row = int((y + 0.5) * self.height / self.source_height)
        return min(max(column, 0), self.width - 1), min(max(row, 0), self.height - 1)


def working_size(height: int, width: int, short_side: float) -> WorkingSize:
    """Return the size of the given short side and the source's aspect, at most the source's."""
    scale = min(1.0, short_side / min(height, width))
    return WorkingSize(max(1, round(height * scale)), max(1, round(width * scale)), height, width)
