"""Conversion of masks to polygons and back.

A mask's contours run through the centres of its boundary pixels (Suzuki and Abe, 1985, as OpenCV has it), so
the full contours fill to exactly the mask. A polygon's rings are these contours, simplified as by Douglas and
Peucker (1973): few enough vertices to work with, each on the contour, the contour nowhere farther from the
ring than tolerance() says. Small shapes keep every corner.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Polygon, Ring

BoolMask = NDArray[np.bool_]
Points = NDArray[np.int32]
Path = NDArray[np.float64]
Box = tuple[int, int, int, int]

LARGEST_TOLERANCE = 1.0  # pixels
SMALL_CONTOUR = 32  # pixels; up to it every corner is kept
# Pixels, from which the largest tolerance holds; chosen by hand: higher keeps more vertices.
LARGE_CONTOUR = 128
SUBPIXEL_BITS = 8  # fraction bits of coordinates given to OpenCV: 1/256 pixel
ROUNDING = 1e-9  # pixels, of float64 sums
FARTHEST = 1 << 20  # pixels; beyond it OpenCV overflows


@dataclass(frozen=True, slots=True)
class Contours:
    """The contours of one connected piece: int32 (n, 2) of (x, y) each, pixel by pixel, end not repeated."""

    outer: Points
    holes: tuple[Points, ...]

    @property
    def rings(self) -> tuple[Points, ...]:
        """The outer contour, then the holes."""
        return (self.outer, *self.holes)


def trace_polygons(mask: BoolMask) -> tuple[Polygon, ...]:
    """Return one polygon per 8-connected piece of bool (h, w), however small; none for an empty mask.

    A ring has as many vertices as it needs: a lone pixel has one, a straight line of pixels two.
    """
    pieces = trace_contours(mask)
    if not pieces:
        return ()
    rings = [ring for piece in pieces for ring in piece.rings]
    kept = iter(zip(rings, simplify_rings(rings), strict=True))
    return tuple(Polygon(tuple(_ring(*next(kept)) for _ in piece.rings)) for piece in pieces)


def rasterize_polygon(polygon: Polygon, height: int, width: int) -> BoolMask:
    """Return bool (h, w): the pixels the rings run through and those inside, by the even-odd rule.

    Vertices count to 1/256 of a pixel; what lies outside the image is cut off.
    """
    return fill_rings(
        [np.asarray(ring, np.float64) for ring in polygon.rings], (0, 0, width, height), (height, width)
    )


def trace_contours(mask: BoolMask) -> list[Contours]:
    """Return the contours of each 8-connected piece of bool (h, w)."""
    if not mask.size:
        return []
    found, tree = cv2.findContours(
        np.ascontiguousarray(mask).view(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE
    )
    if tree is None:
        return []
    rings = [np.asarray(ring, np.int32).reshape(-1, 2) for ring in found]
    holes: dict[int, list[Points]] = {n: [] for n, link in enumerate(tree[0]) if link[3] < 0}
    for ring, link in zip(rings, tree[0], strict=True):
        if link[3] >= 0:
            holes[int(link[3])].append(ring)
    return [Contours(rings[n], tuple(inner)) for n, inner in holes.items()]


def fill_rings(rings: Sequence[Path], box: Box, shape: tuple[int, ...]) -> BoolMask:
    """Return the pixels of the rings, float (n, 2) each, within a box: bool (bottom - top, right - left).

    shape: (h, w) of the image. What a box shows does not depend on the box: the rings are drawn whole, as far
    as they are in the image, and cut afterwards.
    """
    result = np.zeros((max(box[3] - box[1], 0), max(box[2] - box[0], 0)), np.bool_)
    rings = [np.clip(ring, -FARTHEST, FARTHEST) for ring in rings if len(ring)]
    if not rings or not result.size:
        return result
    points = np.concatenate(rings)
    low = np.maximum(np.floor(points.min(0)).astype(int), 0)
    high = np.minimum(np.ceil(points.max(0)).astype(int) + 1, shape[1::-1])
    left, top = np.maximum(low, box[:2])
    right, bottom = np.minimum(high, box[2:])
    if left < right and top < bottom:
        drawn = _draw(rings, low, high - low)
        inner = drawn[top - low[1] : bottom - low[1], left - low[0] : right - low[0]]
        result[top - box[1] : bottom - box[1], left - box[0] : right - box[0]] = inner
    return result


def _draw(rings: Sequence[Path], origin: NDArray[np.int_], size: NDArray[np.int_]) -> BoolMask:
    canvas = np.zeros((int(size[1]), int(size[0])), np.uint8)
    fixed = [np.rint((ring - origin) * (1 << SUBPIXEL_BITS)).astype(np.int32) for ring in rings]
    cv2.fillPoly(canvas, fixed, [1], shift=SUBPIXEL_BITS)
    return canvas.view(np.bool_)


def ring_tolerance(length: int) -> float:
    """Largest distance of a contour of length pixels from its ring: 0 for small ones, 1 pixel for long ones."""
    return 0.0 if length <= SMALL_CONTOUR else min(LARGEST_TOLERANCE, length / LARGE_CONTOUR)


def _ring(contour: Points, kept: NDArray[np.intp]) -> Ring:
    return tuple((float(x), float(y)) for x, y in contour[kept].tolist())


def stretch_deviations(
    path: Points, starts: NDArray[np.intp], ends: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Measure stretches of a path, int32 (n, 2), each from starts[i] to a greater ends[i].

    Return how far each stretch gets from the straight edge between its ends, and the first position where.
    """
    counts = ends - starts
    first = np.cumsum(counts) - counts
    owner = np.repeat(np.arange(len(counts)), counts)
    position = np.arange(len(owner)) + (starts - first)[owner]
    along = (path[ends] - path[starts]).astype(np.float64)
    offset = (path[position] - path[starts][owner]).astype(np.float64)
    length = np.maximum((along * along).sum(1), 1.0)
    share = np.clip((offset * along[owner]).sum(1) / length[owner], 0.0, 1.0)
    away = np.square(offset - share[:, None] * along[owner]).sum(1)
    greatest = np.maximum.reduceat(away, first)
    hits = np.flatnonzero(away == greatest[owner])
    firsts = hits[np.diff(owner[hits], prepend=-1) > 0]
    return np.sqrt(greatest), position[firsts]


def simplify_rings(rings: Sequence[Points]) -> list[NDArray[np.intp]]:
    """Return, for each contour, the ascending positions of the vertices that its ring keeps."""
    sizes = np.array([len(ring) + 1 for ring in rings], np.intp)
    path = np.concatenate([np.vstack((ring, ring[:1])) for ring in rings])
    first = np.cumsum(sizes) - sizes
    far = first + [int(np.argmax(np.square(ring - ring[0]).sum(1))) for ring in rings]
    starts, ends = np.concatenate((first, far)), np.concatenate((far, first + sizes - 1))
    limits = np.tile([ring_tolerance(len(ring)) + ROUNDING for ring in rings], 2)
    kept = [starts]
    while len(starts):
        real = ends > starts
        starts, ends, limits = starts[real], ends[real], limits[real]
        if not len(starts):
            break
        away, where = stretch_deviations(path, starts, ends)
        wide = away > limits
        starts, ends = np.concatenate((starts[wide], where[wide])), np.concatenate((where[wide], ends[wide]))
        limits = np.tile(limits[wide], 2)
        kept.append(where[wide])
    positions = np.unique(np.concatenate(kept))
    return [
        part - begin
        for part, begin in zip(np.split(positions, np.searchsorted(positions, first[1:])), first, strict=True)
    ]
