"""Films for tests that share a program and yet begin without annotations, and folders of pictures."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from PIL import Image

HEIGHT, WIDTH = 90, 120  # of pictures


def copy_as_another(video: Path, target: Path) -> Path:
    """Copy an MP4 file to target; a free box (ISO/IEC 14496-12) with target's path makes it another sequence."""
    mark = str(target).encode()
    target.write_bytes(video.read_bytes() + struct.pack(">I4s", 8 + len(mark), b"free") + mark)
    return target


def write_pictures(folder: Path, count: int) -> Path:
    """Write 000.png and so on into a new folder: a bright square that goes to the right."""
    folder.mkdir()
    for number in range(count):
        picture = np.random.default_rng(number).integers(0, 60, (HEIGHT, WIDTH, 3)).astype(np.uint8)
        picture[square_mask(number)] += 150
        Image.fromarray(picture).save(folder / f"{number:03}.png")
    return folder


def square_mask(number: int) -> np.ndarray:
    """The square of a picture, bool (h, w)."""
    mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    mask[30:60, 20 + 2 * number : 50 + 2 * number] = True
    return mask


def cut_off(path: Path) -> None:
    """Take half of a file away, as a copy that was broken off does."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
