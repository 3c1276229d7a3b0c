"""A drive that is pulled out while a film or scan of it is open: errors name it, and nothing is taken for read."""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.domain.errors import SequenceError, SourceOutOfReach
from app.pipeline.requests.source_spec import SourceSpec
from app.pipeline.requests.thumbnailer_requests import CompareFramesRequest, OpenFilmRequest
from app.pipeline.roles.thumbnailer import ThumbnailerRole
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.shared_memory import SharedPool
from app.storage.video.video_file import VideoFile
from app.storage.volume.dicom import dicom_folder
from app.storage.volume.dicom.dicom_headers import read_headers
from app.storage.volume.dicom.slice_header import SliceHeader
from tests.helpers.scans import voxels, write_series

DRIVE_BYTES = 16 << 20
SHUT_DOWN, WITHOUT_WRITING = (
    0x8004587D,
    2,
)  # EXT4_IOC_SHUTDOWN, EXT4_GOING_FLAGS_NOLOGFLUSH: from then on all is EIO


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[Path]:
    """Mount an image file of ext4, the file system that can be told that its drive is gone."""
    image, place = tmp_path / "drive.img", tmp_path / "drive"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(DRIVE_BYTES)
    commands = (["mkfs.ext4", "-q", "-F", str(image)], ["mount", "-o", "loop", str(image), str(place)])
    for words in commands:
        if (
            shutil.which(words[0]) is None
            or subprocess.run(words, check=False, capture_output=True).returncode
        ):
            pytest.skip("drives cannot be mounted here")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def noisy_film(folder: Path) -> Path:
    """Write a film that no buffer holds."""
    film = folder / "film.avi"
    noise = np.random.default_rng(0)
    writer = cv2.VideoWriter(str(film), cv2.VideoWriter.fourcc(*"MJPG"), 25, (320, 240))
    for _ in range(40):
        writer.write(noise.integers(0, 255, (240, 320, 3), dtype=np.uint8))
    writer.release()
    return film


def pull_out(film: Path) -> None:
    with film.open("rb") as file:
        os.fsync(file.fileno())
        fcntl.ioctl(file.fileno(), SHUT_DOWN, struct.pack("I", WITHOUT_WRITING))


def test_a_film_on_a_drive_that_went_away_is_not_called_no_video(drive: Path) -> None:
    film = noisy_film(drive)
    VideoFile(film).close()
    pull_out(film)
    with pytest.raises(SequenceError, match="Connect the drive again"):
        VideoFile(film).close()


def test_frames_of_a_drive_that_went_away_do_not_count_as_compared(drive: Path) -> None:
    film = noisy_film(drive)
    role = ThumbnailerRole()

    def no_pool() -> SharedPool:
        raise AssertionError("no pixels are read")

    context: JobContext[None] = JobContext(1, lambda _: None, no_pool)
    role.open_film(OpenFilmRequest(SourceSpec(film)), context)
    role.compare_frames(CompareFramesRequest(0, 3), context)
    pull_out(film)
    with pytest.raises(SourceOutOfReach, match="Connect the drive again"):
        role.compare_frames(CompareFramesRequest(3, 40), context)
    role.close()


def test_a_series_whose_drive_goes_away_while_it_is_opened_is_not_opened_in_part(
    drive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = write_series(drive / "series", voxels((20, 128, 128)))
    for file in files:
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    left = iter(range(8))

    def read_some(path: Path) -> list[SliceHeader]:
        if next(left, None) is None:
            pull_out(files[0])
        return read_headers(path)

    monkeypatch.setattr(dicom_folder, "read_headers", read_some)
    with pytest.raises(SequenceError, match="Connect the drive again"):
        dicom_folder.scan_folder(drive / "series")
