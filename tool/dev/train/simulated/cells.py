"""Simulated microscopy: stained cells with their nuclei, droplets with dark rims, tissue of membranes."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tool.dev.train.scene import Scene
from tool.dev.train.simulated import surfaces
from tool.dev.train.synthetic import SIZE


def draw_stained_cell(rng: Generator) -> Scene:
    """Return a smear with one stained white cell among pale red ones; the target is the cell or its nucleus."""
    height, width = SIZE
    image = surfaces.ground(rng, tuple(rng.uniform(190, 250, 3).tolist()), 5)
    for _ in range(int(rng.integers(0, 9))):
        spot = (rng.uniform(0, width), rng.uniform(0, height))
        size = height * rng.uniform(0.1, 0.25)
        pale = tuple((rng.uniform(0.75, 0.95) * np.array([225, 190, 190]) + rng.normal(0, 12, 3)).tolist())
        image = surfaces.blend(
            image, surfaces.ellipse(spot, (size, size * rng.uniform(0.8, 1.2)), 0), pale, 2, 0.7
        )
    radius = height * rng.uniform(0.15, 0.36)
    center = (width * rng.uniform(0.35, 0.65), height * rng.uniform(0.35, 0.65))
    cell = surfaces.ragged(
        surfaces.ellipse(center, (radius, radius * rng.uniform(0.8, 1.2)), 0), rng, radius * 0.08
    )
    body = tuple((np.array([205, 170, 195]) * rng.uniform(0.75, 1.1) + rng.normal(0, 15, 3)).tolist())
    grain = surfaces.ground(rng, body, rng.uniform(8, 24), (3, 8, 40))
    image = surfaces.blend(image, cell, grain, rng.uniform(0.6, 2), rng.uniform(0.7, 1))
    nucleus = np.zeros(SIZE, np.uint8)
    for _ in range(int(rng.integers(1, 5))):
        lobe = radius * rng.uniform(0.25, 0.6)
        angle, away = rng.uniform(0, 2 * np.pi), (radius - lobe) * rng.uniform(0, 0.9)
        spot = (center[0] + away * np.cos(angle), center[1] + away * np.sin(angle))
        nucleus |= surfaces.ellipse(spot, (lobe, lobe * rng.uniform(0.6, 1)), rng.uniform(0, 180))
    nucleus = surfaces.ragged(nucleus, rng, radius * 0.06) & cell
    dark = tuple((np.array([85, 35, 115]) * rng.uniform(0.6, 1.5) + rng.normal(0, 15, 3)).tolist())
    image = surfaces.blend(image, nucleus, surfaces.ground(rng, dark, 14, (4, 12)), rng.uniform(0.5, 1.5))
    picture = surfaces.as_picture(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 2.0)))
    return Scene(picture, [cell], "synthetic") if rng.random() < 0.6 else Scene(picture, [nucleus], "part")


def draw_droplets(rng: Generator) -> Scene:
    """Return round droplets or cells alike, with dark rims, in rows or at random, on an even ground with lines."""
    height, width = SIZE
    level = rng.uniform(90, 210)
    image = surfaces.ground(rng, level, 6, (60, 150))
    for _ in range(int(rng.integers(0, 4))):
        x = int(rng.integers(width))
        cv2.line(
            image, (x, 0), (x + int(rng.normal(0, 10)), height), (level * 0.5,) * 3, int(rng.integers(1, 4))
        )
    radius = height * rng.uniform(0.03, 0.2)
    places = _rows(rng, radius) if rng.random() < 0.5 else _scattered(rng, radius)
    rim = max(1, round(radius * rng.uniform(0.04, 0.2)))
    inside, edge = level * rng.uniform(0.85, 1.15), level * rng.uniform(0.2, 0.6)
    masks = []
    for x, y in places[:60]:
        size = radius * float(np.exp(rng.normal(0, 0.06)))
        mask = surfaces.ellipse((x, y), (size, size * rng.uniform(0.93, 1.07)), 0)
        image = surfaces.blend(image, mask, (inside,) * 3, 0.8, rng.uniform(0.3, 1))
        cv2.circle(image, (round(x), round(y)), round(size), (edge,) * 3, rim, cv2.LINE_AA)
        masks.append(mask)
    image += rng.normal(0, rng.uniform(0, 6), (*SIZE, 1)).astype(np.float32)
    picture = surfaces.as_picture(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.2)))
    return Scene(picture, [masks[i] for i in rng.permutation(len(masks))[:6]], "synthetic")


def draw_membranes(rng: Generator) -> Scene:
    """Return tissue whose cells touch, parted by dark membranes, as electron microscopy shows it."""
    height, width = SIZE
    count = int(rng.integers(10, 60))
    seeds = rng.uniform(0, 1, (count, 2)) * (width, height)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    bend = height * rng.uniform(0.01, 0.05)
    x, y = x + surfaces.smooth_noise(rng, 30) * bend, y + surfaces.smooth_noise(rng, 30) * bend
    first, second = np.full(SIZE, np.inf, np.float32), np.full(SIZE, np.inf, np.float32)
    nearest = np.zeros(SIZE, np.int32)
    for index, (left, top) in enumerate(seeds.astype(np.float32)):
        away = np.hypot(x - left, y - top)
        second = np.minimum(second, np.maximum(first, away))
        nearest[away < first] = index
        first = np.minimum(first, away)
    wall = (second - first < rng.uniform(2, 7)).astype(np.uint8)
    level = rng.uniform(130, 210)
    gray = level + rng.normal(0, rng.uniform(2, 18), count)[nearest]
    gray = gray + surfaces.smooth_noise(rng, 3) * rng.uniform(4, 18)
    image = surfaces.blend(
        np.repeat(gray[..., None], 3, 2), wall, (level * rng.uniform(0.2, 0.5),) * 3, 0.7, 0.9
    )
    image += rng.normal(0, rng.uniform(3, 14), (*SIZE, 1)).astype(np.float32)
    cells = [((nearest == i) & (wall == 0)).astype(np.uint8) for i in rng.permutation(count)[:6]]
    return Scene(surfaces.as_picture(image), [c for c in cells if c.sum() > 300], "synthetic")


def _rows(rng: Generator, radius: float) -> NDArray[Any]:
    """Return places one beside the other in one to four rows, (n, 2)."""
    height, width = SIZE
    gap = 2 * radius * rng.uniform(0.97, 1.25)
    tops = rng.uniform(0.1, 0.9) * height + np.arange(int(rng.integers(1, 5))) * gap * rng.uniform(0.9, 1.6)
    line = np.arange(rng.uniform(0, gap), width, gap)
    return np.array([(x, y) for y in tops for x in line])


def _scattered(rng: Generator, radius: float) -> NDArray[Any]:
    """Return places that do not overlap, (n, 2)."""
    height, width = SIZE
    kept: list[NDArray[Any]] = []
    for place in rng.uniform(0, 1, (80, 2)) * (width, height):
        if all(np.hypot(*(place - other)) > 2 * radius for other in kept):
            kept.append(place)
    return np.array(kept)
