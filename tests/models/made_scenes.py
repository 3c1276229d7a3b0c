"""Textured things that move over a textured ground, with their truth."""

from __future__ import annotations

import cv2
import numpy as np

HEIGHT, WIDTH = 180, 240


def texture(color: tuple[int, int, int], seed: int, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """Blotches around a colour, uint8 (h, w, 3)."""
    noise = np.random.default_rng(seed).normal(size=(height, width, 3)).astype(np.float32)
    blotches = cv2.GaussianBlur(noise, (0, 0), 2)
    result: np.ndarray = (np.array(color) + 22 * blotches / blotches.std()).clip(0, 255).astype(np.uint8)
    return result


def ellipse(x: float, y: float, angle: float = 0, axes: tuple[int, int] = (34, 20)) -> np.ndarray:
    """The pixels of an ellipse, bool (h, w)."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.ellipse(mask, ((x, y), (2 * axes[0], 2 * axes[1]), angle), 1, -1)
    return mask.astype(bool)


def moved(picture: np.ndarray, x: float, y: float, angle: float) -> np.ndarray:
    """A texture that turns and travels with its thing, whose middle is at (x, y)."""
    where = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), -angle, 1)
    where[:, 2] += np.array([x - WIDTH / 2, y - HEIGHT / 2])
    return cv2.warpAffine(picture, where, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)


def compose(ground: np.ndarray, *things: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Things (texture, mask) over a ground, their rims a little soft as in a photograph."""
    picture = ground.astype(np.float32)
    for paint, mask in things:
        cover = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.7)[..., None]
        picture = cover * paint + (1 - cover) * picture
    return picture.round().astype(np.uint8)


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two masks."""
    union = np.count_nonzero(a | b)
    return np.count_nonzero(a & b) / union if union else 1.0


def scene(x: int, y: int = 120, other: int | None = None) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """A red disc at (x, y), at will a blue one at (other, y), over a textured green ground."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 60, (15, 20, 3), np.uint8)
    image = cv2.resize(coarse, (320, 240)) + np.array([20, 110, 30], np.uint8)
    masks = {}
    for number, place, color in ((1, x, (220, 40, 40)), (2, other, (40, 60, 230))):
        if place is not None:
            mask = np.zeros((240, 320), np.uint8)
            cv2.circle(mask, (place, y), 38, 1, -1)
            image[mask > 0] = color
            masks[number] = mask > 0
    return image, masks
