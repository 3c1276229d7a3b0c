"""Pictures without text that look like ultrasound, endoscopy and X-ray."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Draw = Callable[[np.random.Generator, int, int], Image]


def ultrasound(rng: np.random.Generator, height: int, width: int) -> Image:
    """Return a fan of speckle on black, uint8 (height, width, 3)."""
    noise = rng.rayleigh(1.0, (height // 2, width // 2)).astype(np.float32)
    speckle = cv2.resize(cv2.GaussianBlur(noise, (0, 0), 1.2), (width, height), interpolation=cv2.INTER_CUBIC)
    tissue = _clouds(rng, height, width, 24)
    grey = np.clip(speckle * tissue * rng.uniform(60, 140), 0, 255)
    fan = np.zeros((height, width), np.uint8)
    top, radius = (width // 2, -height // 6), int(height * 1.1)
    cv2.ellipse(fan, top, (radius, radius), 0, 45, 135, 1, cv2.FILLED)
    return _grey(grey * fan)


def endoscopy(rng: np.random.Generator, height: int, width: int) -> Image:
    """Return wet pink folds within a round field of view, uint8 (height, width, 3)."""
    folds = _clouds(rng, height, width, 8) * 0.7 + _clouds(rng, height, width, 40) * 0.3
    color = np.array([rng.uniform(170, 230), rng.uniform(60, 110), rng.uniform(50, 90)])
    picture = folds[..., None] * color + 20
    for _ in range(rng.integers(3, 12)):
        place = int(rng.integers(width)), int(rng.integers(height))
        size = int(rng.integers(2, 9)), int(rng.integers(1, 5))
        cv2.ellipse(picture, place, size, float(rng.uniform(0, 180)), 0, 360, (250, 245, 240), cv2.FILLED)
    picture = cv2.GaussianBlur(picture, (0, 0), 1)
    field = np.zeros((height, width, 1), np.float32)
    cv2.circle(field, (width // 2, height // 2), int(height * 0.55), 1, cv2.FILLED)
    return _noisy(rng, picture * field.reshape(height, width, 1), 3)


def x_ray(rng: np.random.Generator, height: int, width: int) -> Image:
    """Return soft shadows with a few bright bones, uint8 (height, width, 3)."""
    grey = _clouds(rng, height, width, 4) * 150 + 30
    for _ in range(rng.integers(2, 7)):
        bone = np.zeros((height, width), np.float32)
        ends = [(int(rng.integers(width)), int(rng.integers(height))) for _ in range(2)]
        cv2.line(bone, ends[0], ends[1], float(rng.uniform(30, 80)), int(rng.integers(8, 40)))
        grey += cv2.GaussianBlur(bone, (0, 0), 3)
    return _noisy(rng, np.repeat(grey[..., None], 3, 2), 5)


BACKGROUNDS: Final[dict[str, Draw]] = {"ultrasound": ultrasound, "endoscopy": endoscopy, "X-ray": x_ray}


def _clouds(rng: np.random.Generator, height: int, width: int, cells: int) -> NDArray[np.float32]:
    """Return smooth noise in [0, 1] with so many cells along the width."""
    coarse = rng.random((max(cells * height // width, 2), cells)).astype(np.float32)
    return np.clip(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1)


def _noisy(rng: np.random.Generator, picture: NDArray[np.float32], spread: float) -> Image:
    noise = rng.normal(0, spread, picture.shape[:2])[..., None]
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def _grey(values: NDArray[np.float32]) -> Image:
    return np.repeat(np.clip(values, 0, 255).astype(np.uint8)[..., None], 3, 2)
