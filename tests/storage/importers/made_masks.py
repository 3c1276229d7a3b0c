"""A small sequence, its labels and pictures of masks for the tests of importers."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from app.domain.annotation import Label, SequenceInfo
from app.storage.importers.import_registry import read_masks
from app.storage.volume.volume_source import VolumeSource
from tests.helpers.labelled import LABELS

HEIGHT, WIDTH, FRAMES = 7, 9, 3
TOOL, POLYP = Label(1, "tool", (255, 0, 0)), Label(2, "polyp", (255, 255, 0))
Values = np.ndarray


def sequence(frames: int = FRAMES, **other: object) -> SequenceInfo:
    return SequenceInfo("clip", "/videos/clip.mp4", "video", frames, WIDTH, HEIGHT, 25.0, **other)  # type: ignore[arg-type]


def stripes(*values: int) -> Values:
    picture = np.zeros((HEIGHT, WIDTH), np.uint8)
    for row, value in enumerate(values):
        picture[row] = value
    return picture


def painted_stack(path: Path, source: VolumeSource) -> tuple[np.ndarray, list[str]]:
    """Label values by (t, z, y, x), and what was said. The time point that is shown is the second."""
    info, order = source.info, source.order
    found = read_masks(path, info, LABELS, scan=lambda: source, time=1)
    painted = np.zeros((order.times, order.slices, info.height, info.width), np.uint8)
    for frame, layers in found.frames():
        for value, mask in layers.values():
            painted[order.time_of(frame), order.slice_of(frame)][mask] = value
    return painted, found.warnings
