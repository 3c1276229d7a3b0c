"""Simulated radiographs of a row of teeth, as films that a patient holds show them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tool.dev.train.scene import Scene
from tool.dev.train.simulated import surfaces
from tool.dev.train.synthetic import SIZE

Mask = NDArray[np.uint8]
SMALLEST = 300  # pixels of a target
STEEPEST = 50.0  # degrees by which a row is turned at most


@dataclass(frozen=True, slots=True)
class _Tooth:
    """A tooth, each mask 0/1 (h, w)."""

    crown: Mask
    root: Mask
    canals: Mask  #: the pulp, dark, or what it was filled with, bright


def draw_teeth(rng: Generator) -> Scene:
    """Return a radiograph, grey, either way up and turned; the targets are teeth, or their crowns and roots."""
    height, width = SIZE
    bone = rng.uniform(55, 120)
    line, size = height * rng.uniform(0.3, 0.5), width * rng.uniform(0.16, 0.36)
    image = _draw_jaw(rng, bone, line)
    teeth = []
    x = rng.uniform(-0.3, 0.3) * size
    while x < width:
        wide = size * rng.uniform(0.75, 1.15)
        tooth = _draw_tooth(rng, x + wide / 2, wide, line + rng.normal(0, 0.05) * size, size)
        image = _add_tooth(image, tooth, bone, rng)
        teeth.append(tooth)
        x += wide * rng.uniform(0.93, 1.12)
    image = image + rng.normal(0, rng.uniform(2, 10), (*SIZE, 1)).astype(np.float32)
    image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.6, 1.8))
    is_part = rng.random() < 0.4
    whole = [t.crown | t.root for t in teeth]
    masks = [m for t in teeth for m in (t.crown, t.root)] if is_part else whole
    picture, masks = _turn(surfaces.as_picture(image), masks, rng)
    masks = [masks[i] for i in rng.permutation(len(masks)) if masks[i].sum() > SMALLEST]
    return Scene(picture, masks, "part" if is_part else "synthetic")


def _draw_jaw(rng: Generator, bone: float, line: float) -> surfaces.Field:
    """Draw bone, a mesh of fine beams, below the line of the gum, and air above it."""
    image = surfaces.ground(rng, bone, rng.uniform(20, 60), (3, 7, 15, 60))
    gum = line + surfaces.smooth_noise(rng, 80) * 10
    air = (np.mgrid[: SIZE[0], : SIZE[1]][0] < gum).astype(np.uint8)
    return surfaces.blend(image, air, (bone * rng.uniform(0.05, 0.5),) * 3, rng.uniform(3, 12))


def _draw_tooth(rng: Generator, middle: float, wide: float, line: float, size: float) -> _Tooth:
    """Draw an upright tooth of one to three legs whose crown and root meet at a straight line."""
    tall = size * rng.uniform(0.5, 0.85)
    crown = _draw_crown(rng, middle, wide, line - tall, line)
    root, canals = np.zeros(SIZE, np.uint8), np.zeros(SIZE, np.uint8)
    legs = int(rng.integers(1, 4)) if wide > 0.8 * size else 1
    trunk = np.array([(middle - 0.42 * wide, line - 2), (middle + 0.42 * wide, line - 2)])
    fork = line + size * (rng.uniform(0.15, 0.35) if legs > 1 else 0.05)
    trunk = np.vstack([trunk, (middle + 0.38 * wide, fork), (middle - 0.38 * wide, fork)])
    cv2.fillPoly(root, [trunk.round().astype(np.int32)], 1)
    chamber = (middle, line - 0.1 * tall)
    canals |= surfaces.ellipse(chamber, (wide * rng.uniform(0.08, 0.2), tall * rng.uniform(0.1, 0.25)), 0)
    for leg in range(legs):
        side = 0.0 if legs == 1 else 2 * leg / (legs - 1) - 1
        thick = wide * (0.78 if legs == 1 else 0.42 if legs == 2 else 0.32)
        hip = np.array((middle + side * (0.4 * wide - thick / 2), fork - 3))
        _draw_leg(rng, root, canals, hip, side, thick, size * rng.uniform(0.8, 1.7))
    root = (cv2.GaussianBlur(root * 255, (0, 0), 2) > 127).astype(np.uint8)
    return _Tooth(crown, root * (1 - crown), canals * (crown | root))


def _draw_crown(rng: Generator, middle: float, wide: float, top: float, line: float) -> Mask:
    """Draw a crown with bulging sides and up to three cusps."""
    mask = np.zeros(SIZE, np.uint8)
    across = np.linspace(-0.5, 0.5, 25)
    cusps = np.cos(2 * np.pi * across * int(rng.integers(0, 4))) * rng.uniform(0, 0.12)
    upper = top + (line - top) * (0.12 - cusps + 1.2 * np.abs(across) ** 3)
    edge = np.column_stack([middle + across * wide, upper])
    neck = 0.42 * wide
    corners = np.array([(middle + neck, line), (middle - neck, line)])
    cv2.fillPoly(mask, [np.vstack([edge, corners]).round().astype(np.int32)], 1)
    rounded = (cv2.GaussianBlur(mask * 255, (0, 0), max(wide * 0.05, 0.5)) > 127).astype(np.uint8)
    return surfaces.ragged(rounded, rng, 3)


def _draw_leg(
    rng: Generator, root: Mask, canals: Mask, hip: NDArray[np.float64], side: float, thick: float, long: float
) -> None:
    """Add a leg of the root that tapers and bends, and its canal."""
    heading, bend = np.pi / 2 - 0.15 * side + rng.normal(0, 0.08), rng.normal(0, 0.03)
    place, steps = hip, 14
    for step in range(steps):
        following = place + long / steps * np.array([np.cos(heading), np.sin(heading)])
        begin, end = (tuple(p.round().astype(int).tolist()) for p in (place, following))
        cv2.line(root, begin, end, 1, max(3, round(thick * (1 - 0.75 * step / steps))))
        if step < steps - 1:
            cv2.line(canals, begin, end, 1, max(1, round(thick * 0.12)))
        place, heading = following, heading + bend


def _add_tooth(image: surfaces.Field, tooth: _Tooth, bone: float, rng: Generator) -> surfaces.Field:
    """Draw a tooth: a dark gap to the bone, dentine, brighter enamel, dark or filled canals, at times a filling."""
    dentine = bone * rng.uniform(1.2, 1.6) + rng.uniform(10, 45)
    enamel = dentine + rng.uniform(15, 75)
    gap = cv2.dilate(tooth.root, np.ones((3, 3), np.uint8), iterations=int(rng.integers(1, 3)))
    image = surfaces.blend(image, gap * (1 - tooth.root), (bone * 0.45,) * 3, 1.2, rng.uniform(0, 0.7))
    body = surfaces.ground(rng, float(dentine), 8, (4, 30, 90))
    image = surfaces.blend(image, tooth.root, body, rng.uniform(1, 2.5), rng.uniform(0.5, 0.9))
    image = surfaces.blend(image, tooth.crown, (enamel,) * 3, rng.uniform(1, 2.5), rng.uniform(0.7, 1))
    depth = cv2.distanceTransform(tooth.crown, cv2.DIST_L2, 5)
    inner = (depth > rng.uniform(0.3, 0.6) * max(float(depth.max()), 1)).astype(np.uint8)
    image = surfaces.blend(image, inner, (dentine,) * 3, 3, rng.uniform(0, 0.9))
    pulp = 250.0 if rng.random() < 0.15 else bone * rng.uniform(0.6, 1.1)
    image = surfaces.blend(image, tooth.canals, (pulp,) * 3, 1.2, rng.uniform(0.3, 0.9))
    if rng.random() < 0.25:
        ys, xs = np.nonzero(tooth.crown)
        if len(xs):
            place = int(rng.integers(len(xs)))
            size = max(3.0, float(depth.max()) * rng.uniform(0.3, 1.2))
            spot = surfaces.ellipse((float(xs[place]), float(ys[place])), (size, size * 0.6), 0)
            image = surfaces.blend(image, surfaces.ragged(spot, rng, 3) * tooth.crown, (252,) * 3, 0.8)
    return image


def _turn(
    picture: NDArray[np.uint8], masks: list[Mask], rng: Generator
) -> tuple[NDArray[np.uint8], list[Mask]]:
    """Turn and flip everything; where the film ends the picture is black or white."""
    height, width = SIZE
    degrees = rng.uniform(-STEEPEST, STEEPEST) if rng.random() < 0.7 else rng.normal(0, 5)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, rng.uniform(0.9, 1.3))
    edge = int(rng.choice((0, 255)))
    border = cv2.BORDER_REFLECT_101 if rng.random() < 0.5 else cv2.BORDER_CONSTANT
    picture = np.asarray(
        cv2.warpAffine(picture, matrix, (width, height), borderMode=border, borderValue=(edge,) * 3), np.uint8
    )
    turned = (cv2.warpAffine(m * 255, matrix, (width, height)) // 128 for m in masks)
    masks = [np.asarray(m, np.uint8) for m in turned]
    if rng.random() < 0.5:
        picture, *masks = (np.ascontiguousarray(part[::-1]) for part in (picture, *masks))
    return picture, masks
