"""Simulated living surfaces: mucosa with polyps and instruments, skin with wounds."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tool.dev.train.scene import Scene
from tool.dev.train.simulated import surfaces
from tool.dev.train.synthetic import SIZE, draw_blob

LIMBS = 0.15
"""Share of wounds whose limb is a target too; with all of them one click on a wound found the limb (IoU .46 to .38)."""


def draw_mucosa(rng: Generator) -> Scene:
    """Return the wet inside of an organ through a scope: folds, polyps or lobes, a dark way on, highlights."""
    height, width = SIZE
    base = (rng.uniform(140, 225), rng.uniform(60, 130), rng.uniform(45, 115))
    relief = surfaces.smooth_noise(rng, 120) * rng.uniform(5, 30) + surfaces.smooth_noise(
        rng, 30
    ) * rng.uniform(0, 3)
    image = surfaces.ground(rng, base, rng.uniform(5, 15))
    masks: list[NDArray[np.uint8]] = []
    for _ in range(int(rng.integers(1, 4))):
        mask = draw_blob(rng, rng.uniform(0.06, 0.33)) if rng.random() < 0.6 else _draw_bump(rng)
        relief = relief + surfaces.dome(mask) * rng.uniform(0.3, 1.3)
        tint = np.array(base) * rng.uniform(0.75, 1.25) + rng.normal(0, 14, 3)
        over = surfaces.ground(rng, tuple(tint.tolist()), rng.uniform(6, 20), (4, 12, 60))
        image = surfaces.blend(image, mask, over, rng.uniform(0.8, 5), rng.uniform(0.25, 0.95))
        masks = [m * (1 - mask) for m in masks] + [mask]
    image = image * surfaces.light_relief(cv2.GaussianBlur(relief, (0, 0), 2), rng)[..., None]
    if rng.random() < 0.4:
        hole = surfaces.ragged(
            surfaces.ellipse(_spot(rng), (height * rng.uniform(0.08, 0.2),) * 2, 0), rng, 8
        )
        image = surfaces.blend(image, hole, (25, 8, 8), rng.uniform(4, 14), rng.uniform(0.6, 1))
        masks = [m * (1 - hole) for m in masks] + [hole]
    image = surfaces.add_highlights(image, rng)
    if rng.random() < 0.3:
        rod = _draw_rod(rng)
        steel = surfaces.ground(rng, rng.uniform(70, 220), 12)
        image = surfaces.blend(image, rod, steel, 0.8)
        masks = [m * (1 - rod) for m in masks] + [rod]
    framed = surfaces.camera_frame(image, rng) if rng.random() < 0.6 else image
    seen = (framed.max(2) > 0).astype(np.uint8)
    picture = surfaces.as_picture(cv2.GaussianBlur(framed, (0, 0), rng.uniform(0.4, 1.4)))
    return Scene(picture, [m * seen for m in masks if (m * seen).sum() > 200])


def draw_wound(rng: Generator) -> Scene:
    """Return a drawn limb with a wound; see add_wound."""
    skin = np.array([205, 160, 135]) * rng.uniform(0.35, 1.15) + rng.normal(0, 10, 3)
    room = surfaces.ground(rng, tuple(rng.uniform(10, 235, 3).tolist()), 20)
    limb = surfaces.ragged(_draw_limb(rng), rng, 10)
    round_off = cv2.GaussianBlur(limb.astype(np.float32), (0, 0), 25)[..., None]
    image = surfaces.blend(room, limb, surfaces.ground(rng, tuple(skin.tolist()), 9) * round_off, 1.5)
    return add_wound(image, limb, rng)


def add_wound(image: surfaces.Field, limb: NDArray[np.uint8], rng: Generator) -> Scene:
    """Return a picture with a wound on a limb: red, yellow and black tissue within a ragged edge, reddened around.

    image: RGB (h, w, 3) of the size of drawn pictures; limb: 0/1, what may be hurt.
    """
    wound = surfaces.ragged(draw_blob(rng, rng.uniform(0.04, 0.22)) & limb, rng, 5)
    halo = cv2.dilate(wound, np.ones((3, 3), np.uint8), iterations=int(rng.integers(2, 16)))
    red = image * np.array((0.95, 0.7, 0.7), np.float32)
    image = surfaces.blend(image, halo * limb, red, 6, rng.uniform(0.1, 0.7))
    tissues = ((165, 45, 40), (205, 165, 95), (60, 40, 35), (215, 120, 110), (235, 225, 200))
    bed, *others = (surfaces.ground(rng, tissues[rng.integers(5)], 20, (4, 12, 50)) for _ in range(3))
    for other in others[: int(rng.integers(3))]:
        patch = surfaces.smooth_noise(rng, rng.uniform(10, 60)) > rng.normal(0, 1)
        bed = surfaces.blend(bed, patch, other, 2)
    image = surfaces.blend(image, wound, bed, rng.uniform(0.6, 2.5), rng.uniform(0.7, 1))
    picture = surfaces.as_picture(surfaces.add_highlights(image, rng) if rng.random() < 0.5 else image)
    masks = (wound, limb) if rng.random() < LIMBS and not limb.all() else (wound,)
    return Scene(picture, [m for m in masks if m.sum() > 60])


def _spot(rng: Generator) -> tuple[float, float]:
    return SIZE[1] * rng.uniform(0.15, 0.85), SIZE[0] * rng.uniform(0.15, 0.85)


def _draw_bump(rng: Generator) -> NDArray[np.uint8]:
    size = SIZE[0] * rng.uniform(0.06, 0.3)
    mask = surfaces.ellipse(_spot(rng), (size, size * rng.uniform(0.6, 1)), rng.uniform(0, 180))
    return surfaces.ragged(mask, rng, size * 0.1)


def _draw_rod(rng: Generator) -> NDArray[np.uint8]:
    """A straight instrument from an edge to somewhere inside."""
    mask = np.zeros(SIZE, np.uint8)
    angle, tip = rng.uniform(0, 2 * np.pi), np.array(_spot(rng))
    far = tip + 800 * np.array([np.cos(angle), np.sin(angle)])
    begin, end = (tuple(p.round().astype(int).tolist()) for p in (tip, far))
    cv2.line(mask, begin, end, 1, int(rng.integers(8, 40)))
    return mask


def _draw_limb(rng: Generator) -> NDArray[np.uint8]:
    """A broad band across the picture, or skin all over."""
    if rng.random() < 0.4:
        return np.ones(SIZE, np.uint8)
    long, broad = SIZE[1] * rng.uniform(0.5, 0.9), SIZE[0] * rng.uniform(0.25, 0.45)
    return surfaces.ellipse((SIZE[1] / 2, SIZE[0] / 2), (long, broad), rng.uniform(0, 180))
