# mypy: allow-subclassing-any, allow-untyped-decorators, disable-error-code="no-any-return"
"""Training samples; each is a pure function of the seed, the step and the replica."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from tool.dev.train import augment, synthetic
from tool.dev.train.archive import Archive, Scene
from tool.dev.train.robot import Bits

SMALLEST = 0.0008
"""Share of the picture below which a thing is no target."""


@dataclass(slots=True)
class Pictures:
    """image: float32 (n, 3, s, s), normalised; truth: float32 (n, k, s/2, s/2), share of the cell covered."""

    image: Tensor
    truth: Tensor


def pictures(archive: Archive, rng: Generator, count: int, things: int, size: int) -> Pictures:
    """Draw count pictures with as many targets each; targets repeat where a picture has fewer."""
    drawn = [_picture(archive, rng, size) for _ in range(count)]
    truth = np.stack([_targets(scene.masks, things, rng) for scene in drawn])
    return Pictures(normalise([scene.image for scene in drawn]), torch.from_numpy(truth))


def clips(
    archive: Archive, rng: Generator, count: int, things: int, size: int, length: int
) -> list[Pictures]:
    """Draw clips; one Pictures a frame, the same targets in each."""
    drawn = [_clip(archive, rng, size, length) for _ in range(count)]
    picks = [[int(rng.integers(len(clip[0].masks))) for _ in range(things)] for clip in drawn]
    frames = []
    for index in range(length):
        truth = [
            np.stack([_half(c[index].masks[i]) for i in pick]) for c, pick in zip(drawn, picks, strict=True)
        ]
        image = normalise([clip[index].image for clip in drawn])
        frames.append(Pictures(image, torch.from_numpy(np.stack(truth))))
    return frames


def normalise(images: list[NDArray[Any]]) -> Tensor:
    """Stack RGB pictures into what the encoder takes."""
    stack = np.stack(images).astype(np.float32)
    return (
        torch.from_numpy((stack - 127) / 128)
        .permute(0, 3, 1, 2)
        .contiguous(memory_format=torch.channels_last)
    )


def _scene(archive: Archive, rng: Generator) -> Scene:
    kind = rng.choice(7, p=(0.32, 0.24, 0.12, 0.15, 0.07, 0.05, 0.05))
    draw = (archive.video, archive.region, archive.street, archive.scan)
    if kind < 4:
        scene = draw[kind](rng)
        if kind != 3 and rng.random() < 0.3:
            donor = (archive.video, archive.video, archive.street, archive.region)[rng.integers(4)](rng)
            donor.image = augment.recolor(donor.image, rng, 0.7)
            scene = augment.paste(scene, donor, rng)
        return scene
    return (synthetic.shapes, synthetic.ultrasound, synthetic.slices)[kind - 4](rng)


def _picture(archive: Archive, rng: Generator, size: int) -> Scene:
    while True:
        scene = _scene(archive, rng)
        if not scene.masks:
            continue
        scene.masks = _front(scene.masks, rng)
        if rng.random() < 0.15:
            scene = augment.bend(scene, rng)
        seen = augment.warp(scene, augment.view(scene, size, rng), size)
        seen.masks = [m for m in seen.masks if SMALLEST < m.mean() < 0.85]
        if seen.masks:
            return Scene(augment.recolor(seen.image, rng), seen.masks)


def _front(masks: list[Bits], rng: Generator) -> list[Bits]:
    first = int(rng.integers(len(masks))) if rng.random() < 0.6 else 0
    return [masks[first], *masks[:first], *masks[first + 1 :]]


def _clip(archive: Archive, rng: Generator, size: int, length: int) -> list[Scene]:
    while True:
        make = (_film, _stack, _pseudo)[rng.choice(3, p=(0.4, 0.3, 0.3))]
        frames = make(archive, rng, size, length)
        keep = [i for i, mask in enumerate(frames[0].masks) if SMALLEST < mask.mean() < 0.7]
        if keep:
            strength = float(rng.uniform(0, 0.5))
            base = int(rng.integers(2**31))
            return [
                Scene(
                    augment.recolor(augment.recolor(f.image, np.random.default_rng(base)), rng, strength),
                    [f.masks[i] for i in keep],
                )
                for f in frames
            ]


def _film(archive: Archive, rng: Generator, size: int, length: int) -> list[Scene]:
    return _seen(archive.clip(rng, length), rng, size)


def _stack(archive: Archive, rng: Generator, size: int, length: int) -> list[Scene]:
    slices = archive.stack(rng, length)
    first = int(rng.integers(max(1, len(slices[0].masks))))
    for scene in slices:
        scene.masks = scene.masks[first:] + scene.masks[:first]
    return _seen(slices, rng, size)


def _seen(clip: list[Scene], rng: Generator, size: int) -> list[Scene]:
    matrix = augment.view(clip[0], size, rng)
    frames = []
    for scene in clip:
        frames.append(augment.warp(scene, matrix, size))
        if rng.random() < 0.5:
            matrix = augment.shift(matrix, size, 0.4, rng)
    return frames


def _pseudo(archive: Archive, rng: Generator, size: int, length: int) -> list[Scene]:
    scene = _scene(archive, rng)
    while not scene.masks:
        scene = _scene(archive, rng)
    scene.masks = _front(scene.masks, rng)
    matrix = augment.view(scene, size, rng)
    frames = []
    for _ in range(length):
        frames.append(augment.warp(augment.bend(scene, rng) if rng.random() < 0.6 else scene, matrix, size))
        matrix = augment.shift(matrix, size, float(rng.uniform(0.3, 1.5)), rng)
    return frames


def _targets(masks: list[Bits], things: int, rng: Generator) -> NDArray[Any]:
    order = [*rng.permutation(len(masks)), *rng.integers(0, len(masks), things)][:things]
    return np.stack([_half(masks[i]) for i in order])


def _half(mask: Bits) -> NDArray[Any]:
    size = (mask.shape[1] // 2, mask.shape[0] // 2)
    return cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
