"""Guided filter: upsamples masks along the edges of a picture.

He, Sun and Tang, "Guided Image Filtering", TPAMI 2013; lines are fitted on a small picture and applied to
a large one as in He and Sun, "Fast Guided Filter", 2015.
"""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.classic.lab_color import lab
from app.models.engine import Image
from app.models.working_size import WorkingSize

Plane = NDArray[np.float32]
Tile = tuple[int, int, int, int]
# Side in working pixels of the tiles that are filtered only where an outline crosses them: smaller ones cost calls.
TILE = 24
# Slope per unit of colour below which values do not follow the picture: under 1 % over all colours.
FLAT = 1e-4


def fit_lines(colors: Plane, values: Plane, radius: int, tolerance: float) -> Plane:
    """Return float32 (4, h, w): slopes a and offset b of the local fit values = a · colors + b.

    colors: float32 (h, w, 3). values: float32 (h, w). radius: of the window, pixels.
    tolerance: colour difference that counts as flat (the square root of the paper's epsilon).
    """
    r, g, b, rr, rg, rb, gg, gb, bb, v, rv, gv, bv = _means(colors, values, radius)
    floor = np.float32(tolerance * tolerance)
    rr, gg, bb = rr - r * r + floor, gg - g * g + floor, bb - b * b + floor
    rg, rb, gb = rg - r * g, rb - r * b, gb - g * b
    rv, gv, bv = rv - r * v, gv - g * v, bv - b * v
    c00, c01, c02 = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    c11, c12, c22 = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    share = 1 / (rr * c00 + rg * c01 + rb * c02)
    slope_r = (c00 * rv + c01 * gv + c02 * bv) * share
    slope_g = (c01 * rv + c11 * gv + c12 * bv) * share
    slope_b = (c02 * rv + c12 * gv + c22 * bv) * share
    offset = v - slope_r * r - slope_g * g - slope_b * b
    return _box((slope_r, slope_g, slope_b, offset), radius)


def apply_lines(lines: Plane, colors: Plane) -> Plane:
    """Return values in [0, 1], float32 (h, w), of colours float32 (h, w, 3)."""
    values: Plane = lines[3].copy()
    for band in range(3):
        values += lines[band] * colors[..., band]
    np.clip(values, 0, 1, out=values)
    return values


def redraw_image(
    image: Image, size: WorkingSize, lines: Plane, corner: tuple[int, int], out: NDArray[np.float32]
) -> None:
    """Apply lines fitted at working size to the source image and write the values into out.

    image: uint8 (h, w, 3). size: of the working picture of the whole image. lines: (4, y, x) of a part of
    it whose upper left pixel is corner (x, y). out: float32 (h, w), written where the part lies.
    """
    steep = _is_steep(lines)
    for top in range(0, lines.shape[1], TILE):
        for left, right in _spans(steep[top : top + TILE]):
            where = (left, top, right, min(top + TILE, lines.shape[1]))
            _redraw_tile(image, size, lines, corner, where, out)


def _spans(steep: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the columns, first and end, of runs of tiles that are all steep or all flat."""
    width = steep.shape[1]
    lefts = list(range(0, width, TILE))
    kinds = [bool(steep[:, left : left + TILE].any()) for left in lefts]
    cuts = [left for left, kind, last in zip(lefts[1:], kinds[1:], kinds, strict=False) if kind != last]
    edges = [0, *cuts, width]
    return list(zip(edges, edges[1:], strict=False))


def _redraw_tile(
    image: Image, size: WorkingSize, lines: Plane, corner: tuple[int, int], tile: Tile, out: Plane
) -> None:
    """Write the values of a tile (left, top, right, bottom) of the lines."""
    left, right = _stretch(corner[0] + tile[0], corner[0] + tile[2], size.width, size.source_width)
    top, bottom = _stretch(corner[1] + tile[1], corner[1] + tile[3], size.height, size.source_height)
    x_scale, y_scale = size.width / size.source_width, size.height / size.source_height
    shift_x = (left + 0.5) * x_scale - 0.5 - corner[0]
    shift_y = (top + 0.5) * y_scale - 0.5 - corner[1]
    where = np.array([[x_scale, 0, shift_x], [0, y_scale, shift_y]])
    part = image[top:bottom, left:right]
    if _is_steep(lines[:, tile[1] : tile[3], tile[0] : tile[2]]).any():
        values = apply_lines(_sample(lines, where, part.shape[:2]), lab(np.ascontiguousarray(part)))
    else:
        values = _sample(lines[3:], where, part.shape[:2])[0].clip(0, 1)
    out[top:bottom, left:right] = values


def _is_steep(lines: Plane) -> NDArray[np.bool_]:
    """Return where values follow the picture, bool (h, w)."""
    return np.asarray(np.abs(lines[:3]).max(axis=0) > FLAT, np.bool_)


def _sample(lines: Plane, where: NDArray[np.float64], shape: tuple[int, ...]) -> Plane:
    """Return planes (n, *shape) sampled through an affine map."""
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (shape[1], shape[0])
    planes = [cv2.warpAffine(p, where, size, flags=how, borderMode=cv2.BORDER_REPLICATE) for p in lines]
    return np.asarray(np.stack(planes), np.float32)


def _stretch(first: int, last: int, working: int, source: int) -> tuple[int, int]:
    """Return the source pixels, first and end, that working pixels cover."""
    return first * source // working, min(-(-last * source // working), source)


def _means(colors: Plane, values: Plane, radius: int) -> Plane:
    """Return float32 (13, h, w): local means of the colours, their products, the values, and both's."""
    r, g, b = (np.ascontiguousarray(colors[..., band]) for band in range(3))
    planes = (r, g, b, r * r, r * g, r * b, g * g, g * b, b * b, values, r * values, g * values, b * values)
    return _box(planes, radius)


def _box(planes: Sequence[NDArray[Any]], radius: int) -> Plane:
    """Return the means over squares of side 2 radius + 1, float32 (planes, h, w)."""
    side = (2 * radius + 1, 2 * radius + 1)
    return np.stack([cv2.blur(plane, side, borderType=cv2.BORDER_REFLECT) for plane in planes], axis=0)
