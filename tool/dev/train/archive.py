"""The prepared sets, mapped into memory, and scenes drawn from them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tool.dev.train.prepare import HELD_OUT

THINGS = (2, 6, 7, 8, 9, 10)
STUFF = (1, 3, 4, 5)
HELD_OUT_ORGANS = (2, 3)
"""Kidneys in TotalSegmentator's numbering: never a target in training."""


@dataclass(slots=True)
class Scene:
    """A picture uint8 (h, w, 3) RGB with masks of things in it, uint8 (h, w), 0 or 1 each."""

    image: NDArray[Any]
    masks: list[NDArray[Any]]


class Archive:
    """Draws scenes; what is drawn depends on the generator alone."""

    def __init__(self, cache: Path) -> None:
        arrays = {path.stem: np.load(path, mmap_mode="r") for path in sorted(cache.glob("*.npy"))}
        self.sequences = {
            name: (arrays[f"davis_{name}_frames"], arrays[f"davis_{name}_masks"])
            for name in (key[6:-7] for key in arrays if key.startswith("davis_") and key.endswith("_frames"))
        }
        self.training = [name for name in self.sequences if name not in HELD_OUT]
        self.regions = (arrays["bsds_images"], arrays["bsds_regions"])
        self.streets = (arrays["camvid_images"], arrays["camvid_classes"])
        self.ct = (np.asarray(arrays["scans_ct"]), np.asarray(arrays["scans_ct_labels"]))
        names = [key for key in arrays if key.startswith("scans_hippo") and not key.endswith("_labels")]
        self.crops = [(np.asarray(arrays[name]), np.asarray(arrays[f"{name}_labels"])) for name in names]

    def video(self, rng: Generator) -> Scene:
        """A frame of a DAVIS sequence: its foreground, and its pieces where it has several."""
        frames, masks = self.sequences[self.training[rng.integers(len(self.training))]]
        index = rng.integers(len(frames))
        mask = np.array(masks[index])
        pieces = _pieces(mask, 300)
        return Scene(np.array(frames[index]), [mask, *(pieces if len(pieces) > 1 else [])])

    def region(self, rng: Generator) -> Scene:
        """A BSDS picture: regions of one annotator, some of them joined with a neighbour."""
        images, regions = self.regions
        index = rng.integers(len(images))
        maps = [m for m in np.array(regions[index]) if m.any()]
        chosen = maps[rng.integers(len(maps))]
        values, counts = np.unique(chosen, return_counts=True)
        values = values[(counts > 0.004 * chosen.size) & (counts < 0.5 * chosen.size)]
        masks = [(chosen == value).astype(np.uint8) for value in rng.permutation(values)[:6]]
        masks = [_join_neighbour(mask, chosen, rng) if rng.random() < 0.3 else mask for mask in masks]
        return Scene(np.array(images[index]), masks)

    def street(self, rng: Generator) -> Scene:
        """A CamVid picture: connected pieces of things, now and then of stuff."""
        images, classes = self.streets
        index = rng.integers(len(images))
        labels = np.array(classes[index])
        wanted = THINGS if rng.random() < 0.8 else STUFF
        masks = [piece for value in wanted for piece in _pieces((labels == value).astype(np.uint8), 250)]
        order = rng.permutation(len(masks))[:6]
        return Scene(np.array(images[index]), [masks[i] for i in order])

    def scan(self, rng: Generator) -> Scene:
        """A slice of a scan, along any axis, with a random intensity window."""
        volume, labels = self._volume(rng)
        index = int(rng.integers(len(volume)))
        return _slice(volume[index], labels[index], _organs(labels[index], rng), _smoothing(rng))

    def stack(self, rng: Generator, length: int) -> list[Scene]:
        """Slices of a scan, one to three apart, in either direction; organs may end on the way."""
        volume, labels = self._volume(rng)
        gap = int(rng.integers(1, 4)) if len(volume) >= 3 * length else 1
        start = int(rng.integers(len(volume) - gap * (length - 1)))
        order = start + gap * np.arange(length)
        if rng.random() < 0.5:
            order = order[::-1]
        organs, smoothing = _organs(labels[order[0]], rng), _smoothing(rng)
        return [_slice(volume[i], labels[i], organs, smoothing) for i in order]

    def _volume(self, rng: Generator) -> tuple[NDArray[Any], NDArray[Any]]:
        """Grey values, uint8, and labels of a scan, the axis to walk along first."""
        if rng.random() < 0.6:
            volume, labels = self.ct
            axis = int(rng.choice(3, p=(0.7, 0.15, 0.15)))
            low, high = _window(rng)
        else:
            volume, labels = self.crops[rng.integers(len(self.crops))]
            axis = int(rng.integers(3))
            low, high = np.percentile(volume, (rng.uniform(0, 3), rng.uniform(96, 100)))
        gray = np.clip((volume - low) / max(high - low, 1e-3) * 255, 0, 255).astype(np.uint8)
        return np.moveaxis(gray, axis, 0), np.moveaxis(labels, axis, 0)

    def clip(self, rng: Generator, length: int) -> list[Scene]:
        """Frames of a DAVIS sequence in order of time or against it; length: at least 3."""
        frames, masks = self.sequences[self.training[rng.integers(len(self.training))]]
        span = int(rng.integers(length - 1, min(len(frames) - 1, 25)))
        start = int(rng.integers(len(frames) - span))
        inner = np.sort(rng.choice(np.arange(1, span), length - 2, replace=False))
        order = start + np.array([0, *inner, span])
        if rng.random() < 0.5:
            order = order[::-1]
        return [Scene(np.array(frames[i]), [np.array(masks[i])]) for i in order]


