"""Simulated fundus photographs: the optic disc with its cup, and the trees of vessels that leave it."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tool.dev.train.scene import Scene
from tool.dev.train.simulated import surfaces
from tool.dev.train.synthetic import SIZE

Mask = NDArray[np.uint8]
Place = tuple[float, float]
THINNEST = 0.7  # pixels of a vessel that is still drawn
CRESCENT = 0.35  # share of discs with a crescent of sclera; by hand


def draw_fundus(rng: Generator) -> Scene:
    """Return a whole fundus or a view of the disc from near; the target is the disc or its cup."""
    picture, disc, cup, _ = _draw(rng, is_near=rng.random() < 0.75)
    return Scene(picture, [disc], "synthetic") if rng.random() < 0.75 else Scene(picture, [cup], "part")


def draw_vessels(rng: Generator) -> Scene:
    """Return a whole fundus, seldom a view of the disc from near; the target is all vessels."""
    picture, _, _, vessels = _draw(rng, is_near=rng.random() < 0.2)
    return Scene(picture, [vessels], "tubular")


def _draw(rng: Generator, is_near: bool) -> tuple[NDArray[np.uint8], ...]:
    """Return a picture, uint8 (h, w, 3), and its disc, cup and vessels, 0/1 (h, w)."""
    height, width = SIZE
    radius = height * (rng.uniform(0.18, 0.42) if is_near else rng.uniform(0.05, 0.1))
    middle = (0.5, 0.08) if is_near else (0.5, 0.2)
    center = (width * rng.normal(*middle), height * rng.normal(0.5, middle[1]))
    base = (rng.uniform(120, 230), rng.uniform(50, 130), rng.uniform(15, 75))
    image = surfaces.ground(rng, base, rng.uniform(6, 18))
    image, disc, cup = _add_disc(image, rng, base, center, radius)
    if not is_near and rng.random() < 0.7:
        spot = (center[0] + rng.choice((-1, 1)) * radius * 5, center[1] + rng.normal(0, radius))
        macula = surfaces.ellipse(spot, (radius * 1.2, radius * 1.2), 0)
        image = surfaces.blend(image, macula, tuple((0.6 * np.array(base)).tolist()), radius * 0.6, 0.5)
    image, vessels = _add_vessels(image, rng, base, center, radius)
    image = _shade(image, rng, center, radius) if is_near else image
    seen = np.ones(SIZE, np.uint8)
    if not is_near or rng.random() < 0.2:
        image = surfaces.camera_frame(image, rng)
        seen = (image.max(2) > 0).astype(np.uint8)
    picture = surfaces.as_picture(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.0)))
    return picture, disc * seen, cup * seen, vessels * seen


def _add_disc(
    image: surfaces.Field, rng: Generator, base: surfaces.Color, center: Place, radius: float
) -> tuple[surfaces.Field, Mask, Mask]:
    """Return the picture with the disc and its cup, and both.

    The rim often differs little from the retina and the cup is what catches the eye, as may a crescent of bare sclera
    beside the disc, which is none of it.
    """
    axes, turned = (radius, radius * rng.uniform(0.95, 1.2)), rng.uniform(0, 180)
    disc = surfaces.ragged(surfaces.ellipse(center, axes, turned), rng, radius * 0.02)
    pale = np.array(base) * rng.uniform(0.95, 1.25) + rng.uniform(0, 40, 3) * rng.random()
    if rng.random() < CRESCENT:
        side = (center[0] + radius * rng.normal(0, 0.12), center[1] + radius * rng.normal(0, 0.05))
        crescent = surfaces.ragged(surfaces.ellipse(side, axes, turned), rng, radius * 0.05) & (1 - disc)
        sclera = tuple((np.array(base) + rng.uniform(15, 60, 3)).tolist())
        image = surfaces.blend(
            image, crescent, sclera, radius * rng.uniform(0.03, 0.1), rng.uniform(0.3, 0.9)
        )
    soft = radius * rng.uniform(0.03, 0.16)
    image = surfaces.blend(image, disc, tuple(pale.tolist()), soft, rng.uniform(0.3, 1))
    share = rng.uniform(0.3, 0.8)
    inner = (center[0] + radius * rng.normal(0, 0.12), center[1] + radius * rng.normal(0, 0.08))
    cup = surfaces.ellipse(inner, (radius * share, radius * share * rng.uniform(0.9, 1.2)), 0) & disc
    bright, soft = (
        tuple((pale + rng.uniform((15, 20, 5), (60, 90, 70))).tolist()),
        radius * rng.uniform(0.06, 0.3),
    )
    return surfaces.blend(image, cup, bright, soft, rng.uniform(0.3, 1)), disc, cup


def _shade(image: surfaces.Field, rng: Generator, center: Place, radius: float) -> surfaces.Field:
    """Return the picture darker away from the disc, where the lamp of the camera shines less."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float32)
    far = np.hypot(x - center[0], y - center[1]) / (radius * rng.uniform(1.5, 4))
    light = 1 - rng.uniform(0, 0.6) * (1 - np.exp(-(far**2)))
    return np.asarray(image * light[..., None], np.float32)


def _add_vessels(
    image: surfaces.Field, rng: Generator, base: surfaces.Color, center: Place, radius: float
) -> tuple[surfaces.Field, Mask]:
    """Return the picture with a tree of veins and a thinner one of arteries, and all of them."""
    vessels = np.zeros(SIZE, np.uint8)
    for thickness, tone in ((1.0, rng.uniform(0.5, 0.8)), (0.75, rng.uniform(0.6, 0.9))):
        tree = _draw_tree(rng, center, radius, thickness)
        blood = (base[0] * tone, base[1] * tone * 0.55, base[2] * tone * 0.6)
        soft = max(rng.uniform(0.5, 1.1), radius * rng.uniform(0.005, 0.02))
        image = surfaces.blend(image, tree, blood, soft, rng.uniform(0.35, 0.95))
        vessels |= tree
    return image, vessels


def _draw_tree(
    rng: Generator, start: tuple[float, float], radius: float, thickness: float
) -> NDArray[np.uint8]:
    """Draw arteries or veins: arcades up and down from the disc that bend outwards and branch."""
    mask = np.zeros(SIZE, np.uint8)
    top = max(2.2, radius * rng.uniform(0.09, 0.16)) * thickness
    ends: list[tuple[NDArray[Any], float, float]] = []
    for side in (-1, 1):
        for _ in range(int(rng.integers(1, 4))):
            ends.append((np.array(start), side * np.pi / 2 + rng.normal(0, 0.6), top * rng.uniform(0.5, 1)))
    step = max(6.0, radius * 0.2)
    while ends:
        place, heading, width = ends.pop()
        bend = rng.normal(0, 0.015)
        for _ in range(int(rng.integers(15, 50))):
            heading += bend + rng.normal(0, 0.13)
            following = place + step * np.array([np.cos(heading), np.sin(heading)])
            begin, end = (tuple(p.round().astype(int).tolist()) for p in (place, following))
            cv2.line(mask, begin, end, 1, max(1, round(width)), cv2.LINE_8)
            place, width = following, width * 0.975
            if width > THINNEST and rng.random() < 0.14 and len(ends) < 40:
                ends.append((place, heading + rng.choice((-1, 1)) * rng.uniform(0.4, 1.2), width * 0.65))
            if width < THINNEST:
                break
    return mask
