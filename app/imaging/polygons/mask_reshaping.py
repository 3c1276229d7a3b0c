"""Edits of a mask by its polygons.

The mask is the truth and an edit is a delta: only pixels between the old outline, in the full detail of the
mask, and the new one change. Two rules for callers:

- Within a gesture (a drag that is still going on) reshape from the mask and the polygon that it started with,
  not from the previous step of the drag. Then what is seen on the way leaves no trace.
- Between gestures pass the mask that the polygons were traced from as traced, and keep the polygons as they
  come back. Then the detail under every edge is still known, and an edit taken back by hand gives back every
  pixel. Without traced, the detail that an edit wiped out is gone, as it is from the mask.
"""

from collections.abc import Iterable, Sequence
from itertools import chain

import cv2
import numpy as np

from app.domain.annotation import Polygon
from app.imaging.polygons.contour_following import ContourFollower
from app.imaging.polygons.tracing import BoolMask, Box, fill_rings, rasterize_polygon

MARGIN = 3  # pixels: detail lies at most tolerance() from a ring, and fill rounds up


def reshape_mask(
    mask: BoolMask,
    before: Polygon | None,
    after: Polygon | None,
    *,
    traced: BoolMask | None = None,
    others: Sequence[Polygon] = (),
) -> BoolMask:
    """Return bool (h, w): the mask with polygon before replaced by after.

    before None adds after. after None takes away the whole piece that before was traced from, also pixels
    that the ring cuts off. traced: bool (h, w), the mask the polygons were traced from; mask itself by
    default. others: the other polygons of the mask, whose pixels stay.
    """
    result = mask.copy()
    if before == after:
        return result
    if before is None:
        return result | rasterize_polygon(_some(after), *mask.shape)
    guide = ContourFollower(mask if traced is None else traced)
    box = _box((before,) if after is None else (before, after), mask.shape)
    old, fresh = _region(guide, before, box), _region(guide, after, box)
    touched = old | _rasterize_within(before, box, mask.shape) if after is None else old
    part = _bounds(touched & ~fresh | fresh & ~old)
    box = _moved(part, box[0], box[1])
    old, fresh, touched = (_cut(pixels, part) for pixels in (old, fresh, touched))
    kept = _kept(guide, fresh, others, box)
    view = _cut(result, box)
    view |= fresh & ~old
    view &= kept | ~old
    _remove_crumbs(view, touched, kept | _beyond(box, mask.shape))
    return result


def reshape_polygons(
    mask: BoolMask,
    polygons: tuple[Polygon, ...],
    index: int,
    after: Polygon | None,
    *,
    traced: BoolMask | None = None,
) -> tuple[BoolMask, tuple[Polygon, ...]]:
    """Replace polygon index by after; return the mask, bool (h, w), and its polygons.

    after None deletes the polygon; index == len(polygons) adds one. Only the edited polygon changes in the
    list, and it stays as the person left it, also where pieces meet or come apart: polygons that have grown
    into each other remain two handles on what is now one piece, each taking only its own pixels along, and a
    polygon pinched in two remains one. Tracing the mask anew, when the frame is next shown, gives one polygon
    a piece.
    """
    before = polygons[index] if index < len(polygons) else None
    others = polygons[:index] + polygons[index + 1 :]
    left = others if after is None else (*polygons[:index], after, *polygons[index + 1 :])
    if not left:
        return np.zeros_like(mask), ()
    return reshape_mask(mask, before, after, traced=traced, others=others), left


def _some(polygon: Polygon | None) -> Polygon:
    return polygon if polygon is not None else Polygon(())


def _region(guide: ContourFollower, polygon: Polygon | None, box: Box) -> BoolMask:
    """Return the pixels a polygon stands for, within a box."""
    return fill_rings(guide.follow(polygon) if polygon is not None else (), box, guide.shape)


def _kept(guide: ContourFollower, fresh: BoolMask, others: Sequence[Polygon], box: Box) -> BoolMask:
    """Return the pixels within a box that any polygon stands for after the edit."""
    kept = fresh.copy()
    for other in others:
        shared = _intersection(_box((other,), guide.shape), box)
        if shared[0] < shared[2] and shared[1] < shared[3]:
            inner = _cut(kept, _moved(shared, -box[0], -box[1]))
            inner |= _region(guide, other, shared)
    return kept


def _rasterize_within(polygon: Polygon, box: Box, shape: tuple[int, ...]) -> BoolMask:
    """Return the pixels of the rings as they are, within a box."""
    return fill_rings([np.asarray(ring, np.float64) for ring in polygon.rings], box, shape)


def _box(polygons: Iterable[Polygon], shape: tuple[int, ...]) -> Box:
    """Return the bounds (left, top, right, bottom) of polygons with a margin for the detail of the mask."""
    points = list(chain.from_iterable(ring for polygon in polygons for ring in polygon.rings))
    if not points:
        return 0, 0, 0, 0
    low, high = np.min(points, 0) - MARGIN, np.max(points, 0) + MARGIN + 1
    left, right = (int(x) for x in np.clip((low[0], high[0]), 0, shape[1]))
    top, bottom = (int(y) for y in np.clip((low[1], high[1]), 0, shape[0]))
    return left, top, right, bottom


def _bounds(pixels: BoolMask) -> Box:
    """Return the bounds of the pixels set, with a margin."""
    rows, columns = np.flatnonzero(pixels.any(1)), np.flatnonzero(pixels.any(0))
    if not len(rows):
        return 0, 0, 0, 0
    height, width = pixels.shape
    left, right = max(int(columns[0]) - MARGIN, 0), min(int(columns[-1]) + MARGIN + 1, width)
    return left, max(int(rows[0]) - MARGIN, 0), right, min(int(rows[-1]) + MARGIN + 1, height)


def _moved(box: Box, x: int, y: int) -> Box:
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y


def _intersection(one: Box, other: Box) -> Box:
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])


def _cut(pixels: BoolMask, box: Box) -> BoolMask:
    """Return a view of the pixels within a box."""
    return pixels[box[1] : box[3], box[0] : box[2]]


def _beyond(box: Box, shape: tuple[int, ...]) -> BoolMask:
    """Return the pixels at the sides of a box where the image goes on, and with it what is there."""
    left, top, right, bottom = box
    result = np.zeros((bottom - top, right - left), np.bool_)
    if not result.size:
        return result
    result[:, 0] |= left > 0
    result[0] |= top > 0
    result[:, -1] |= right < shape[1]
    result[-1] |= bottom < shape[0]
    return result


def _remove_crumbs(view: BoolMask, touched: BoolMask, kept: BoolMask) -> None:
    """Clear crumbs: pieces at what was touched that nothing stands for any more."""
    if not touched.any():
        return
    _, labels = cv2.connectedComponents(np.ascontiguousarray(view).view(np.uint8), connectivity=8)
    around = cv2.dilate(touched.view(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_)
    is_crumb = np.zeros(int(labels.max()) + 1, np.bool_)
    is_crumb[labels[around]] = True
    is_crumb[labels[kept]] = False
    is_crumb[0] = False
    view &= ~is_crumb[labels]
