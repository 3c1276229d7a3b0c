"""Scenes of one picture: what there is of a kind, and a view of it with targets that are large enough."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator

from tool.dev.train import augment, pseudo, synthetic
from tool.dev.train.archive import Archive
from tool.dev.train.prompts import Bits
from tool.dev.train.scene import Scene
from tool.dev.train.simulated import abdomen, cells, fundus, materials, teeth, tissue
from tool.dev.train.sources import Kind
from tool.dev.train.synthetic import SIZE

SMALLEST = 0.0008
"""Share of the picture below which a thing is no target: 52 pixels of 256 x 256, chosen by hand; a thing of a few cells
at stride 4 has no shape to be learnt."""
PASTED = 0.25
"""Share of pictures of objects that get another one pasted over them; by hand."""
SIMULATED = (
    *(synthetic.draw_shapes, synthetic.draw_ultrasound, synthetic.draw_slices),
    *(fundus.draw_fundus, fundus.draw_vessels),
    *(cells.draw_stained_cell, cells.draw_droplets, cells.draw_membranes),
    *(tissue.draw_mucosa, abdomen.draw_abdomen),
    *(tissue.draw_wound, teeth.draw_teeth, materials.draw_defects),
)
"""What is drawn by rules, alike often."""


def draw_picture(archive: Archive, rng: Generator, size: int, kind: Kind) -> Scene:
    """Draw a view of a picture of a kind, size x size, in changed colours."""
    while True:
        scene = draw_scene(archive, rng, kind)
        scene.masks = [mask for mask in scene.masks if mask.any()]
        if not scene.masks:
            continue
        scene.masks = move_to_front(scene.masks, rng)
        if rng.random() < 0.15:
            scene = augment.bend_scene(scene, rng)
        seen = augment.warp_scene(scene, augment.choose_view(scene, size, rng), size)
        seen.masks = [m for m in seen.masks if SMALLEST < m.mean() < 0.85]
        if seen.masks:
            seen.image = augment.recolor_image(seen.image, rng)
            return seen


def draw_scene(archive: Archive, rng: Generator, kind: Kind) -> Scene:
    """Draw a scene of a kind; at times an object from elsewhere is pasted over a picture of objects."""
    if kind == "scan":
        return archive.draw_scan(rng) if archive.has_kind(kind) else synthetic.draw_slices(rng)
    if kind == "synthetic":
        return _simulate(archive, rng)
    if kind == "pseudo":
        return pseudo.draw_regions(archive.draw_image(rng), rng)
    if kind == "tubular" and rng.random() < 0.4:
        return synthetic.draw_tubes(rng)
    if kind == "tubular" and not archive.has_kind(kind):
        return fundus.draw_vessels(rng)
    if not archive.has_kind(kind):
        return pseudo.draw_regions(archive.draw_image(rng), rng)
    scene = archive.draw_picture(kind, rng)
    if kind == "object" and rng.random() < PASTED:
        donor = archive.draw_picture("object", rng)
        donor.image = augment.recolor_image(donor.image, rng, 0.7)
        scene = augment.paste_object(scene, donor, rng)
    return scene


def _simulate(archive: Archive, rng: Generator) -> Scene:
    """Draw a scene by rules; half of all wounds lie on a real picture, whose clutter no rule draws."""
    draw = SIMULATED[rng.integers(len(SIMULATED))]
    if draw is not tissue.draw_wound or rng.random() < 0.5:
        return draw(rng)
    picture = cv2.resize(archive.draw_image(rng), SIZE[::-1]).astype(np.float32)
    return tissue.add_wound(picture, np.ones(SIZE, np.uint8), rng)


def move_to_front(masks: list[Bits], rng: Generator) -> list[Bits]:
    """Put any of the masks first, more often the one that is first already."""
    first = int(rng.integers(len(masks))) if rng.random() < 0.6 else 0
    return [masks[first], *masks[:first], *masks[first + 1 :]]
