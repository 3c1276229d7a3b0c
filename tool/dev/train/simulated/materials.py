"""Simulated surfaces of materials under an inspection camera, with small defects."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tool.dev.train.scene import Scene
from tool.dev.train.simulated import surfaces
from tool.dev.train.synthetic import SIZE, draw_blob


def draw_defects(rng: Generator) -> Scene:
    """Return a grey surface, streaked by its making, with one to three holes, cracks, scratches or worn places."""
    width = SIZE[1]
    level = rng.uniform(50, 200)
    image = surfaces.ground(rng, level, 8, (3, 60, 200))
    image = image + _draw_streaks(rng)[..., None]
    masks: list[NDArray[np.uint8]] = []
    for _ in range(int(rng.integers(1, 4))):
        size = rng.uniform(0.012, 0.09) if rng.random() < 0.75 else rng.uniform(0.1, 0.35)
        mask = _draw_crack(rng) if rng.random() < 0.4 else surfaces.ragged(draw_blob(rng, size), rng, 4)
        tone = level * (rng.uniform(0.2, 0.85) if rng.random() < 0.75 else rng.uniform(1.15, 1.6))
        over = (
            surfaces.ground(rng, float(tone), rng.uniform(8, 30), (3, 20))
            + _draw_streaks(rng)[..., None] * 0.5
        )
        image = surfaces.blend(image, mask, over, rng.uniform(0.5, 3), rng.uniform(0.4, 1))
        masks = [m * (1 - mask) for m in masks] + [mask]
    fall = np.linspace(rng.uniform(0.6, 1), rng.uniform(0.6, 1), width, dtype=np.float32)[None, :, None]
    image = image * fall + rng.normal(0, rng.uniform(0, 6), (*SIZE, 1)).astype(np.float32)
    return Scene(surfaces.as_picture(image), [m for m in masks if m.sum() > 25])


def _draw_streaks(rng: Generator) -> surfaces.Field:
    """Grey levels to add, float32 (h, w): upright lines of a brush or a saw, each as long as it happens to be."""
    height, width = SIZE
    fine = rng.normal(0, rng.uniform(0, 30), (int(rng.integers(1, 12)), width)).astype(np.float32)
    long = cv2.resize(fine, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.GaussianBlur(long, (0, 0), rng.uniform(0.4, 3), sigmaY=1), np.float32)


def _draw_crack(rng: Generator) -> NDArray[np.uint8]:
    """A thin line that changes its direction, or runs straight as a scratch does."""
    place, heading = rng.uniform(0.1, 0.9, 2) * (SIZE[1], SIZE[0]), rng.uniform(0, 2 * np.pi)
    unrest, thickness = rng.choice((0.02, 0.5)), int(rng.integers(1, 7))
    return surfaces.curve(rng, place, heading, int(rng.integers(4, 30)), 8, 0.0, unrest, thickness)
