"""Colour histograms around each place of a picture, counted on a grid of cells."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.classic.color_clusters import ColorPalette, Index
from app.models.classic.color_model import clipped_log_odds

Plane = NDArray[np.float32]
# Chosen by hand. In brackets: change of the mean J over eight frames of five DAVIS sequences (0.866) when the value is
# halved and doubled, in hundredths.
CELL_SIDE = 8  # Working pixels: smaller cells hold too few pixels of a colour, larger ones confuse places (-1.0, -0.9).
BLUR_SIDE = 5  # Cells; two such box filters make about a Gaussian of 2 cells; 3 and 9: (+0.2, -0.8).
SMOOTHING = 0.05  # Pseudo-count in pixels that pulls the odds of rare colours to even (+0.1, -0.3).


@dataclass(frozen=True, slots=True)
class LocalColorGrid:
    """The pixels of a palette picture by cell and colour."""

    colors: Index  #: (h, w) palette colours
    cells: Index  #: (h, w) number of the cell
    shape: tuple[int, int]  #: rows and columns of cells


def bin_pixels(colors: Index) -> LocalColorGrid:
    """Assign the pixels of a palette picture (h, w) to cells."""
    height, width = colors.shape
    rows, columns = -(-height // CELL_SIDE), -(-width // CELL_SIDE)
    cells = (np.arange(height) // CELL_SIDE * columns)[:, None] + np.arange(width) // CELL_SIDE
    return LocalColorGrid(colors, cells.astype(np.intp), (rows, columns))


def count_local_colors(palette: ColorPalette, grid: LocalColorGrid, weight: Plane) -> Plane:
    """Return float32 (cells, k): the weight of each colour around each cell, spread to similar colours.

    weight: float32 (h, w).
    """
    rows, columns = grid.shape
    keys = (grid.cells * palette.size + grid.colors).ravel()
    sums = np.bincount(keys, weight.ravel(), rows * columns * palette.size)
    counts = sums.reshape(rows, columns, palette.size).astype(np.float32)
    for _ in range(2):
        counts = np.asarray(_blur(counts), np.float32).reshape(rows, columns, palette.size)
    return np.asarray(counts.reshape(-1, palette.size) @ palette.similarity, np.float32)


def local_log_odds(inside: Plane, total: Plane, grid: LocalColorGrid) -> Plane:
    """Return float32 (h, w): log odds that a pixel's colour belongs to the object there.

    inside, total: from count_local_colors, of the object and of everything.
    """
    keys = grid.cells * inside.shape[1] + grid.colors
    share = (inside.ravel() + SMOOTHING / 2) / (total.ravel() + SMOOTHING)
    odds: Plane = clipped_log_odds(share)[keys]
    return odds


def _blur(counts: Plane) -> Plane:
    return np.asarray(cv2.blur(counts, (BLUR_SIDE, BLUR_SIDE), borderType=cv2.BORDER_CONSTANT), np.float32)
