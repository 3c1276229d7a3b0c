"""A drive that is pulled out while its film is open: errors name the drive, not the film."""

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

from app.domain.errors import SequenceError
from app.storage.video.video_file import VideoFile

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


def test_a_film_on_a_drive_that_went_away_is_not_called_no_video(drive: Path) -> None:
    film = drive / "film.avi"
    noise = np.random.default_rng(0)
    writer = cv2.VideoWriter(str(film), cv2.VideoWriter.fourcc(*"MJPG"), 25, (320, 240))
    for _ in range(40):
        writer.write(noise.integers(0, 255, (240, 320, 3), dtype=np.uint8))
    writer.release()
    VideoFile(film).close()
    with film.open("rb") as file:
        os.fsync(file.fileno())
        fcntl.ioctl(file.fileno(), SHUT_DOWN, struct.pack("I", WITHOUT_WRITING))
    with pytest.raises(SequenceError, match="Connect the drive again"):
        VideoFile(film).close()
