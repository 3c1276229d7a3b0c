"""A tile is the whole frame at its true aspect, as it lies on the canvas, with its masks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.domain.annotation import SequenceInfo
from app.imaging.masks import encode
from app.pipeline.services.contact_sheet import paint_tile, tile_size

CLIP = SequenceInfo("clip", "/clip.mp4", "video", 3, 400, 200)
# A stack of slices 4 mm apart with pixels of 1 mm, cut so that its rows are the slices.
SCAN = SequenceInfo(
    "ct",
    "/ct",
    "volume",
    30,
    40,
    10,
    spacing=(4.0, 1.0, 1.0),
    origin=(0.0, 0.0, 0.0),
    direction=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
    orientation="coronal",
)


def test_a_tile_keeps_the_proportions_of_the_frame() -> None:
    assert tile_size(CLIP, (300, 100)) == (200, 100)
    assert tile_size(CLIP, (100, 100)) == (100, 50)
    assert tile_size(SCAN, (400, 80)) == (80, 80)
    assert tile_size(replace(CLIP, sample_aspect=(2, 1)), (400, 100)) == (400, 100)


def test_masks_are_painted_with_their_colour_and_opacity() -> None:
    mask = np.zeros((200, 400), bool)
    mask[:, :200] = True
    bare = np.full((50, 100, 3), 100, np.uint8)
    painted = paint_tile(bare, ((encode(mask), (200, 0, 100)),), 0.5, CLIP)
    assert painted.shape == (50, 100, 4)
    assert painted[25, 10].tolist() == [150, 50, 100, 255]
    assert painted[25, 90].tolist() == [100, 100, 100, 255]


def test_a_slice_is_turned_as_on_the_canvas() -> None:
    bare = np.zeros((10, 40, 3), np.uint8)
    bare[0] = 255  # the lowest slice of the stack, which a radiologist has at the bottom
    painted = paint_tile(bare, (), 1.0, SCAN)
    assert painted[-1, 0].tolist() == [255, 255, 255, 255]
    assert painted[0, 0].tolist() == [0, 0, 0, 255]
