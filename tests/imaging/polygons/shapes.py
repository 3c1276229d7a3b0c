"""Masks of simple shapes."""

from __future__ import annotations

import cv2
import numpy as np

Mask = np.ndarray


def canvas(height: int = 60, width: int = 80) -> Mask:
    return np.zeros((height, width), np.uint8)


def disc(radius: int, height: int = 60, width: int = 80) -> Mask:
    return cv2.circle(canvas(height, width), (width // 2, height // 2), radius, 1, -1).astype(bool)


def curve() -> Mask:
    points = np.array([(x, 30 + 20 * np.sin(x / 9)) for x in range(3, 77)]).astype(np.int32)
    return cv2.polylines(canvas(), [points], False, 1, 3).astype(bool)


def ring_in_ring() -> Mask:
    picture = canvas()
    for radius, value in ((28, 1), (22, 0), (15, 1), (9, 0), (3, 1)):
        cv2.circle(picture, (40, 30), radius, value, -1)
    return picture.astype(bool)


def specks() -> Mask:
    picture = canvas()
    picture[3:58:10, 2:78:8] = 1
    assert picture.sum() == 60
    return picture.astype(bool)


def diagonals() -> Mask:
    return np.eye(9, dtype=bool) | np.eye(9, dtype=bool)[::-1]


def rough() -> Mask:
    noise = np.random.default_rng(3).random((120, 160)).astype(np.float32)
    away = np.hypot(*(np.mgrid[:120, :160] - np.array([60, 80])[:, None, None])) / 50
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 2) * 6 - away > 2.2)


def pieces(mask: Mask) -> list[Mask]:
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    return [labels == n for n in range(1, count)]
