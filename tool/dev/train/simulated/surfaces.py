"""What the simulated pictures are made of: smooth noise, surfaces with light on them, soft edges, shapes."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tool.dev.train.synthetic import SIZE

Color = tuple[float, float, float]
Field = NDArray[Any]
"""float32 (h, w) or (h, w, 3)."""


def smooth_noise(rng: Generator, scale: float) -> Field:
    """Return noise of deviation 1 whose bumps are scale pixels wide, float32 (h, w)."""
    height, width = SIZE
    coarse = rng.normal(0, 1, (int(height / scale) + 3, int(width / scale) + 3)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))


def ground(
    rng: Generator, color: Color | float, spread: float, scales: tuple[float, ...] = (8, 40, 150)
) -> Field:
    """Return a surface of about a colour (RGB) or a grey, float32 (h, w, 3).

    spread: deviation of its values in grey levels.
    """
    if isinstance(color, float):
        base = np.full(3, color + rng.normal(0, spread), np.float32)
    else:
        base = np.array(color, np.float32) + rng.normal(0, spread, 3).astype(np.float32)
    relief = sum((smooth_noise(rng, s) for s in scales), np.zeros(SIZE, np.float32))
    return base * (1 + relief[..., None] * np.float32(spread / 255 * rng.uniform(0.3, 1)))


def light_relief(height: Field, rng: Generator) -> Field:
    """Return the light on a relief from one side, around 1, float32 (h, w)."""
    dx = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=5) / 32
    dy = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=5) / 32
    angle = rng.uniform(0, 2 * np.pi)
    slope = dx * np.cos(angle) + dy * np.sin(angle)
    steep = (
        float(np.abs(slope).mean()) * rng.uniform(2, 6) + 1e-3
    )  # most of a relief is lit between the extremes
    return np.asarray(1 + rng.uniform(0.2, 0.7) * np.tanh(slope / steep), np.float32)


def dome(mask: NDArray[np.uint8]) -> Field:
    """Return the height of a rounded body over a mask, pixels, float32 (h, w): as high as the mask is deep."""
    inside = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    top = max(float(inside.max()), 1.0)
    return np.asarray(np.sqrt((1 - (1 - inside / top) ** 2).clip(0)) * top)


def curve(
    rng: Generator,
    place: NDArray[np.float64],
    heading: float,
    steps: int,
    pace: float,
    bend: float,
    unrest: float,
    thickness: int,
) -> NDArray[np.uint8]:
    """Return a line that changes its direction, 0/1 (h, w).

    pace: pixels of a step; bend: radians a step; unrest: deviation of it.
    """
    mask = np.zeros(SIZE, np.uint8)
    for _ in range(steps):
        heading += bend + rng.normal(0, unrest)
        following = place + pace * np.array([np.cos(heading), np.sin(heading)])
        begin, end = (tuple(p.round().astype(int).tolist()) for p in (place, following))
        cv2.line(mask, begin, end, 1, thickness, cv2.LINE_8)
        place = following
    return mask


def blend(image: Field, mask: Field, over: Field | Color, softness: float, strength: float = 1.0) -> Field:
    """Return the picture with something over it where the mask is; softness: blur of the edge in pixels."""
    soft: Field = mask.astype(np.float32)
    soft = cv2.GaussianBlur(soft, (0, 0), softness) if softness > 0.2 else soft
    alpha = (soft * strength)[..., None]
    return np.asarray(image * (1 - alpha) + np.asarray(over, np.float32) * alpha, np.float32)


def ellipse(center: tuple[float, float], axes: tuple[float, float], degrees: float) -> NDArray[np.uint8]:
    """Return a filled ellipse, 0/1 (h, w)."""
    mask = np.zeros(SIZE, np.uint8)
    place, half = (tuple(round(v) for v in pair) for pair in (center, axes))
    cv2.ellipse(mask, place, half, degrees, 0, 360, 1, -1)
    return mask


def ragged(mask: NDArray[np.uint8], rng: Generator, amount: float) -> NDArray[np.uint8]:
    """Return a mask whose outline wavers by some amount of pixels, as outlines of living things do."""
    dx, dy = smooth_noise(rng, 40) * amount, smooth_noise(rng, 40) * amount
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float32)
    return np.asarray(
        cv2.remap(mask * 255, x + dx, y + dy, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE) // 128
    )


def camera_frame(image: Field, rng: Generator) -> Field:
    """Return the picture as a scope or a fundus camera shows it: round or octagonal before black, darker outside."""
    height, width = SIZE
    center = (width * rng.uniform(0.45, 0.55), height * rng.uniform(0.45, 0.55))
    radius = height * rng.uniform(0.5, 0.75)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    distance = np.hypot(x - center[0], y - center[1]) / radius
    fall = 1 - rng.uniform(0, 0.5) * distance**2
    return np.asarray(image * (fall.clip(0.1) * (distance < 1))[..., None], np.float32)


def add_highlights(image: Field, rng: Generator) -> Field:
    """Add small white reflections of the lamp where the surface is wet."""
    spots = np.zeros(SIZE, np.uint8)
    for _ in range(int(rng.integers(0, 25))):
        axes = (rng.uniform(1, 8), rng.uniform(1, 4))
        spots |= ellipse(
            (SIZE[1] * rng.uniform(0.15, 0.85), SIZE[0] * rng.uniform(0.15, 0.85)), axes, rng.uniform(0, 180)
        )
    return blend(image, spots, (250, 245, 240), 1.0, rng.uniform(0.5, 1))


def as_picture(image: Field) -> NDArray[np.uint8]:
    """Return the field as uint8."""
    return np.asarray(image.clip(0, 255), np.uint8)
