"""Work stays reachable when its image folder changes, and when its workspace is deleted while it is open."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np

from app.domain.annotation import Status
from app.headless import Annotator
from tests.helpers.scans import voxels, write_series


def test_a_workspace_deleted_while_open_and_images_that_changed_lose_no_mask(tmp_path: Path) -> None:
    images, root = tmp_path / "images", tmp_path / "work"
    images.mkdir()
    for number in range(1, 4):
        write_picture(images / f"image{number}.png", number)
    square = np.zeros((48, 64), bool)
    with Annotator(root, device="cpu", engine="classic", threads=1) as a:
        a.open(images)
        tool = a.add_object(a.add_label("tool"))
        for frame in range(3):
            square[10:20, 5 + frame : 15] = True
            a.set_mask(frame, tool, square)
        shutil.rmtree(next(root.glob("images-*")))
        a.verify(2, tool)
        assert any("deleted" in toast.text for toast in a.client.newest.toasts)
        kept = [a.mask(frame, tool) for frame in range(3)]
        write_picture(images / "image0.png", 0)
        (images / "image2.png").rename(images / "image9.png")
        info = a.open(images)
        assert info.frame_names == ("image0.png", "image1.png", "image3.png", "image9.png")
        assert "1 added, 1 renamed" in "".join(info.warnings)
        assert [a.status(frame, tool) for frame in range(4)] == [
            Status.EMPTY,
            Status.EDITED,
            Status.VERIFIED,
            Status.EDITED,
        ]
        for before, after in ((0, 1), (1, 3), (2, 2)):
            assert np.array_equal(a.mask(after, tool), kept[before])


def test_masks_of_a_series_that_gained_and_lost_a_slice_stay_where_they_belong(tmp_path: Path) -> None:
    series, root = tmp_path / "series", tmp_path / "work"
    files = write_series(series, voxels((7, 20, 24)))
    aside = [(file, tmp_path / file.name) for file in (files[0], files[4])]
    shutil.move(*aside[0])
    rng = np.random.default_rng(1)
    made = [rng.random((20, 24)) < 0.5 for _ in range(6)]
    with Annotator(root, device="cpu", engine="classic", threads=1) as a:
        info = a.open(series)
        organ = a.add_object(a.add_label("organ"))
        for frame, mask in enumerate(made):
            a.set_mask(frame, organ, mask)
        a.open(tmp_path / aside[0][1].name)
        shutil.move(*aside[0][::-1])
        shutil.move(*aside[1])
        info = a.open(series)
        assert info.frames == 6 and "1 added, 1 removed" in "".join(info.warnings)
        assert a.status(0, organ) is Status.EMPTY
        for frame, before in ((1, 0), (2, 1), (3, 2), (4, 4), (5, 5)):
            assert np.array_equal(a.mask(frame, organ), made[before])


def write_picture(path: Path, number: int) -> None:
    pixels = np.full((48, 64, 3), 40, np.uint8)
    pixels[10:20, 5 + 4 * number : 15 + 4 * number] = 200
    assert cv2.imwrite(str(path), pixels)
