"""Masks after the operations of hand tools. Pure."""

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.mask_operations import (
    Between,
    CutPart,
    DropIslands,
    FillHoles,
    Grow,
    Join,
    KeepPiece,
    MaskOperation,
    Region,
    Smooth,
    Stroke,
)
from app.imaging import masks
from app.imaging.outline_offsets import grow, smooth
from app.imaging.polygons import fill_holes, remove_small
from app.imaging.polygons.components import keep_piece
from app.imaging.shape_interpolation import shape_between
from app.imaging.strokes import Patch, rasterize_region, rasterize_stroke

BoolMask = NDArray[np.bool_]

ISLAND = 0.1  # Share of the largest piece below which a piece is an island. Chosen by hand.


def edit_mask(mask: BoolMask, operation: MaskOperation, allowed: BoolMask | None = None) -> BoolMask:
    """Return a mask, bool (h, w), after an operation; the given one may be changed.

    allowed: bool (h, w), the pixels within the limits of a stroke or region; None for all.
    """
    height, width = mask.shape
    match operation:
        case Stroke():
            patch = rasterize_stroke(operation, height, width)
            return _set(mask, patch, operation.erase, allowed)
        case Region():
            return _set(mask, rasterize_region(operation, height, width), operation.erase, allowed)
        case FillHoles():
            return fill_holes(mask)
        case DropIslands():
            return _drop_islands(mask)
        case KeepPiece():
            return keep_piece(mask, operation.x, operation.y)
        case Grow():
            return grow(mask, operation.distance, operation.aspect)
        case Smooth():
            return smooth(mask, operation.distance, operation.aspect)
        case CutPart():
            return _cut(mask, operation)
        case Join():
            return mask | masks.decode(operation.other)
        case Between():
            return shape_between(operation)


def _set(mask: BoolMask, patch: Patch, erase: bool, allowed: BoolMask | None) -> BoolMask:
    pixels = patch.pixels if allowed is None else patch.pixels & allowed[patch.window]
    mask[patch.window][pixels] = not erase
    return mask


def _drop_islands(mask: BoolMask) -> BoolMask:
    _, _, stats, _ = cv2.connectedComponentsWithStats(
        np.ascontiguousarray(mask).view(np.uint8), connectivity=8
    )
    largest = int(stats[1:, cv2.CC_STAT_AREA].max(initial=0))
    return remove_small(mask, max(round(ISLAND * largest), 1))


def _cut(mask: BoolMask, operation: CutPart) -> BoolMask:
    """Return a part of a mask beside a line, which itself goes to the largest part.

    Pieces that the line does not touch stay with the largest part.
    """
    line = np.zeros(mask.shape, np.uint8)
    path = np.rint(np.asarray(operation.points)).astype(np.int32)
    cv2.polylines(line, [path], isClosed=False, color=1, thickness=1, lineType=cv2.LINE_4)
    beside = mask & (line == 0)
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(beside.view(np.uint8), connectivity=8)
    touched = np.unique(pieces[cv2.dilate(line, np.ones((3, 3), np.uint8)).view(np.bool_) & beside])
    others = np.zeros(len(stats), np.bool_)
    others[touched] = True
    if len(touched):
        others[touched[np.argmax(stats[touched, cv2.CC_STAT_AREA])]] = False
    cut_off = np.asarray(others[pieces])
    return mask & ~cut_off if operation.largest else cut_off
