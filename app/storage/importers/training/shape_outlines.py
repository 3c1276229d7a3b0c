"""Outlines of shapes that other programs draw, (n, 2) x and y with pixel edges at integers, and their masks. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.storage.importers.frame_match import few
from app.storage.importers.rle_import import decode_segmentation
from app.storage.importers.training.foreign_masks import UNUSABLE

_CORNERS: Final = 128  # of an ellipse; its area is then 0.04 % too small. Chosen by hand
T = TypeVar("T")
Outline = NDArray[np.float64]


def box_outline(left: float, top: float, right: float, bottom: float) -> Outline:
    """Return the corners of a box."""
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)


def ellipse_outline(x: float, y: float, across: float, down: float) -> Outline:
    """Return points of an ellipse around (x, y). across, down: its radii."""
    angles = np.arange(_CORNERS) * (2 * np.pi / _CORNERS)
    return np.column_stack([x + across * np.cos(angles), y + down * np.sin(angles)])


def turned(outline: Outline, degrees: float, x: float, y: float) -> Outline:
    """Return an outline turned clockwise, as it is seen, around (x, y)."""
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    matrix = np.array([(cosine, sine), (-sine, cosine)])
    return np.asarray((outline - (x, y)) @ matrix + (x, y))


def whole(outline: Outline) -> Outline:
    """Return an outline that encloses something. Raises ValueError for any other."""
    if outline.ndim != 2 or len(outline) < 3 or not np.isfinite(outline).all():
        raise ValueError("an outline needs three points")
    return outline


def outline_mask(outline: Outline, height: int, width: int) -> NDArray[np.bool_]:
    """Return the pixels inside, bool (h, w). Raises ValueError where there are too few or too many points."""
    return decode_segmentation([outline.ravel().tolist()], height, width)


def read_shapes(shapes: Iterable[tuple[str, Callable[[], T | None]]]) -> tuple[list[T], list[str]]:
    """Return what could be read of shapes, and warnings that count the others. Raises ValueError where none could.

    shapes: the name of its picture and what reads it, which returns None for a shape without pixels, as a point.
    """
    found: list[T] = []
    empty, bad = 0, list[str]()
    for picture, read in shapes:
        try:
            shape = read()
        except UNUSABLE as error:
            bad.append(f"{picture} ({type(error).__name__}: {error})")
            continue
        empty += shape is None
        if shape is not None:
            found.append(shape)
    if bad and not found:
        raise ValueError(few(bad))
    notes = [f"Points and open lines have no pixels; they were left out ({empty})."] if empty else []
    return found, notes + (
        [f"Shapes that cannot be read were left out ({len(bad)}): {few(bad)}."] if bad else []
    )


def reaches_beyond(outline: Outline, height: int, width: int) -> bool:
    """Whether an outline leaves the picture by more than a pixel, as one of a larger picture does."""
    return bool((outline < -1).any() or (outline > (width + 1, height + 1)).any())
