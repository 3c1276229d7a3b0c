"""Films of a disc before scenes of blobs, with cuts between the scenes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

HEIGHT, WIDTH = 120, 160
ORANGE = (235, 130, 20)  # No scene has it.


def shot(
    seed: int, frames: int, at: tuple[int, int] | None, shades: tuple[int, int] = (0, 120)
) -> list[NDArray[np.uint8]]:
    """Return the frames of a scene, uint8 (h, w, 3) RGB, with the disc at (x, y) or without it.

    shades: between which the scene's channels lie.
    """
    rng = np.random.default_rng(seed)
    scene = np.kron(rng.integers(*shades, (6, 8, 3)), np.ones((20, 20, 1))).astype(np.uint8)
    made = []
    for number in range(frames):
        frame = scene.copy()
        if at is not None:
            frame[disc((at[0] + number, at[1]))] = ORANGE
        made.append(frame)
    return made


def disc(at: tuple[int, int], radius: int = 18) -> NDArray[np.bool_]:
    """Return the mask of the disc at (x, y), bool (h, w)."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    inside: NDArray[np.bool_] = (columns - at[0]) ** 2 + (rows - at[1]) ** 2 <= radius**2
    return inside


def write_film(path: Path, frames: Sequence[NDArray[np.uint8]]) -> Path:
    """Write frames as a film of single pictures."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (WIDTH, HEIGHT))
    for frame in frames:
        writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
    writer.release()
    return path
