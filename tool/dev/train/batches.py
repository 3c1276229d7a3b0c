# mypy: allow-subclassing-any, allow-untyped-decorators, disable-error-code="no-any-return"
"""Training samples; each is a pure function of the seed, the step and the replica."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from tool.dev.train.archive import Archive
from tool.dev.train.clips import draw_clip
from tool.dev.train.pictures import draw_picture
from tool.dev.train.prompts import Bits
from tool.dev.train.scene import Scene
from tool.dev.train.sources import Kind

Card = TypeVar("Card")
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
CLIP_DECK = (
    *("davis10",) * 3,
    *("polyp_cvc_clinicdb", "bagls_glottis"),
    *("stack",) * 3,
    *("pseudo",) * 4,
    *("pair",) * 2,
    "cycle",
)
"""Sources of clips, dealt likewise: real ones, slices of scans, one picture that is moved, two things alike, and a film
without labels, forth and back."""


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
        draw_picture(archive, rng, size, "synthetic" if rng.random() < simulated else kind) for kind in kinds
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
        draw_clip(archive, rng, size, length, "simulated" if rng.random() < simulated else source)
        for source in sources
    ]
    picks = [_choose(len(clip[0].masks), things, rng) for clip in drawn]
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


def _targets(masks: list[Bits], things: int, rng: Generator) -> NDArray[Any]:
    return np.stack([_half(masks[i]) for i in _choose(len(masks), things, rng)])


def _choose(count: int, things: int, rng: Generator) -> list[int]:
    """Return the places of as many targets; some repeat where there are fewer."""
    return [int(i) for i in (*rng.permutation(count), *rng.integers(0, count, things))][:things]


def _known(scenes: list[Scene]) -> Tensor:
    return torch.tensor([scene.is_known for scene in scenes])


def _half(mask: Bits) -> NDArray[Any]:
    size = (mask.shape[1] // 2, mask.shape[0] // 2)
    return cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
