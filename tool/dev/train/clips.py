"""Scenes of clips: frames of films, slices of scans, and pictures in which something is moved."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.random import Generator

from tool.dev.train import augment, pseudo
from tool.dev.train.archive import Archive
from tool.dev.train.pictures import draw_scene, move_to_front
from tool.dev.train.scene import Scene
from tool.dev.train.sources import FILM_SOURCE, Kind

SMALLEST_CARRIED = 0.0002
"""Share of the picture below which a thing is not carried along a clip: 20 pixels of 320 x 320. A closing glottis
has no more, and is lost by weights that never carried so little (see EXPERIMENTS.md)."""
_MOVED_KINDS: tuple[Kind, ...] = ("object", "object", "part", "scan", "synthetic", "pseudo")


def draw_clip(archive: Archive, rng: Generator, size: int, length: int, source: str) -> list[Scene]:
    """Draw frames of a clip, size x size each, with the same targets; of one picture where its source is not there."""
    makers: dict[str, Callable[[], list[Scene]]] = {
        "pair": lambda: _pair_alike(archive, rng, size, length),
        "pseudo": lambda: _moved(archive, rng, size, length, _MOVED_KINDS[rng.integers(len(_MOVED_KINDS))]),
        "simulated": lambda: _moved(archive, rng, size, length, "synthetic"),
    }
    if archive.has_kind("scan"):
        makers["stack"] = lambda: _stack(archive, rng, size, length)
    if archive.has_source(FILM_SOURCE):
        makers["cycle"] = lambda: _cycle(archive, rng, size, length)
    source = source if source in makers or archive.has_source(source) else "pseudo"
    make = makers.get(source, lambda: _seen(archive.draw_clip(source, rng, length), rng, size))
    while True:
        frames = make()
        keep = [i for i, mask in enumerate(frames[0].masks) if SMALLEST_CARRIED < mask.mean() < 0.7]
        if keep:
            break
    strength = float(rng.uniform(0, 0.5))
    base = int(rng.integers(2**31))
    for frame in frames:
        common = augment.recolor_image(frame.image, np.random.default_rng(base))
        frame.image = augment.recolor_image(common, rng, strength)
        frame.masks = [frame.masks[i] for i in keep]
    return frames


def _stack(archive: Archive, rng: Generator, size: int, length: int) -> list[Scene]:
    slices = archive.draw_stack(rng, length)
    first = int(rng.integers(max(1, len(slices[0].masks))))
    for scene in slices:
        scene.masks = scene.masks[first:] + scene.masks[:first]
    return _seen(slices, rng, size)


def _seen(clip: list[Scene], rng: Generator, size: int) -> list[Scene]:
    matrix = augment.choose_view(clip[0], size, rng)
    frames = []
    for scene in clip:
        frames.append(augment.warp_scene(scene, matrix, size))
        if rng.random() < 0.5:
            matrix = augment.shift_view(matrix, size, 0.4, rng)
    return frames


def _cycle(archive: Archive, rng: Generator, size: int, length: int) -> list[Scene]:
    """Make a clip that ends where it began, seen a little differently; only there the regions are known.

    Source: Jabri, Owens, Efros, "Space-Time Correspondence as a Contrastive Random Walk", NeurIPS 2020.
    """
    images = archive.draw_frames(rng, length - 1)
    first = pseudo.draw_regions(images[0], rng)
    nowhere = [np.zeros_like(mask) for mask in first.masks]
    between = [Scene(image, nowhere, "pseudo", is_known=False) for image in images[1:]]
    return _seen([first, *between, first], rng, size)


def _moved(archive: Archive, rng: Generator, size: int, length: int, kind: Kind) -> list[Scene]:
    """Make a clip of one picture: it bends, the view moves, and something may cover the target on the way."""
    scene = draw_scene(archive, rng, kind)
    while not scene.masks:
        scene = draw_scene(archive, rng, "object")
    scene.masks = move_to_front(scene.masks, rng)
    matrix = augment.choose_view(scene, size, rng)
    occluder = archive.draw_picture("object", rng) if rng.random() < 0.35 else None
    frames = []
    for index in range(length):
        moved = augment.bend_scene(scene, rng) if rng.random() < 0.6 else scene
        frame = augment.warp_scene(moved, matrix, size)
        if occluder is not None and index:
            count = len(frame.masks)
            frame = augment.paste_object(frame, occluder, rng)
            frame.masks = frame.masks[-count:]
        frames.append(frame)
        matrix = augment.shift_view(matrix, size, float(rng.uniform(0.3, 1.5)), rng)
    return frames


def _pair_alike(archive: Archive, rng: Generator, size: int, length: int) -> list[Scene]:
    """Make a clip of two things alike that come together, one before the other, and pass each other or part again.

    Who is who can then be told only by small differences and by where each was, as with animals of a herd.
    """
    donor = draw_scene(archive, rng, "object")
    while not donor.masks or not donor.masks[0].any():
        donor = draw_scene(archive, rng, "object")
    other = augment.bend_scene(donor, rng) if rng.random() < 0.5 else donor
    other = Scene(augment.recolor_image(other.image, rng, float(rng.uniform(0, 0.5))), other.masks)
    ground = Scene(archive.draw_image(rng), [])
    view = augment.choose_view(ground, size, rng)
    x, y, w, h = cv2.boundingRect(donor.masks[0])
    long = size * rng.uniform(0.15, 0.5)
    middle, angle = size * (0.5 + rng.normal(0, 0.08, 2)), rng.uniform(0, 2 * np.pi)
    way = long * rng.uniform(0.5, 0.95) * np.array([np.cos(angle), np.sin(angle)])
    poses = [(long / max(w, h), rng.normal(0, 25), rng.random() < 0.5) for _ in range(2)]
    meeting, returns = rng.uniform(-0.4, 0.4), rng.random() < 0.5
    frames = []
    for distance in np.interp(np.linspace(0, 1, length), (0, 0.5, 1), (1, meeting, 1 if returns else -1)):
        frame = augment.warp_scene(ground, view, size)
        for side, thing, (scale, degrees, mirrored) in zip((-1, 1), (donor, other), poses, strict=True):
            scale, degrees = scale * float(np.exp(rng.normal(0, 0.08))), degrees + rng.normal(0, 10)
            matrix = augment.turn_about((x + w / 2, y + h / 2), scale, degrees, mirrored)
            matrix[:, 2] += middle + side * distance * way + rng.normal(0, 0.03 * size, 2)
            frame = augment.place_object(frame, thing, matrix, 0.7)
        frames.append(frame)
        view = augment.shift_view(view, size, 0.4, rng)
    return frames
