"""Exports onto a drive, or of pictures on one, that was pulled out meanwhile."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.domain.annotation import SequenceInfo
from app.domain.errors import ExportError, SourceOutOfReach
from app.storage.exporters.export_job import ExportJob, translate_write_errors
from app.storage.exporters.training.frame_pictures import write_picture


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOTCONN, errno.ENODEV])
def test_an_export_onto_a_drive_that_went_away_asks_for_the_drive(tmp_path: Path, number: int) -> None:
    with pytest.raises(ExportError, match="Connect the drive again"), translate_write_errors(tmp_path):
        raise OSError(number, os.strerror(number))


def job_of_one_picture(folder: Path) -> ExportJob:
    folder.mkdir()
    Image.new("RGB", (32, 24)).save(folder / "a.png")
    info = SequenceInfo("drive", str(folder), "folder", 1, 32, 24, frame_names=("a.png",))

    def image(frame: int) -> np.ndarray:
        return np.zeros((24, 32, 3), np.uint8)

    return ExportJob(info, (), (), lambda frame: {}, image, 0.5, lambda *_: None, lambda: None)


@pytest.mark.parametrize("name", ["0.png", "0.jpg"])
@pytest.mark.parametrize("left", [0, 0.5])
def test_a_picture_whose_content_a_power_cut_took_is_written_again(
    tmp_path: Path, name: str, left: float
) -> None:
    job, path = job_of_one_picture(tmp_path / "pictures"), tmp_path / name
    write_picture(job, 0, path)
    whole = path.read_bytes()
    os.truncate(path, int(left * len(whole)))
    write_picture(job, 0, path)
    assert path.read_bytes() == whole


def test_a_picture_that_went_with_its_drive_is_not_blamed_on_the_folder_of_the_export(tmp_path: Path) -> None:
    drive, out = tmp_path / "drive", tmp_path / "out"
    job = job_of_one_picture(drive)
    write_picture(job, 0, out / "0.png")
    drive.rename(tmp_path / "away")
    with pytest.raises(SourceOutOfReach, match="its drive is connected"), translate_write_errors(out):
        write_picture(job, 0, out / "1.png")
    assert sorted(path.name for path in out.iterdir()) == ["0.png"]
