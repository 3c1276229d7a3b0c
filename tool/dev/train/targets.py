"""Targets from an index mask, by what its values mean."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tool.dev.train.sources import Kind, Source

MOST = 8
"""Targets of one picture at most; more would be thrown away later."""
IGNORED = 255  # value of pixels that no loss counts, as in PASCAL VOC
SMALLEST_PIECE = 0.0006
"""Share of the picture below which a piece is a speck of the annotation: some 100 pixels of 400 x 400. Chosen by hand;
higher loses nuclei, lower makes targets of the ragged edges of re-quantised masks."""
Mask = NDArray[Any]


def draw_targets(mask: Mask, source: Source, kind: Kind, rng: Generator) -> list[Mask]:
    """Return up to MOST targets of a kind, uint8 (h, w), in random order; none where the picture has none."""
    if kind == "stuff" and source.ids == "instances":
        return _regions(mask, rng)
    if kind == "tubular":
        return [_foreground(mask)]
    if kind == "many-part":
        whole = [label_mask(mask, v) for v in label_values(mask)]
        several = [m for m in whole if len(connected_pieces(m)) > 1]
        return [several[i] for i in rng.permutation(len(several))[:MOST]]
    if kind == "object" and source.ids == "nested":
        return [_foreground(mask)]
    found = [label_mask(mask, v) for v in rng.permutation(label_values(mask))[: 3 * MOST]]
    if source.ids in ("classes", "pieces") or kind == "part":
        found = [piece for m in found for piece in connected_pieces(m)]
    return [found[i] for i in rng.permutation(len(found))[:MOST]]


def label_values(mask: Mask) -> list[int]:
    """Return the ids in a mask."""
    return [int(v) for v in np.unique(mask) if v not in (0, IGNORED)]


def label_mask(mask: Mask, value: int) -> Mask:
    """Return where a mask has an id, uint8."""
    return np.asarray(mask == value, np.uint8)


def connected_pieces(mask: Mask) -> list[Mask]:
    """Return the connected pieces of a mask that are larger than specks, largest first."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA]
    order = [i for i in range(1, count) if areas[i] >= SMALLEST_PIECE * mask.size]
    return [(labels == i).astype(np.uint8) for i in sorted(order, key=lambda i: -areas[i])]


def _foreground(mask: Mask) -> Mask:
    return np.asarray((mask > 0) & (mask != IGNORED), np.uint8)


def _regions(mask: Mask, rng: Generator) -> list[Mask]:
    """Regions of middle size, some of them joined with a neighbour."""
    found, counts = np.unique(mask, return_counts=True)
    found = found[(counts > 0.004 * mask.size) & (counts < 0.5 * mask.size)]
    masks = [label_mask(mask, v) for v in rng.permutation(found)[:MOST]]
    return [_join_neighbour(m, mask, rng) if rng.random() < 0.3 else m for m in masks]


def _join_neighbour(region: Mask, regions: Mask, rng: Generator) -> Mask:
    ring = cv2.dilate(region, np.ones((5, 5), np.uint8)) - region
    near = np.unique(regions[ring > 0])
    if not len(near):
        return region
    joined = np.maximum(region, label_mask(regions, rng.choice(near)))
    return joined if joined.mean() < 0.6 else region
