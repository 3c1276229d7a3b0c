"""Pictures, clips and volumes that no training reads (see tool/dev/train/sources.py), with what to ask of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.errors import SequenceError
from app.models.engine import BoolMask, Image
from tool.dev.evaluation.datasets import FolderClip, VolumeClip
from tool.dev.train import prepare, targets
from tool.dev.train.sources import SOURCES, Part, Source, part_of

SMALLEST = 30
"""Pixels of a target at least: the least that a person would still click on."""
LEAST_SLICES = 3  # of a structure in a volume, so that there is one to each side of the reference
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class PictureCase:
    """A picture and its largest target."""

    source: str
    name: str
    image: Image
    truth: BoolMask


@dataclass(frozen=True, slots=True)
class ClipCase:
    """A clip, the frame whose truth is given, and the objects to follow; a volume is a clip of slices."""

    source: str
    name: str
    clip: FolderClip | VolumeClip
    reference: int
    objects: tuple[int, ...]


def picture_cases(data: Path, wanted: Sequence[Part], most: int) -> Iterator[PictureCase]:
    """Iterate up to most pictures a source, spread over it."""
    for source in SOURCES:
        if source.form != "pictures" or source.name == "bsds500":
            continue
        folder = prepare.source_folder(source, data)
        paths = [p for p in sorted((folder / "images").glob("*.jpg")) if part_of(source, p.stem) in wanted]
        for path in spread_items(paths, most):
            image = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
            mask = cv2.imread(str(folder / "masks" / f"{path.stem}.png"), cv2.IMREAD_UNCHANGED)
            if image is None or mask is None:
                raise SequenceError("Picture cannot be read.", subject=path)
            truth = largest_target(np.asarray(mask), source)
            if np.count_nonzero(truth) >= SMALLEST:
                yield PictureCase(source.name, path.stem, np.asarray(image, np.uint8), truth)


def clip_cases(data: Path, wanted: Sequence[Part], most: int) -> Iterator[ClipCase]:
    """Iterate up to most clips a source; each begins where its objects are well to be seen."""
    for source in SOURCES:
        if source.form != "clips":
            continue
        folder = prepare.source_folder(source, data)
        found = [p for p in sorted(folder.iterdir()) if p.is_dir() and part_of(source, p.name) in wanted]
        for path in spread_items(found, most):
            clip = FolderClip(path)
            reference, objects = choose_reference(clip)
            if objects:
                yield ClipCase(source.name, path.name, clip, reference, objects)


def volume_cases(data: Path, wanted: Sequence[Part], most: int) -> Iterator[ClipCase]:
    """Iterate every structure of up to most volumes a source, from the middle slice of its extent.

    A structure of fewer than SMALLEST pixels there is left out. Labels that nest are a structure together besides.
    """
    for source in SOURCES:
        if source.form != "volumes":
            continue
        files = [
            (name, image, labels)
            for name, image, labels in prepare.volume_files(source, prepare.source_folder(source, data))
            if image is not None and part_of(source, name) in wanted
        ]
        for name, image, labels in spread_items(files, most):
            assert image is not None
            clip = VolumeClip(name, image, labels, source.ids == "nested")
            for value in clip.values():
                middle = clip.middle(value)
                area = np.count_nonzero(clip.truth(middle)[value])
                if len(clip.extent(value)) >= LEAST_SLICES and area >= SMALLEST:
                    yield ClipCase(source.name, f"{name}/{value}", clip, middle, (value,))


def largest_target(mask: NDArray[np.uint8], source: Source) -> BoolMask:
    """Return the largest target of a picture: a whole thing, a piece of a class, or the union of nested parts."""
    if source.ids == "nested" or "tubular" in source.kinds:
        return np.asarray((mask > 0) & (mask != targets.IGNORED))
    found = [targets.label_mask(mask, value) for value in targets.label_values(mask)]
    if source.ids != "instances":
        found = [piece for m in found for piece in targets.connected_pieces(m)[:1]]
    return max(found, key=np.count_nonzero, default=np.zeros_like(mask)) > 0


def choose_reference(clip: FolderClip) -> tuple[int, tuple[int, ...]]:
    """Return the first frame on which every object has half of its largest area, and the objects."""
    areas: list[dict[int, int]] = []
    for index in range(clip.frames):
        truth = clip.truth(index) or {}
        areas.append({value: int(np.count_nonzero(mask)) for value, mask in truth.items()})
    objects = sorted({value for frame in areas for value, area in frame.items() if area})
    tops = {value: max(frame.get(value, 0) for frame in areas) for value in objects}
    for index, frame in enumerate(areas):
        if all(frame.get(value, 0) >= tops[value] / 2 for value in objects):
            return index, tuple(objects)
    return 0, tuple(value for value, area in areas[0].items() if area)


def spread_items(items: Sequence[Item], most: int) -> list[Item]:
    """Return up to most items at equal distances."""
    if len(items) <= most:
        return list(items)
    return [items[round(i * (len(items) - 1) / max(most - 1, 1))] for i in range(most)]
