"""A small sequence, its labels and pictures of masks for the tests of importers."""

from __future__ import annotations

import numpy as np

from app.domain.annotation import Label, SequenceInfo

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
