"""Where a picture has strong contrast, as burned-in letters have, and whether some is new."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_BLOCK: Final = 8  # pixels: a letter of the least height that is looked for, 12, covers two
_STRONG: Final = 80  # grey levels within a block; burned-in text is white or black on what is not
_FEW: Final = 3  # new blocks that are no text: three letters of 12 pixels cover more


def strong_blocks(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return 1 for each block of a picture uint8 (h, w, 3) RGB that has strong contrast, uint8 (h / 8, w / 8)."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    # The kernel's anchor is its corner, so that each 8th value is the spread of one block.
    spread = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((_BLOCK, _BLOCK), np.uint8), anchor=(0, 0))
    return np.asarray(spread[::_BLOCK, ::_BLOCK] >= _STRONG, np.uint8)


def has_new_contrast(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> bool:
    """Whether blocks of another frame have strong contrast where neither they nor their neighbours had any."""
    if before.shape != after.shape:
        return True
    around = np.asarray(cv2.dilate(before, np.ones((3, 3), np.uint8)))
    return bool(np.count_nonzero(after > around) >= _FEW)
