"""Draw samples as training sees them, with their targets outlined: python -m tool.dev.train.preview."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tool.dev.train.__main__ import STAGES
from tool.dev.train.archive import Archive
from tool.dev.train.batches import Pictures
from tool.dev.train.prepare import FILE
from tool.dev.train.sampler import Course

COLUMNS = 6  # pictures in a row of the sheet
OUTLINE = (0, 255, 0)


def main() -> None:
    """Write a sheet of the first steps of a course, one row of pictures, then one of frames, after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path.home() / ".cache/framewise-train")
    parser.add_argument("--archive", type=Path, help="what prepare wrote, data.zip in --out by default")
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--steps", type=int, default=4)
    options = parser.parse_args()
    course = Course(options.archive or options.out / FILE, STAGES["joint"], options.seed, 256, 3)
    archive = Archive(course.archive)
    samples = [course.draw(archive, step, index) for step in range(options.steps) for index in range(2)]
    sheet = draw_sheet([tile for sample in samples for frame in sample for tile in draw_tiles(frame)])
    cv2.imwrite(str(options.out / "samples.png"), sheet[..., ::-1])
    print(options.out / "samples.png")


def draw_tiles(batch: Pictures) -> list[NDArray[Any]]:
    """Return the pictures of a batch, uint8 (s, s, 3) RGB, the first target of each outlined, its kind written."""
    images = (batch.image.permute(0, 2, 3, 1).numpy() * 128 + 127).clip(0, 255).astype(np.uint8)
    tiles = []
    for image, truth, kind in zip(images, batch.truth.numpy(), batch.kinds, strict=True):
        tile = np.ascontiguousarray(image)
        mask = cv2.resize(
            (truth[0] > 0.5).astype(np.uint8), tile.shape[1::-1], interpolation=cv2.INTER_NEAREST
        )
        contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(tile, contours, -1, OUTLINE, 1)
        cv2.putText(tile, kind, (5, 15), cv2.FONT_HERSHEY_SIMPLEX, 0.5, OUTLINE)
        tiles.append(tile)
    return tiles


def draw_sheet(tiles: list[NDArray[Any]]) -> NDArray[Any]:
    """Lay tiles of one size out in COLUMNS columns; what is left of the last row is black."""
    rows = -(-len(tiles) // COLUMNS)
    tiles = tiles + [np.zeros_like(tiles[0])] * (rows * COLUMNS - len(tiles))
    return np.vstack([np.hstack(tiles[row * COLUMNS : (row + 1) * COLUMNS]) for row in range(rows)])


if __name__ == "__main__":
    main()
