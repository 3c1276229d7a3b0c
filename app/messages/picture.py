"""Pixels for the screen: a frame and its masks, always of the same index; a scan's other directions; 3D."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Orientation


@dataclass(frozen=True, slots=True)
class Picture:
    """A frame to draw.

    sequence, orientation: of the sequence it belongs to. image: uint8 (h, w, 4) RGBA.
    overlay: uint8 (h, w, 4) RGBA, alpha 0 where there is no mask; None when there is none at all.
    An array that did not change is the same object as in the picture before.
    """

    sequence: str
    frame: int
    image: NDArray[np.uint8]
    overlay: NDArray[np.uint8] | None
    orientation: Orientation | None = None


@dataclass(frozen=True, slots=True)
class View3DPicture:
    """The masks in 3D.

    sequence: path of the sequence it belongs to. image: uint8 (h, w, 4) RGBA; None when there can be none,
    and trouble says why. is_fine: a finer picture would not look better.
    """

    sequence: str
    image: NDArray[np.uint8] | None
    is_fine: bool = True
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class LinkedPicture:
    """A slice of a scan in another direction than that of annotation, masks and all: uint8 (h, w, 4) RGBA."""

    orientation: Orientation
    index: int
    image: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class LinkedPictures:
    """The two other directions of a scan. sequence, orientation: of the sequence they belong to.

    is_partial: slices that are not decoded yet are black.
    """

    sequence: str
    orientation: Orientation
    pictures: tuple[LinkedPicture, ...]
    is_partial: bool
