# mypy: allow-subclassing-any, allow-untyped-decorators, disable-error-code="no-any-return"
"""Training samples; each is a pure function of the seed, the step and the replica."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from tool.dev.train import augment, pseudo, synthetic
from tool.dev.train.archive import Archive
from tool.dev.train.prompts import Bits
from tool.dev.train.scene import Scene
from tool.dev.train.simulated import cells, fundus, materials, teeth, tissue
from tool.dev.train.sources import FILM_SOURCE, Kind

Card = TypeVar("Card")
SMALLEST = 0.0008
"""Share of the picture below which a thing is no target: 52 pixels of 256 x 256, chosen by hand; a thing of a few cells
at stride 4 has no shape to be learnt."""
SMALLEST_CARRIED = 0.0002
"""The same for a thing that is carried along a clip: 20 pixels of 320 x 320. A closing glottis has no more, and is lost
by weights that never carried so little (see EXPERIMENTS.md)."""
PASTED = 0.25
"""Share of pictures of objects that get another one pasted over them; by hand."""
KIND_DECK: tuple[Kind, ...] = (
    *("object",) * 12,
    *("scan",) * 3,
    *("part",) * 2,
    *("synthetic",) * 2,
    "many-part",
    *("tubular",) * 2,
    "stuff",
    "pseudo",
)
"""Kinds of pictures, dealt like cards: of 24 pictures in a row each kind has its share with any seed. Chosen by
hand: objects are what people click most, and one card in 24 was enough for vessels and regions not to be forgotten."""
SIMULATED = (
    *(synthetic.draw_shapes, synthetic.draw_ultrasound, synthetic.draw_slices),
    *(fundus.draw_fundus, fundus.draw_vessels),
    *(cells.draw_stained_cell, cells.draw_droplets, cells.draw_membranes),
    *(tissue.draw_mucosa,) * 2,
    *(tissue.draw_wound, teeth.draw_teeth, materials.draw_defects),
)
"""What is drawn by rules, alike often; mucosa twice, since endoscopes see the most different things."""
CLIP_DECK = (
    *("davis10",) * 3,
    *("polyp_cvc_clinicdb", "bagls_glottis"),
    *("stack",) * 3,
    *("pseudo",) * 4,
    "cycle",
)
"""Sources of clips, dealt likewise: real ones, slices of scans, one picture that is moved, and a film without labels,
forth and back."""
_MOVED_KINDS: tuple[Kind, ...] = ("object", "object", "part", "scan", "synthetic", "pseudo")


@dataclass(slots=True)
class Pictures:
    """A batch of pictures and their targets."""

    image: Tensor  #: float32 (n, 3, s, s), normalised
    truth: Tensor  #: float32 (n, k, s/2, s/2), share of the cell that the target covers
    kinds: list[Kind]  #: n
    known: Tensor  #: bool (n,), whether the truth is known


def draw_pictures(
    archive: Archive,
    rng: Generator,
    count: int,
    things: int,
    size: int,
    first: int = 0,
    seed: int = 0,
    simulated: float = 0.0,
) -> Pictures:
    """Draw count pictures with as many targets each; targets repeat where a picture has fewer.

    first: place of the first picture in the deck of kinds; seed: of the decks; simulated: share of pictures that are
    drawn by rules in place of what the deck says.
    """
    kinds = [deal(KIND_DECK, first + i, seed) for i in range(count)]
    drawn = [
        _picture(archive, rng, size, "synthetic" if rng.random() < simulated else kind) for kind in kinds
    ]
    truth = np.stack([_targets(scene.masks, things, rng) for scene in drawn])
    images = normalise_images([scene.image for scene in drawn])
    return Pictures(images, torch.from_numpy(truth), [scene.kind for scene in drawn], _known(drawn))


def draw_clips(
    archive: Archive,
    rng: Generator,
    count: int,
    things: int,
    size: int,
    length: int,
    first: int = 0,
    seed: int = 0,
    simulated: float = 0.0,
) -> list[Pictures]:
    """Draw clips; one Pictures a frame, the same targets in each; first, seed and simulated as in pictures."""
    sources = [deal(CLIP_DECK, first + i, seed) for i in range(count)]
    drawn = [
        _clip(archive, rng, size, length, "simulated" if rng.random() < simulated else source)
        for source in sources
    ]
    picks = [[int(rng.integers(len(clip[0].masks))) for _ in range(things)] for clip in drawn]
    frames = []
    for index in range(length):
        truth = [
            np.stack([_half(c[index].masks[i]) for i in pick]) for c, pick in zip(drawn, picks, strict=True)
        ]
        image = normalise_images([clip[index].image for clip in drawn])
        scenes = [clip[index] for clip in drawn]
        kinds = [scene.kind for scene in scenes]
        frames.append(Pictures(image, torch.from_numpy(np.stack(truth)), kinds, _known(scenes)))
    return frames


def deal(deck: tuple[Card, ...], index: int, seed: int) -> Card:
    """Return the card at a place of an endless row of shuffled decks."""
    pile, place = divmod(index, len(deck))
    return deck[np.random.default_rng((seed, pile)).permutation(len(deck))[place]]


def normalise_images(images: list[NDArray[Any]]) -> Tensor:
    """Stack RGB pictures into what the encoder takes."""
    stack = np.stack(images).astype(np.float32)
    return (
        torch.from_numpy((stack - 127) / 128)
        .permute(0, 3, 1, 2)
        .contiguous(memory_format=torch.channels_last)
    )


def _scene(archive: Archive, rng: Generator, kind: Kind) -> Scene:
    """Draw a scene of a kind; at times an object from elsewhere is pasted over a picture of objects."""
    if kind == "scan":
        return archive.draw_scan(rng) if archive.has_kind(kind) else synthetic.draw_slices(rng)
    if kind == "synthetic":
        return SIMULATED[rng.integers(len(SIMULATED))](rng)
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


def _picture(archive: Archive, rng: Generator, size: int, kind: Kind) -> Scene:
    while True:
        scene = _scene(archive, rng, kind)
        scene.masks = [mask for mask in scene.masks if mask.any()]
        if not scene.masks:
            continue
        scene.masks = _front(scene.masks, rng)
        if rng.random() < 0.15:
            scene = augment.bend_scene(scene, rng)
        seen = augment.warp_scene(scene, augment.choose_view(scene, size, rng), size)
        seen.masks = [m for m in seen.masks if SMALLEST < m.mean() < 0.85]
        if seen.masks:
            seen.image = augment.recolor_image(seen.image, rng)
            return seen


def _front(masks: list[Bits], rng: Generator) -> list[Bits]:
    first = int(rng.integers(len(masks))) if rng.random() < 0.6 else 0
    return [masks[first], *masks[:first], *masks[first + 1 :]]


def _clip(archive: Archive, rng: Generator, size: int, length: int, source: str) -> list[Scene]:
    makers: dict[str, Callable[[], list[Scene]]] = {
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
    scene = _scene(archive, rng, kind)
    while not scene.masks:
        scene = _scene(archive, rng, "object")
    scene.masks = _front(scene.masks, rng)
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


def _targets(masks: list[Bits], things: int, rng: Generator) -> NDArray[Any]:
    order = [*rng.permutation(len(masks)), *rng.integers(0, len(masks), things)][:things]
    return np.stack([_half(masks[i]) for i in order])


def _known(scenes: list[Scene]) -> Tensor:
    return torch.tensor([scene.is_known for scene in scenes])


def _half(mask: Bits) -> NDArray[Any]:
    size = (mask.shape[1] // 2, mask.shape[0] // 2)
    return cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
