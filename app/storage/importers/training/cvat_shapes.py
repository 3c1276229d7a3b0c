"""Shapes of CVAT's XML 1.1 as masks, and those that lie between the keyframes of a track."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final
from xml.etree import ElementTree as Xml

import numpy as np
from numpy.typing import NDArray

from app.storage.importers.training.shape_outlines import (
    Outline,
    box_outline,
    ellipse_outline,
    outline_mask,
    turned,
)

SHAPES: Final = frozenset({"polygon", "box", "ellipse", "mask"})
_BOX: Final = ("xtl", "ytl", "xbr", "ybr")


def shape_mask(shape: Xml.Element, height: int, width: int) -> NDArray[np.bool_]:
    """Return the mask of a shape, bool (h, w). Raises KeyError or ValueError for one that is not whole."""
    if shape.tag == "mask":
        return _from_runs(shape, height, width)
    return outline_mask(_outline(shape), height, width)


def between(shapes: Sequence[Xml.Element], step: int, frames: int) -> Iterator[Xml.Element]:
    """Yield the shapes of a track on the frames that it leaves out, every step frames, as CVAT shows them.

    Boxes move evenly from one keyframe to the next, masks stay; a shape that is outside ends the track until the next
    one. CVAT writes most of them out; other programs write keyframes alone. Outlines are not made up.
    """
    for before, after in pairwise(shapes):
        if before.get("outside", "0") != "0" or after.get("keyframe") != "1" or before.tag != after.tag:
            continue
        first, last = int(before.attrib["frame"]), int(after.attrib["frame"])
        for frame in range(first + step, min(last, frames), step):
            found = dict(before.attrib, frame=str(frame))
            if before.tag == "box":
                share = (frame - first) / (last - first)
                ends = ((float(before.attrib[edge]), float(after.attrib[edge])) for edge in _BOX)
                edges = (str(start + share * (end - start)) for start, end in ends)
                found.update(zip(_BOX, edges, strict=True))
            if before.tag in ("box", "mask"):
                yield Xml.Element(before.tag, found)


def _outline(shape: Xml.Element) -> Outline:
    """Return the outline of a shape, turned by its rotation in degrees around its centre."""
    if shape.tag == "polygon":
        return np.array([point.split(",") for point in shape.attrib["points"].split(";")], np.float64)
    if shape.tag == "box":
        ring = box_outline(*(float(shape.attrib[edge]) for edge in _BOX))
    else:
        ring = ellipse_outline(*(float(shape.attrib[key]) for key in ("cx", "cy", "rx", "ry")))
    degrees = float(shape.get("rotation", "0"))
    return turned(ring, degrees, *(ring.min(axis=0) + ring.max(axis=0)) / 2) if degrees else ring


def _from_runs(shape: Xml.Element, height: int, width: int) -> NDArray[np.bool_]:
    """Return a mask of CVAT's run lengths: by row in a box, background first."""
    left, top, across, down = (int(float(shape.attrib[key])) for key in ("left", "top", "width", "height"))
    runs = np.array([int(part) for part in shape.attrib["rle"].split(",")], np.int64)
    mask = np.zeros((height, width), np.bool_)
    place = np.s_[top : top + down, left : left + across]
    if (
        left < 0
        or top < 0
        or mask[place].shape != (down, across)
        or (runs < 0).any()
        or runs.sum() != down * across
    ):
        raise ValueError("a mask that does not fit its box, or is not inside the picture")
    mask[place] = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(down, across)
    return mask
