"""The prepared data in memory, and scenes drawn from it."""

from __future__ import annotations

import functools
import io
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tool.dev.train import targets
from tool.dev.train.scene import Scene
from tool.dev.train.sources import FILM_SOURCE, HELD_OUT_ORGANS, SOURCES, Kind, Source

Arrays = dict[str, NDArray[Any]]
SMALLEST_CLIP = 3
"""Frames of a clip at least: a first, a second and a last."""


class Archive:
    """Draws scenes; what is drawn depends on the generator alone."""

    def __init__(self, file: Path) -> None:
        """Read the file that prepare wrote, wholly (some 180 MB), so that processes need no common file handle."""
        with zipfile.ZipFile(file) as archive:
            self._files = {name: archive.read(name) for name in sorted(archive.namelist())}
        self._frames: dict[str, dict[str, list[str]]] = {}
        for name in self._files:
            form, source, rest = name.split("/", 2)
            if not name.endswith(".png"):
                clip = rest.rpartition("/")[0] if form == "clips" else ""
                self._frames.setdefault(source, {}).setdefault(clip, []).append(name)
        self.sources = [source for source in SOURCES if source.name in self._frames]

    def draw_picture(self, kind: Kind, rng: Generator) -> Scene:
        """Draw a picture, or a frame of a clip, with targets of a kind; masks may be empty."""
        source = self._source([s for s in self.sources if kind in s.kinds and s.form != "volumes"], rng)
        image, mask = self.draw_pair(source, rng)
        return Scene(image, targets.draw_targets(mask, source, kind, rng), kind)

    def draw_pair(self, source: Source, rng: Generator) -> tuple[NDArray[Any], NDArray[Any]]:
        """Draw a picture of a source, or a frame of its clips, RGB, and its mask."""
        clips = list(self._frames[source.name].values())
        names = clips[rng.integers(len(clips))]
        return self._pair(names[rng.integers(len(names))])

    def draw_image(self, rng: Generator) -> NDArray[Any]:
        """Draw any picture, RGB, without its masks."""
        source = self._source([s for s in self.sources if s.form != "volumes"], rng)
        clips = list(self._frames[source.name].values())
        names = clips[rng.integers(len(clips))]
        return _decode(self._files[names[rng.integers(len(names))]], cv2.IMREAD_COLOR)[..., ::-1]

    def draw_clip(self, source_name: str, rng: Generator, length: int) -> list[Scene]:
        """Draw frames of a clip in order of time or against it; its objects may leave and return.

        length: at least 3.
        """
        clips = [c for c in self._frames[source_name].values() if len(c) >= max(length, SMALLEST_CLIP)]
        names = clips[rng.integers(len(clips))]
        span = int(rng.integers(length - 1, min(len(names), 25)))
        start = int(rng.integers(len(names) - span))
        inner = np.sort(rng.choice(np.arange(1, span), length - 2, replace=False))
        order = start + np.array([0, *inner, span])
        order = order[::-1] if rng.random() < 0.5 else order
        pairs = [self._pair(names[i]) for i in order]
        values = targets.label_values(pairs[0][1])
        return [
            Scene(image, [targets.label_mask(mask, v) for v in values], "object") for image, mask in pairs
        ]

    def draw_frames(self, rng: Generator, length: int) -> list[NDArray[Any]]:
        """Draw frames that follow each other in a film without labels, RGB; forward or backward."""
        clips = [c for c in self._frames[FILM_SOURCE].values() if len(c) >= length]
        names = clips[rng.integers(len(clips))]
        gap = int(rng.integers(1, max(2, min(4, len(names) // length))))
        start = int(rng.integers(len(names) - gap * (length - 1)))
        chosen = names[start : start + gap * length : gap]
        chosen = chosen[::-1] if rng.random() < 0.5 else chosen
        return [_decode(self._files[name], cv2.IMREAD_COLOR)[..., ::-1] for name in chosen]

    def has_kind(self, kind: Kind) -> bool:
        """Return whether there are targets of a kind."""
        return any(kind in source.kinds for source in self.sources)

    def has_source(self, source_name: str) -> bool:
        """Return whether there is anything of a source."""
        return source_name in self._frames

    def draw_scan(self, rng: Generator) -> Scene:
        """Draw a slice of a scan, along any axis, with a random intensity window."""
        return self.draw_stack(rng, 1)[0]

    def draw_stack(self, rng: Generator, length: int) -> list[Scene]:
        """Draw slices of a scan, one to three apart, in either direction; organs may end on the way."""
        voxels, labels, nested = self._volume(rng, length)
        gap = int(rng.integers(1, 4)) if len(voxels) >= 3 * length else 1
        start = int(rng.integers(len(voxels) - gap * (length - 1)))
        order = start + gap * np.arange(length)
        order = order[::-1] if rng.random() < 0.5 else order
        organs, smoothing = _organs(labels[order[0]], nested, rng), _smoothing(rng)
        return [_slice(voxels[i], labels[i], organs, smoothing) for i in order]

    def _source(self, sources: list[Source], rng: Generator) -> Source:
        counts = [sum(map(len, self._frames[s.name].values())) for s in sources]
        shares = np.array([s.weight * c**0.5 for s, c in zip(sources, counts, strict=True)])
        return sources[rng.choice(len(sources), p=shares / shares.sum())]

    def _pair(self, name: str) -> tuple[NDArray[Any], NDArray[Any]]:
        image = _decode(self._files[name], cv2.IMREAD_COLOR)[..., ::-1]
        return image, _decode(self._files[f"{name.rpartition('.')[0]}.png"], cv2.IMREAD_UNCHANGED)

    def _volume(self, rng: Generator, length: int) -> tuple[NDArray[Any], NDArray[Any], bool]:
        """Grey values, uint8, and labels of a scan, the axis to walk along first, and whether labels nest."""
        source = self._source([s for s in self.sources if s.form == "volumes"], rng)
        names = self._frames[source.name][""]
        arrays = self._arrays(names[rng.integers(len(names))])
        labels = arrays["labels"]
        gray = _gray(arrays["voxels"], rng) if "voxels" in arrays else _painted(labels, rng)
        fits = [axis for axis in range(3) if labels.shape[axis] >= length]
        axis = 0 if 0 in fits and rng.random() < 0.5 else int(rng.choice(fits))
        return np.moveaxis(gray, axis, 0), np.moveaxis(labels, axis, 0), source.ids == "nested"

    @functools.lru_cache(maxsize=256)  # noqa: B019, an archive lives as long as its process
    def _arrays(self, name: str) -> Arrays:
        with np.load(io.BytesIO(self._files[name]), allow_pickle=False) as file:
            return dict(file)


def _decode(content: bytes, how: int) -> NDArray[Any]:
    return np.asarray(cv2.imdecode(np.frombuffer(content, np.uint8), how))


def _gray(voxels: NDArray[Any], rng: Generator) -> NDArray[np.uint8]:
    """Grey values of a scan: a window of a CT in Hounsfield units (int16), a cut of the histogram of others."""
    if voxels.dtype == np.int16:
        low, high = _window(rng)
    else:
        low, high = np.percentile(voxels[::2, ::2, ::2], (rng.uniform(0, 3), rng.uniform(96, 100)))
    return ((voxels - low) * (255 / max(high - low, 1e-3))).clip(0, 255).astype(np.uint8)


def _window(rng: Generator) -> tuple[float, float]:
    """Limits near a usual window: soft tissue, liver, lung, bone (center, width in Hounsfield units)."""
    center, width = ((40, 400), (50, 250), (-500, 1500), (300, 1500))[rng.choice(4, p=(0.5, 0.25, 0.1, 0.15))]
    middle, half = center + rng.normal(0, 30), width * rng.uniform(0.35, 0.7)
    return middle - half, middle + half


def _painted(labels: NDArray[Any], rng: Generator) -> NDArray[np.uint8]:
    """Random grey values by label, with noise inside each and soft borders.

    Source: Billot et al., "SynthSeg", Medical Image Analysis 2023.
    """
    _, index = np.unique(labels, return_inverse=True)
    count = int(index.max()) + 1
    means, deviations = rng.uniform(20, 230, count), rng.uniform(1, 18, count)
    means[0] = rng.uniform(0, 40)
    gray = means[index].reshape(labels.shape)
    gray = gray + deviations[index].reshape(labels.shape) * rng.standard_normal(labels.shape)
    planes = [cv2.GaussianBlur(plane, (0, 0), 0.7) for plane in gray.astype(np.float32)]
    return np.stack(planes).clip(0, 255).astype(np.uint8)


def _organs(labels: NDArray[Any], nested: bool, rng: Generator) -> list[list[int]]:
    """Up to six targets, each as the label values that make it: single organs, and all together if they nest."""
    values, counts = np.unique(labels, return_counts=True)
    wanted = [
        int(v) for v, n in zip(values, counts, strict=True) if v > 0 and n >= 12 and v not in HELD_OUT_ORGANS
    ]
    organs = [[int(v)] for v in rng.permutation(wanted)[:6]]
    return [wanted, *organs] if nested and len(wanted) > 1 else organs


def _smoothing(rng: Generator) -> int:
    return int(rng.choice((cv2.INTER_LINEAR, cv2.INTER_CUBIC)))


def _slice(gray: NDArray[Any], labels: NDArray[Any], organs: list[list[int]], smoothing: int) -> Scene:
    scale = 330 / max(gray.shape)
    size = (max(8, round(gray.shape[1] * scale)), max(8, round(gray.shape[0] * scale)))
    image = cv2.cvtColor(cv2.resize(gray, size, interpolation=smoothing), cv2.COLOR_GRAY2RGB)
    shares = [cv2.resize(np.isin(labels, organ).astype(np.float32), size) for organ in organs]
    return Scene(image, [(share > 0.5).astype(np.uint8) for share in shares], "scan")