def _window(rng: Generator) -> tuple[float, float]:
    center, width = ((40, 400), (50, 250), (-500, 1500), (300, 1500))[rng.choice(4, p=(0.5, 0.25, 0.1, 0.15))]
    middle, half = center + rng.normal(0, 30), width * rng.uniform(0.35, 0.7)
    return middle - half, middle + half


def _organs(labels: NDArray[Any], rng: Generator) -> list[int]:
    values, counts = np.unique(labels, return_counts=True)
    wanted = [
        int(v) for v, n in zip(values, counts, strict=True) if v > 0 and n >= 12 and v not in HELD_OUT_ORGANS
    ]
    return [int(v) for v in rng.permutation(wanted)[:6]]


def _smoothing(rng: Generator) -> int:
    return int(rng.choice((cv2.INTER_LINEAR, cv2.INTER_CUBIC)))


def _slice(gray: NDArray[Any], labels: NDArray[Any], organs: list[int], smoothing: int) -> Scene:
    scale = 330 / max(gray.shape)
    size = (max(8, round(gray.shape[1] * scale)), max(8, round(gray.shape[0] * scale)))
    image = cv2.cvtColor(cv2.resize(gray, size, interpolation=smoothing), cv2.COLOR_GRAY2RGB)
    shares = [cv2.resize((labels == organ).astype(np.float32), size) for organ in organs]
    return Scene(image, [(share > 0.5).astype(np.uint8) for share in shares])


def _pieces(mask: NDArray[Any], smallest: int) -> list[NDArray[Any]]:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    return [(labels == i).astype(np.uint8) for i in range(1, count) if stats[i, cv2.CC_STAT_AREA] >= smallest]


def _join_neighbour(mask: NDArray[Any], regions: NDArray[Any], rng: Generator) -> NDArray[Any]:
    ring = cv2.dilate(mask, np.ones((5, 5), np.uint8)) - mask
    near = np.unique(regions[ring > 0])
    if not len(near):
        return mask
    joined = np.maximum(mask, (regions == rng.choice(near)).astype(np.uint8))
    return joined if joined.mean() < 0.6 else mask
