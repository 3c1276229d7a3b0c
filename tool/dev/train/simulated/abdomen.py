"""Simulated views into an abdomen during keyhole surgery: organs, fat and torn tissue side by side, and instruments."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tool.dev.train.scene import Scene
from tool.dev.train.simulated import surfaces
from tool.dev.train.synthetic import SIZE, draw_blob

Mask = NDArray[np.uint8]
TISSUES: tuple[tuple[surfaces.Color, float, tuple[float, ...]], ...] = (
    ((120, 45, 45), 8, (30, 90)),  # liver
    ((205, 165, 110), 22, (6, 14, 40)),  # fat
    ((190, 150, 140), 9, (40, 120)),  # gall bladder, gut
    ((150, 150, 125), 9, (40, 120)),  # gall bladder full of bile
    ((190, 75, 65), 30, (4, 9, 25)),  # torn tissue
    ((215, 185, 170), 12, (8, 60)),  # peritoneum
)
"""Colour (RGB), spread in grey levels and widths of bumps in pixels, by eye."""
SMALLEST = 200  # pixels of a target


def draw_abdomen(rng: Generator) -> Scene:
    """Return organs that cover each other, at times with tubes and instruments over them; each is a target."""
    image, relief = _paint(rng, int(rng.integers(len(TISSUES)))), surfaces.smooth_noise(rng, 60) * 6
    masks: list[Mask] = []
    for _ in range(int(rng.integers(2, 6))):
        tissue = int(rng.integers(len(TISSUES)))
        mask = surfaces.ragged(draw_blob(rng, rng.uniform(0.12, 0.4)), rng, rng.uniform(2, 12))
        image, relief = _add_layer(image, relief, mask, tissue, rng)
        masks = [m * (1 - mask) for m in masks] + [mask]
    if rng.random() < 0.4:
        tube = _draw_tube(rng)
        image, relief = _add_layer(image, relief, tube, int(rng.integers(len(TISSUES))), rng)
        masks = [m * (1 - tube) for m in masks] + [tube]
    image = image * surfaces.light_relief(cv2.GaussianBlur(relief, (0, 0), 1.5), rng)[..., None]
    image = surfaces.add_highlights(image, rng)
    for _ in range(int(rng.choice((0, 1, 1, 2)))):
        image, tool = _add_instrument(image, rng)
        masks = [m * (1 - tool) for m in masks] + [tool]
    image = image * rng.uniform(0.5, 1.1)
    image = surfaces.camera_frame(image, rng) if rng.random() < 0.7 else image
    seen = (image.max(2) > 0).astype(np.uint8)
    picture = surfaces.as_picture(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 1.4)))
    masks = [masks[i] * seen for i in rng.permutation(len(masks))]
    return Scene(picture, [m for m in masks if m.sum() > SMALLEST])


def _paint(rng: Generator, tissue: int) -> surfaces.Field:
    color, spread, scales = TISSUES[tissue]
    varied = np.array(color) * rng.uniform(0.7, 1.2) + rng.normal(0, 8, 3)
    return surfaces.ground(rng, tuple(varied.tolist()), spread * 2, scales)


def _add_layer(
    image: surfaces.Field, relief: surfaces.Field, mask: Mask, tissue: int, rng: Generator
) -> tuple[surfaces.Field, surfaces.Field]:
    """Lay a rounded body of a tissue over what is there, with a shadow beside it."""
    shade = cv2.dilate(mask, np.ones((3, 3), np.uint8), iterations=int(rng.integers(1, 8)))
    image = surfaces.blend(image, shade, (20.0, 5.0, 5.0), rng.uniform(2, 6), rng.uniform(0, 0.5))
    image = surfaces.blend(image, mask, _paint(rng, tissue), rng.uniform(0.6, 3), rng.uniform(0.75, 1))
    dome = surfaces.dome(mask) * rng.uniform(0.2, 1)
    bumps = surfaces.smooth_noise(rng, TISSUES[tissue][2][0]) * rng.uniform(0, 0.04) * TISSUES[tissue][1]
    return image, np.where(mask > 0, relief * 0.3 + dome + bumps, relief).astype(np.float32)


def _draw_tube(rng: Generator) -> Mask:
    """A vessel or duct: a soft curve of even thickness."""
    place, heading = rng.uniform(0.2, 0.8, 2) * (SIZE[1], SIZE[0]), rng.uniform(0, 2 * np.pi)
    bend, thick = rng.normal(0, 0.06), int(rng.integers(8, 30))
    return surfaces.curve(rng, place, heading, int(rng.integers(8, 24)), 10, bend, 0.08, thick)


def _add_instrument(image: surfaces.Field, rng: Generator) -> tuple[surfaces.Field, Mask]:
    """Return the picture with an instrument that comes from an edge, a lit rod with jaws, and its mask."""
    tip = rng.uniform(0.25, 0.75, 2) * (SIZE[1], SIZE[0])
    angle, half = rng.uniform(0, 2 * np.pi), rng.uniform(5, 24)
    along = np.array([np.cos(angle), np.sin(angle)])
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float32)
    forth = (x - tip[0]) * along[0] + (y - tip[1]) * along[1]
    side = (x - tip[0]) * -along[1] + (y - tip[1]) * along[0]
    jaw = half * rng.uniform(2, 6)
    opening = rng.uniform(0.15, 0.5)
    rod = (np.abs(side) < half) & (forth > jaw)
    leaf = np.abs(np.abs(side) - half * opening * (1 - forth / jaw) * 2) < half * rng.uniform(0.25, 0.5)
    jaws = leaf & (forth > 0) & (forth <= jaw) & (np.abs(side) < 1.6 * half)
    steel = np.array([rng.uniform(110, 190)] * 3) + rng.normal(0, 5, 3)
    sleeve = steel if rng.random() < 0.4 else rng.choice((25.0, 60.0, 220.0)) + rng.normal(0, 12, 3)
    round_light = 0.35 + 0.9 * np.exp(-((side / half - rng.uniform(-0.5, 0.5)) ** 2) / 0.18)
    tone = np.where((forth > jaw * rng.uniform(1.3, 3))[..., None], sleeve, steel) * round_light[..., None]
    tone = tone * (1 + 0.06 * surfaces.smooth_noise(rng, 8)[..., None])
    mask = (rod | jaws).astype(np.uint8)
    return surfaces.blend(image, mask, tone, 0.8), mask
