"""Which colours belong to an object, here and anywhere."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.classic.color_clusters import ColorPalette, Index

CELL = 8
"""Side in working pixels of the squares in which colours are counted."""
SPREAD = 5
"""Squares that share their counts, along one axis, twice."""
DOUBT = 0.05
ODDS_LIMIT = 2.5
Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LocalColorGrid:
    """Pixels by square and colour. colors: (h, w); square: (h, w) number of the square; grid: rows, columns."""

    colors: Index
    square: Index
    grid: tuple[int, int]


def places(colors: Index) -> LocalColorGrid:
    """Sort the pixels of a palette picture (h, w) into squares."""
    height, width = colors.shape
    rows, columns = -(-height // CELL), -(-width // CELL)
    square = (np.arange(height) // CELL * columns)[:, None] + np.arange(width) // CELL
    return LocalColorGrid(colors, square.astype(np.intp), (rows, columns))


def count(palette: ColorPalette, seen: LocalColorGrid, weight: Plane) -> Plane:
    """Return float32 (squares, k): the weight of each colour around each square, spread to like colours.

    weight: float32 (h, w).
    """
    rows, columns = seen.grid
    keys = (seen.square * palette.size + seen.colors).ravel()
    sums = np.bincount(keys, weight.ravel(), rows * columns * palette.size)
    picture = sums.reshape(rows, columns, palette.size).astype(np.float32)
    for _ in range(2):
        picture = np.asarray(_blur(picture), np.float32).reshape(rows, columns, palette.size)
    return np.asarray(picture.reshape(-1, palette.size) @ palette.kinship, np.float32)


def local_odds(inside: Plane, total: Plane, seen: LocalColorGrid) -> Plane:
    """Return float32 (h, w): log odds that a pixel's colour is the object's around there.

    inside, total: from count, of the object and of everything.
    """
    keys = seen.square * inside.shape[1] + seen.colors
    share = (inside.ravel() + DOUBT / 2) / (total.ravel() + DOUBT)
    odds: Plane = log_odds(share)[keys]
    return odds


def color_odds(palette: ColorPalette, colors: Index, inside: Plane) -> Plane:
    """Return float32 (k,): log odds of each colour, of one pixel inside against one outside.

    colors: (n,) palette colours around an object; inside: (n,) how far each is the object's.
    """
    own = np.bincount(colors, inside, palette.size) @ palette.kinship
    other = np.bincount(colors, 1 - inside, palette.size) @ palette.kinship
    own, other = own / max(own.sum(), 1e-9), other / max(other.sum(), 1e-9)
    return np.asarray(log_odds(own / (own + other + 1e-9)), np.float32)


def histogram(palette: ColorPalette, colors: Index, inside: Plane) -> Plane:
    """Return float32 (k,), the share of each colour in what is inside; all 0 where nothing is."""
    sums = np.bincount(colors.ravel(), inside.ravel(), palette.size) @ palette.kinship
    return np.asarray(sums / max(sums.sum(), 1e-9), np.float32)


def log_odds(share: Plane | NDArray[np.float64]) -> Plane:
    """Return log(p / (1 - p)) within the limit."""
    share = share.astype(np.float32)
    return np.asarray(np.log((share + 1e-4) / (1 - share + 1e-4)).clip(-ODDS_LIMIT, ODDS_LIMIT), np.float32)


def _blur(picture: Plane) -> Plane:
    return np.asarray(cv2.blur(picture, (SPREAD, SPREAD), borderType=cv2.BORDER_CONSTANT), np.float32)
