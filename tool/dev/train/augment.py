"""Geometry and appearance changes of scenes."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tool.dev.train.scene import Scene

Matrix = NDArray[Any]


def paste_object(scene: Scene, donor: Scene, rng: Generator) -> Scene:
    """Put the first thing of the donor over the scene; it becomes the first mask and covers the others."""
    if not donor.masks or not donor.masks[0].any():
        return scene
    height, width = scene.image.shape[:2]
    x, y, w, h = cv2.boundingRect(donor.masks[0])
    scale = rng.uniform(0.15, 0.7) * min(height / h, width / w)
    matrix = turn_about((x + w / 2, y + h / 2), scale, rng.normal(0, 15), rng.random() < 0.5)
    matrix[:, 2] += rng.uniform(0.1, 0.9, 2) * (width, height)
    return place_object(scene, donor, matrix, rng.uniform(0.4, 1.2))


def place_object(scene: Scene, donor: Scene, matrix: Matrix, softness: float) -> Scene:
    """Put the first thing of the donor where a matrix takes it, likewise; softness: blur of its edge in pixels."""
    height, width = scene.image.shape[:2]
    image = cv2.warpAffine(donor.image, matrix, (width, height), flags=cv2.INTER_LINEAR)
    soft = cv2.warpAffine(donor.masks[0] * 255, matrix, (width, height)).astype(np.float32) / 255
    alpha = cv2.GaussianBlur(soft, (0, 0), softness)[..., None]
    mask = (soft > 0.5).astype(np.uint8)
    mixed = (scene.image * (1 - alpha) + image * alpha).astype(np.uint8)
    return Scene(mixed, [mask, *(m * (1 - mask) for m in scene.masks)], scene.kind)


def choose_view(scene: Scene, size: int, rng: Generator) -> Matrix:
    """Choose what to look at: the whole scene, a piece of it at its own scale, or one thing from near."""
    height, width = scene.image.shape[:2]
    box = cv2.boundingRect(scene.masks[0]) if scene.masks else (0, 0, width, height)
    center = np.array([box[0] + box[2] / 2, box[1] + box[3] / 2])
    kind = rng.random()
    if kind < 0.3:
        scale = size / min(height, width) * rng.uniform(0.75, 1.1)
    elif kind < 0.65:
        scale = rng.uniform(0.7, 1.4) * 360 / min(height, width)
    else:
        scale = size / (max(box[2:]) * rng.uniform(1.1, 2.2) + 8)
    scale = float(np.clip(scale, 0.35, 6))
    half = size / scale / 2
    center = center + rng.normal(0, 0.25, 2) * half
    extent = np.array([width, height])
    low, high = np.minimum(half, extent / 2), np.maximum(extent - half, extent / 2)
    matrix = turn_about(tuple(np.clip(center, low, high)), scale, rng.normal(0, 8), rng.random() < 0.5)
    matrix[:, 2] += size / 2
    return matrix


def shift_view(matrix: Matrix, size: int, amount: float, rng: Generator) -> Matrix:
    """Move a view a little, as camera and object do between frames."""
    change = turn_about(
        (size / 2, size / 2), float(np.exp(rng.normal(0, 0.12 * amount))), rng.normal(0, 8 * amount), False
    )
    change[:, 2] += size / 2 + rng.normal(0, 0.06 * amount * size, 2)
    change[:, :2] += rng.normal(0, 0.04 * amount, (2, 2))
    both: Matrix = np.vstack([change, (0, 0, 1)]) @ np.vstack([matrix, (0, 0, 1)])
    return both[:2]


def warp_scene(scene: Scene, matrix: Matrix, size: int) -> Scene:
    """Return the view, (size, size)."""
    image = cv2.warpAffine(
        scene.image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    inside = cv2.warpAffine(np.ones(scene.image.shape[:2], np.uint8), matrix, (size, size))
    image = np.where(inside[..., None] > 0, image, 0).astype(np.uint8)
    masks = [
        cv2.warpAffine(m * 255, matrix, (size, size), flags=cv2.INTER_LINEAR) // 128 for m in scene.masks
    ]
    return Scene(image, masks, scene.kind, scene.is_known)


def bend_scene(scene: Scene, rng: Generator) -> Scene:
    """Deform a scene smoothly."""
    height, width = scene.image.shape[:2]
    coarse = rng.normal(0, 0.02 * min(height, width), (2, 5, 5)).astype(np.float32)
    dx, dy = (cv2.resize(c, (width, height), interpolation=cv2.INTER_CUBIC) for c in coarse)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    image = cv2.remap(scene.image, x + dx, y + dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    masks = [cv2.remap(m * 255, x + dx, y + dy, cv2.INTER_LINEAR) // 128 for m in scene.masks]
    return Scene(image, masks, scene.kind, scene.is_known)


def recolor_image(image: NDArray[Any], rng: Generator, strength: float = 1.0) -> NDArray[Any]:
    """Change brightness, contrast, colour and sharpness; add noise, glare or compression."""
    x = image.astype(np.float32)
    x = (x - 128) * np.exp(rng.normal(0, 0.2 * strength)) + 128 + rng.normal(0, 18 * strength)
    x *= np.exp(rng.normal(0, 0.08 * strength, 3)).astype(np.float32)
    if rng.random() < 0.12 * strength:
        x[:] = x.mean(2, keepdims=True)
    x = np.clip(x, 0, 255)
    if rng.random() < 0.2 * strength:
        x = 255 * (x / 255) ** np.exp(rng.normal(0, 0.3))
    if rng.random() < 0.2:
        x = cv2.GaussianBlur(x, (0, 0), rng.uniform(0.4, 1.8))
    if rng.random() < 0.2:
        x += rng.normal(0, rng.uniform(2, 14), x.shape[:2])[..., None]
    if rng.random() < 0.06:
        x = _glare(x, rng)
    out = np.clip(x, 0, 255).astype(np.uint8)
    if rng.random() < 0.15:
        _, code = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 90))])
        out = cv2.imdecode(code, cv2.IMREAD_COLOR)
    return out


def _glare(x: NDArray[Any], rng: Generator) -> NDArray[Any]:
    light = np.zeros(x.shape[:2], np.float32)
    for _ in range(rng.integers(1, 8)):
        spot = tuple(int(v) for v in rng.integers(0, x.shape[0], 2))
        axes = tuple(int(v) for v in rng.integers(2, 14, 2))
        cv2.ellipse(light, spot, axes, float(rng.uniform(0, 180)), 0, 360, 1.0, -1)
    return x + cv2.GaussianBlur(light, (0, 0), 1.5)[..., None] * 220


def turn_about(center: tuple[float, float], scale: float, degrees: float, mirrored: bool) -> Matrix:
    """Return what scales, turns and mirrors a scene and takes a point of it to (0, 0)."""
    angle = np.deg2rad(degrees)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    if mirrored:
        turn[:, 0] *= -1
    return np.hstack([turn, -turn @ np.array(center)[:, None]])
