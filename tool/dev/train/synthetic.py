"""Synthetic scenes: textured shapes, simulated ultrasound, CT-like slices and trees of tubes."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tool.dev.train.scene import Scene

SIZE = (360, 480)  # height and width in pixels, near those of the pictures that are prepared


def draw_shapes(rng: Generator) -> Scene:
    """Textured blobs over a textured ground; later ones cover earlier ones."""
    image = draw_texture(rng, True)
    masks: list[NDArray[Any]] = []
    for _ in range(rng.integers(2, 6)):
        mask = draw_blob(rng)
        image = np.where(mask[..., None] > 0, draw_texture(rng, True), image)
        masks = [m * (1 - mask) for m in masks] + [mask]
    return Scene(cv2.GaussianBlur(image, (3, 3), 0.6), [m for m in masks if m.sum() > 200])


def draw_ultrasound(rng: Generator) -> Scene:
    """Organs of different echo strength with Rayleigh speckle, blurred along the beam, in a fan."""
    echo: NDArray[Any] = np.full(SIZE, rng.uniform(0.3, 0.6), np.float32)
    masks: list[NDArray[Any]] = []
    for _ in range(rng.integers(1, 4)):
        mask = draw_blob(rng)
        echo = np.where(mask > 0, rng.uniform(0.05, 1.0), echo).astype(np.float32)
        masks = [m * (1 - mask) for m in masks] + [mask]
    speckle: NDArray[Any] = rng.rayleigh(1.0, SIZE).astype(np.float32)
    speckle = cv2.GaussianBlur(speckle, (0, 0), sigmaX=rng.uniform(1, 3), sigmaY=rng.uniform(0.6, 1.5))
    depth = np.linspace(1, rng.uniform(0.4, 1), SIZE[0], dtype=np.float32)[:, None]
    gray = np.clip(cv2.GaussianBlur(echo, (0, 0), rng.uniform(0.8, 3)) * speckle * depth * 190, 0, 255)
    fan = _fan()
    image = cv2.cvtColor((gray * fan).astype(np.uint8), cv2.COLOR_GRAY2RGB)
    return Scene(image, [m * fan for m in masks if (m * fan).sum() > 200])


def draw_slices(rng: Generator) -> Scene:
    """A body outline with smooth organs of close grey values and quantum noise, as in CT."""
    height, width = SIZE
    body = np.zeros(SIZE, np.uint8)
    axes = (int(width * rng.uniform(0.35, 0.48)), int(height * rng.uniform(0.33, 0.47)))
    cv2.ellipse(body, (width // 2, height // 2), axes, 0, 0, 360, 1, -1)
    gray = body * rng.uniform(70, 120)
    masks: list[NDArray[Any]] = []
    for _ in range(rng.integers(3, 8)):
        mask = draw_blob(rng, rng.uniform(0.03, 0.18)) * body
        gray = np.where(
            mask > 0, np.clip(gray[mask > 0].mean() if mask.any() else 0, 60, 200) + rng.normal(0, 28), gray
        )
        masks = [m * (1 - mask) for m in masks] + [mask]
    noise = cv2.GaussianBlur(
        rng.normal(0, rng.uniform(4, 25), SIZE).astype(np.float32), (0, 0), rng.uniform(0.5, 1.5)
    )
    gray = cv2.GaussianBlur(gray.astype(np.float32), (0, 0), rng.uniform(0.7, 2)) + noise
    image = cv2.cvtColor(np.clip(gray, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2RGB)
    return Scene(image, [m for m in masks if m.sum() > 150])


def draw_tubes(rng: Generator) -> Scene:
    """A tree of thin curved branches, as vessels have it, over a textured ground; the whole tree is the target."""
    height, width = SIZE
    mask = np.zeros(SIZE, np.uint8)
    ends = [(rng.uniform(0.1, 0.9, 2) * (width, height), rng.uniform(0, 2 * np.pi), rng.uniform(3, 9))]
    while ends:
        place, heading, thickness = ends.pop()
        for _ in range(int(rng.integers(6, 20))):
            heading += rng.normal(0, 0.25)
            following = place + rng.uniform(8, 16) * np.array([np.cos(heading), np.sin(heading)])
            start, end = (tuple(p.round().astype(int).tolist()) for p in (place, following))
            cv2.line(mask, start, end, 1, max(1, round(thickness)), cv2.LINE_8)
            place, thickness = following, thickness * 0.985
            if thickness > 1.4 and rng.random() < 0.14:
                ends.append((place, heading + rng.choice((-1, 1)) * rng.uniform(0.4, 1.1), thickness * 0.7))
    ground, ink = draw_texture(rng, False).astype(np.float32), rng.uniform(10, 245, 3)
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), rng.uniform(0.5, 1.2))[..., None] * rng.uniform(
        0.35, 0.9
    )
    image = (ground * (1 - soft) + ink * soft).clip(0, 255).astype(np.uint8)
    return Scene(image, [mask], "tubular")


def draw_blob(rng: Generator, size: float | None = None) -> NDArray[Any]:
    """A smooth or angular closed shape, 0/1 (360, 480); size: radius as a share of the height."""
    height, width = SIZE
    count = int(rng.integers(5, 24))
    angles = np.sort(rng.uniform(0, 2 * np.pi, count))
    radius = height * (rng.uniform(0.06, 0.33) if size is None else size)
    radii = radius * np.exp(rng.normal(0, rng.uniform(0.05, 0.4), count))
    stretch = np.exp(rng.normal(0, 0.3))
    center = rng.uniform(0.1, 0.9, 2) * (width, height)
    turn = rng.uniform(0, np.pi)
    x, y = radii * np.cos(angles) * stretch, radii * np.sin(angles) / stretch
    points = np.stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)], 1) + center
    mask = np.zeros(SIZE, np.uint8)
    cv2.fillPoly(mask, [points.round().astype(np.int32)], 1)
    if rng.random() < 0.7:
        mask = (cv2.GaussianBlur(mask.astype(np.float32), (0, 0), radius * 0.12 + 1) > 0.5).astype(np.uint8)
    return mask


def draw_texture(rng: Generator, stripes: bool) -> NDArray[Any]:
    """Noise at a few scales around a colour, at times with stripes, uint8 (360, 480, 3)."""
    height, width = SIZE
    image = np.full((height, width, 3), rng.uniform(20, 235, 3), np.float32)
    for scale in (4, 16, 64):
        coarse = rng.normal(0, rng.uniform(0, 28), (height // scale + 2, width // scale + 2, 3)).astype(
            np.float32
        )
        image += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    if stripes and rng.random() < 0.3:
        y, x = np.mgrid[:height, :width].astype(np.float32)
        angle, period = rng.uniform(0, np.pi), rng.uniform(6, 60)
        wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / period)
        image += wave[..., None] * rng.uniform(-50, 50, 3).astype(np.float32)
    return np.clip(image, 0, 255).astype(np.uint8)


def _fan() -> NDArray[Any]:
    fan = np.zeros(SIZE, np.uint8)
    cv2.ellipse(fan, (SIZE[1] // 2, -40), (SIZE[0] + 30, SIZE[0] + 30), 90, -42, 42, 1, -1)
    return fan
