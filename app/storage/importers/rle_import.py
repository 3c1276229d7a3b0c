"""Decoding of COCO segmentations, checked before pycocotools gets them: it trusts its input."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco

from app.imaging.masks import run_lengths

# Coordinates of one annotation. Chosen by hand: far above any outline, and it bounds the time.
MOST_POINTS = 1_000_000


def decode_segmentation(item: Any, height: int, width: int) -> NDArray[np.bool_]:
    """Return bool (h, w) of compressed RLE, uncompressed RLE or polygons. Raises ValueError or TypeError.

    RLE may be of another size than (height, width); the mask is then of that size, up to 16 times as large.
    """
    if isinstance(item, dict):
        return _from_rle(item, 16 * height * width)
    if not isinstance(item, list):
        raise TypeError("a segmentation is RLE or a list of polygons")
    return _from_polygons(item, height, width)


def _from_rle(item: dict[str, Any], most: int) -> NDArray[np.bool_]:
    height, width = (int(size) for size in item["size"])
    if height < 1 or width < 1 or height * width > most:
        raise ValueError(f"a mask of {width}x{height}")
    counts = item["counts"]
    if isinstance(counts, list):
        runs = np.asarray(counts, np.int64)
        if runs.ndim != 1 or (runs < 0).any() or int(runs.sum()) != height * width:
            raise ValueError("the runs do not add up to the size")
        return _from_runs(runs, height, width)
    code = counts.encode("ascii") if isinstance(counts, str) else bytes(counts)
    mask = np.asarray(coco.decode({"size": [height, width], "counts": code}), np.uint8)
    # Runs that end too early leave memory as it was in the mask. Encoded again, a mask is its code, except for
    # codes that are longer than need be; only these are worth a closer look.
    if coco.encode(np.asfortranarray(mask))["counts"] != code:
        return _from_runs(_runs(code, height * width), height, width)
    return mask.astype(np.bool_)


def _from_runs(runs: NDArray[np.int64], height: int, width: int) -> NDArray[np.bool_]:
    """Return the mask of runs of zeros and ones in turn, column by column."""
    values = np.arange(len(runs)) % 2 == 1
    return np.ascontiguousarray(np.repeat(values, runs).reshape(width, height).T)


def _runs(code: bytes, area: int) -> NDArray[np.int64]:
    runs, _ = run_lengths([code])
    if runs.min() < 0 or int(runs.sum()) != area:
        raise ValueError("the runs do not add up to the size")
    return runs


def _from_polygons(item: list[Any], height: int, width: int) -> NDArray[np.bool_]:
    rings = [np.asarray(ring, np.float64) for ring in item]
    if not rings or sum(ring.size for ring in rings) > MOST_POINTS:
        raise ValueError(f"{len(rings)} polygons")
    for ring in rings:
        if ring.ndim != 1 or ring.size < 6 or ring.size % 2 or not np.isfinite(ring).all():
            raise ValueError("a polygon is a list of x, y, x, y and so on")
    inside = [clipped for ring in rings if len(clipped := _clip(ring.reshape(-1, 2), height, width)) > 2]
    if not inside:
        return np.zeros((height, width), np.bool_)
    parts = coco.frPyObjects([ring.ravel().tolist() for ring in inside], height, width)
    return np.asarray(coco.decode(coco.merge(parts)), np.bool_)


def _clip(ring: NDArray[np.float64], height: int, width: int) -> NDArray[np.float64]:
    """Return the part of a ring, (n, 2) x and y, inside the picture (Sutherland and Hodgman, 1974)."""
    for axis, edge, sign in ((0, 0, 1), (0, width, -1), (1, 0, 1), (1, height, -1)):
        depth = (ring[:, axis] - edge) * sign
        before, depth_before = np.roll(ring, 1, axis=0), np.roll(depth, 1)
        crosses = (depth < 0) != (depth_before < 0)
        share = np.divide(depth_before, depth_before - depth, out=np.zeros_like(depth), where=crosses)
        met = before + (ring - before) * share[:, None]
        met[:, axis] = edge
        points = np.stack([met, ring], axis=1)
        ring = points[np.stack([crosses, depth >= 0], axis=1)]
    return ring
