"""Simulated radiographs of a row of teeth."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tool.dev.train.scene import Scene
from tool.dev.train.simulated import surfaces
from tool.dev.train.synthetic import SIZE

Mask = NDArray[np.uint8]
SMALLEST = 300  # pixels of a target


def draw_teeth(rng: Generator) -> Scene:
    """Return a radiograph, grey, either way up; the targets are teeth, or their crowns and roots."""
    height, width = SIZE
    bone = rng.uniform(50, 120)
    line, size = height * rng.uniform(0.3, 0.5), width * rng.uniform(0.14, 0.26)
    image = _draw_jaw(rng, bone, line)
    crowns, roots = [], []
    x = rng.uniform(-0.3, 0.3) * size
    while x < width:
        wide = size * rng.uniform(0.75, 1.15)
        crown = _draw_crown(rng, x + wide / 2, wide, line - size * rng.uniform(0.4, 0.8), line)
        root = _draw_root(rng, x + wide / 2, wide, line, size) * (1 - crown)
        image = surfaces.blend(image, root, (bone * 1.5 + 30,) * 3, 2, rng.uniform(0.4, 0.8))
        enamel = bone * 1.5 + rng.uniform(40, 90)
        image = surfaces.blend(image, crown, (enamel,) * 3, 2.5, rng.uniform(0.7, 1))
        crowns.append(crown)
        roots.append(root)
        x += wide * rng.uniform(0.95, 1.15)
    image += rng.normal(0, rng.uniform(2, 10), (*SIZE, 1)).astype(np.float32)
    picture = surfaces.as_picture(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.6, 2)))
    is_part = rng.random() < 0.5
    masks = [*crowns, *roots] if is_part else [c | r for c, r in zip(crowns, roots, strict=True)]
    masks = [masks[i] for i in rng.permutation(len(masks)) if masks[i].sum() > SMALLEST]
    if rng.random() < 0.5:
        picture, *masks = (np.ascontiguousarray(part[::-1]) for part in (picture, *masks))
    return Scene(picture, masks, "part" if is_part else "synthetic")


def _draw_jaw(rng: Generator, bone: float, line: float) -> surfaces.Field:
    """Draw bone below the line of the gum and air above it."""
    image = surfaces.ground(rng, bone, 22, (5, 15, 60))
    gum = line + surfaces.smooth_noise(rng, 80) * 8
    air = (np.mgrid[: SIZE[0], : SIZE[1]][0] < gum).astype(np.uint8)
    return surfaces.blend(image, air, (bone * rng.uniform(0.1, 0.5),) * 3, 5)


def _draw_crown(rng: Generator, middle: float, wide: float, top: float, line: float) -> Mask:
    mask = np.zeros(SIZE, np.uint8)
    corners = [(-0.46, top), (0.46, top), (0.4, line + 8), (-0.4, line + 8)]
    points = np.array([(middle + side * wide, y) for side, y in corners])
    cv2.fillPoly(mask, [points.round().astype(np.int32)], 1)
    rounded = (cv2.GaussianBlur(mask * 255, (0, 0), wide * 0.07) > 127).astype(np.uint8)
    return surfaces.ragged(rounded, rng, 4)


def _draw_root(rng: Generator, middle: float, wide: float, line: float, size: float) -> Mask:
    """Draw a root of one or two legs."""
    mask = np.zeros(SIZE, np.uint8)
    legs = int(rng.integers(1, 3))
    for leg in range(legs):
        side = 2 * leg - legs + 1
        hip, half = middle + wide * 0.2 * side, wide * (0.36 if legs == 1 else 0.24)
        foot, tip = middle + wide * (0.3 * side + rng.normal(0, 0.06)), line + size * rng.uniform(1.0, 1.9)
        points = np.array([(hip - half, line), (hip + half, line), (foot + 5, tip), (foot - 5, tip)])
        cv2.fillPoly(mask, [points.round().astype(np.int32)], 1)
    return mask
