"""Pictures drawn by seed, of things that every model should find.

Some are learned from beside a site's masks, so that what the weights knew before stays; others check that it did.
"""

from collections.abc import Iterator
from functools import partial

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from app.models.default.tuning.tuned_frame import TunedFrame
from app.models.engine import BoolMask, Image

CHECKED = 18  # pictures, six of each kind; judged in 20 s on two cores
HEIGHT, WIDTH = 288, 384
CHECK_SEED, REHEARSED_SEED = 2026, 11
LEAST_AREA = 400  # pixels of the thing to find


def draw_pictures(seed: int, count: int) -> Iterator[TunedFrame]:
    """Yield the pictures of a seed: textured shapes, simulated ultrasound, and slices like those of CT in turn."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        image, mask = (_draw_shape, _draw_ultrasound, _draw_slice)[number % 3](rng)
        yield TunedFrame(f"drawn {number}", 0, {1: mask}, partial(np.copy, image))


def _draw_shape(rng: Generator) -> tuple[Image, BoolMask]:
    ground, thing, mask = _texture(rng), _texture(rng), _blob(rng)
    return np.where(mask[..., None], thing, ground), mask


def _draw_ultrasound(rng: Generator) -> tuple[Image, BoolMask]:
    """Return a thing of another echo in Rayleigh speckle that is wide across the beam and fades with depth."""
    mask = _blob(rng)
    echo = np.where(mask, rng.uniform(0.05, 0.25), rng.uniform(0.5, 0.9)).astype(np.float32)
    speckle = cv2.GaussianBlur(rng.rayleigh(1.0, mask.shape).astype(np.float32), (0, 0), 2.0, sigmaY=0.9)
    fading = np.linspace(1, 0.5, HEIGHT, dtype=np.float32)[:, None]
    return _gray(cv2.GaussianBlur(echo, (0, 0), 1.5) * speckle * fading * 190), mask


def _draw_slice(rng: Generator) -> tuple[Image, BoolMask]:
    """Return one of several organs of close grey values in a body, with quantum noise."""
    body = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.ellipse(body, (WIDTH // 2, HEIGHT // 2), (int(WIDTH * 0.45), int(HEIGHT * 0.45)), 0, 0, 360, 1, -1)
    gray: NDArray[np.float32] = body * np.float32(95)
    mask = np.zeros(body.shape, bool)
    for _ in range(4):
        mask = _blob(rng, 0.16) & (body > 0)
        gray[mask] = np.clip(95 + rng.choice((-1, 1)) * rng.uniform(25, 60), 30, 200)
    noise = cv2.GaussianBlur(rng.normal(0, 18, body.shape).astype(np.float32), (0, 0), 0.9)
    return _gray(cv2.GaussianBlur(gray, (0, 0), 1.2) + noise), mask


def _blob(rng: Generator, size: float = 0.24) -> BoolMask:
    """Return a smooth closed shape; size: mean radius as a share of the height."""
    while True:
        angles = np.sort(rng.uniform(0, 2 * np.pi, 12))
        radii = HEIGHT * size * np.exp(rng.normal(0, 0.2, angles.size))
        middle = rng.uniform(0.3, 0.7, 2) * (WIDTH, HEIGHT)
        ring = middle + radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)
        drawn = np.zeros((HEIGHT, WIDTH), np.uint8)
        cv2.fillPoly(drawn, [ring.round().astype(np.int32)], 1)
        mask: BoolMask = cv2.GaussianBlur(drawn.astype(np.float32), (0, 0), 5) > 0.5
        if np.count_nonzero(mask) >= LEAST_AREA:
            return mask


def _texture(rng: Generator) -> Image:
    """Return noise at three scales around a colour."""
    image = np.full((HEIGHT, WIDTH, 3), rng.uniform(40, 215, 3), np.float32)
    for scale in (4, 16, 64):
        coarse = rng.normal(0, 14, (HEIGHT // scale + 2, WIDTH // scale + 2, 3)).astype(np.float32)
        image += cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.clip(image, 0, 255).astype(np.uint8)


def _gray(values: NDArray[np.float32]) -> Image:
    return np.asarray(cv2.cvtColor(np.clip(values, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2RGB), np.uint8)
