"""One door for everything that can be opened."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from app.domain.errors import SequenceError
from app.storage.opening import open_source, probe_kind
from app.storage.workspace.fingerprint import fingerprint
from tests.helpers.clips import number_on, stamped, write_clip, write_images
from tests.helpers.scans import voxels, write_series


def open_files() -> list[str]:
    """Paths of the files that this process has open, with " (deleted)" behind those without a name."""
    found = []
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            found.append(os.readlink(f"/proc/self/fd/{number}"))
    return found


def write_scan(path: Path) -> Path:
    image = sitk.GetImageFromArray(np.arange(4 * 20 * 30, dtype=np.int16).reshape(4, 20, 30))
    image.SetSpacing((1.0, 1.0, 2.5))
    sitk.WriteImage(image, str(path))
    return path


def test_each_kind_is_recognised_and_opens(tmp_path: Path) -> None:
    write_images(tmp_path / "images", ["0.png", "1.png"])
    write_images(tmp_path, ["one.jpg"])
    kinds = {
        write_clip(tmp_path / "a.mp4", 3): "video",
        write_clip(tmp_path / "raw.h264", 3): "video",
        tmp_path / "images": "folder",
        tmp_path / "one.jpg": "image",
        write_scan(tmp_path / "scan.nii.gz"): "volume",
        write_scan(tmp_path / "scan.nrrd"): "volume",
        write_scan(tmp_path / "scan.mha"): "volume",
    }
    for path, kind in kinds.items():
        assert probe_kind(path) == kind, path
        with open_source(path, index_folder=tmp_path / "index") as source:
            assert source.info.kind == kind
            assert source.read(0).shape == (source.info.height, source.info.width, 3)


@pytest.mark.parametrize(
    ("suffix", "codec", "pix_fmt"),
    [
        *((suffix, "libx264", "yuv420p") for suffix in (".mp4", ".mkv", ".avi", ".flv")),
        (".mpg", "mpeg2video", "yuv420p"),
        (".wmv", "wmv2", "yuv420p"),
        (".gif", "gif", "rgb8"),
    ],
)
@pytest.mark.parametrize("name", ["no ending", "wrong.png.txt"])
def test_content_counts_more_than_the_name(
    tmp_path: Path, name: str, suffix: str, codec: str, pix_fmt: str
) -> None:
    path = write_clip(tmp_path / f"a{suffix}", 3, codec, pix_fmt=pix_fmt).rename(tmp_path / name)
    assert probe_kind(path) == "video"
    with open_source(path) as source:
        assert number_on(source.read(2)) == 2


def test_a_folder_of_dicom_files_is_a_volume(shared_data: Path) -> None:
    folder = shared_data / "medical/mr_dicom/T1post"
    assert probe_kind(folder) == "volume"
    assert probe_kind(folder.parent) == "volume"
    with open_source(folder) as source:
        assert source.info.frames == 22


def test_what_cannot_be_opened_looks_like_nothing(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "nothing here").mkdir()
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "a.txt").write_text("hello")
    os.mkfifo(tmp_path / "pipe.mp4")
    for name in ("notes.txt", "empty.mp4", "nothing here", "pages", "pipe.mp4", "missing.mp4"):
        assert probe_kind(tmp_path / name) is None, name
        with pytest.raises(SequenceError) as caught:
            open_source(tmp_path / name)
        assert caught.value.what and caught.value.remedy and name in caught.value.subject


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_folder_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    write_images(tmp_path / "secret", ["0.png"])
    (tmp_path / "secret").chmod(0)
    try:
        with pytest.raises(SequenceError, match="may not be read"):
            open_source(tmp_path / "secret")
    finally:
        (tmp_path / "secret").chmod(0o755)


def test_a_fingerprint_follows_the_content(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    content = bytearray(np.random.default_rng(0).bytes(5 << 20))
    path.write_bytes(content)
    first = fingerprint(path)
    assert fingerprint(path.rename(tmp_path / "b.bin")) == first
    for place in (0, len(content) // 2, len(content) - 1):
        changed = bytearray(content)
        changed[place] ^= 1
        path.write_bytes(changed)
        assert fingerprint(path) != first
    path.write_bytes(content[:-1])
    assert fingerprint(path) != first
    path.write_bytes(content + b"\0")
    assert fingerprint(path) != first


def test_a_fingerprint_of_images_follows_their_names_and_content_only(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        write_images(folder, ["0.png", "1.png"])
    first = fingerprint(here)
    assert fingerprint(there) == first
    (here / "labels.txt").write_text("1 tool 255 0 0")
    assert fingerprint(here) == first
    (there / "1.png").rename(there / "2.png")
    assert fingerprint(there) != first
    write_images(here, ["1.png"])
    assert fingerprint(here) != first
    assert not np.array_equal(stamped(0), stamped(1))


def test_fingerprints_of_what_cannot_be_read_say_why(tmp_path: Path) -> None:
    with pytest.raises(SequenceError, match="not there"):
        fingerprint(tmp_path / "missing")


def test_decoded_slices_lie_in_the_folder_of_the_workspace(tmp_path: Path) -> None:
    write_series(tmp_path / "scan", voxels())
    index = tmp_path / "work" / "index"
    with open_source(tmp_path / "scan", index_folder=index):
        links = open_files()
        assert any(link.startswith(str(index)) for link in links)
    assert list(index.iterdir()) == []


def test_a_scan_that_does_not_open_leaves_no_folder(tmp_path: Path) -> None:
    (tmp_path / "scan.nii").write_bytes(b"\x5c\x01\0\0" + bytes(400))
    with pytest.raises(SequenceError, match=r"scan\.nii"):
        open_source(tmp_path / "scan.nii", index_folder=tmp_path / "work" / "index")
    assert not (tmp_path / "work").exists()
