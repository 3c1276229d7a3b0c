"""The grid of cells in which the masks over a frame are drawn: a cell without masks costs no fill rate. Pure.

A stroke across the frame, or two objects in opposite corners, have a bounding box as large as the frame, and a software
renderer takes as long over each of its transparent pixels as over the frame's own.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.views.toolkit.textures import Box

Cells = NDArray[np.bool_]
# Cells along the longer side. With a stroke of 60 pixels up and down across a 4K frame, cells of 1/16 of the side left
# out two thirds of the frame and cells of 1/64 seven eighths; smaller ones are more items than they save fill rate.
CELLS = 64


@dataclass(frozen=True, slots=True)
class OverlayGrid:
    """Square cells over an image; those at the right and at the bottom may be cut off."""

    width: int = 1
    height: int = 1

    @property
    def side(self) -> int:
        """The side of a cell in pixels."""
        return -(-max(self.width, self.height) // CELLS)

    @property
    def shape(self) -> tuple[int, int]:
        """The number of rows and columns."""
        return -(-self.height // self.side), -(-self.width // self.side)

    def empty(self) -> Cells:
        """Return cells of which none is filled."""
        return np.zeros(self.shape, np.bool_)

    def filled(self, masks: NDArray[np.uint8]) -> Cells:
        """Return the cells that hold any pixel of uint8 (h, w, 4) that is not wholly zero."""
        words = np.ascontiguousarray(masks).view(np.uint32)[..., 0]
        starts = np.arange(0, self.width, self.side)
        cells = self.empty()
        for row in range(len(cells)):
            highest = words[row * self.side : (row + 1) * self.side].max(axis=0)
            cells[row] = np.maximum.reduceat(highest, starts) > 0
        return cells

    def touched(self, box: Box) -> Cells:
        """Return the cells that a box overlaps."""
        left, top, width, height = box
        cells = self.empty()
        cells[
            top // self.side : -(-(top + height) // self.side),
            left // self.side : -(-(left + width) // self.side),
        ] = True
        return cells

    def grown(self, cells: Cells) -> Cells:
        """Return the cells and their neighbours."""
        return np.asarray(cv2.dilate(cells.view(np.uint8), np.ones((3, 3), np.uint8))).view(np.bool_)

    def boxes(self, cells: Cells) -> list[Box]:
        """Return boxes that cover each of the cells once: runs of a row, joined with those like them below."""
        rows: dict[int, set[tuple[int, int]]] = {}
        edges = np.argwhere(np.diff(np.pad(cells, ((0, 0), (1, 1))), axis=1)).tolist()
        for (row, start), (_, stop) in zip(edges[::2], edges[1::2], strict=True):
            rows.setdefault(row, set()).add((start, stop))
        tops: dict[tuple[int, int], int] = {}
        found = []
        for row in range(min(rows, default=0), max(rows, default=-2) + 2):
            runs = rows.get(row, set())
            for run in tops.keys() - runs:
                found.append(self._box(tops.pop(run), row, *run))
            for run in runs - tops.keys():
                tops[run] = row
        return found

    def bounds(self, cells: Cells) -> Box | None:
        """Return the smallest box around cells, None for no cell."""
        rows, columns = np.flatnonzero(cells.any(axis=1)), np.flatnonzero(cells.any(axis=0))
        return self._box(rows[0], rows[-1] + 1, columns[0], columns[-1] + 1) if len(rows) else None

    def _box(self, top: int, bottom: int, left: int, right: int) -> Box:
        """Return the pixels of the cells of rows [top, bottom) and columns [left, right)."""
        x, y = int(left) * self.side, int(top) * self.side
        return (
            x,
            y,
            min(int(right) * self.side, self.width) - x,
            min(int(bottom) * self.side, self.height) - y,
        )
