"""A file that is not what its name says is called what it is."""

from __future__ import annotations

import gzip
from pathlib import Path

import cv2
import numpy as np
import pytest
import SimpleITK as sitk

from app.domain.errors import SequenceError
from app.storage.volume.volume_opening import open_volume


def written(kind: str, folder: Path) -> bytes:
    """The content of a good file of a kind."""
    path = folder / f"good.{kind}"
    if kind == "png":
        cv2.imwrite(str(path), np.zeros((8, 9), np.uint8))
    else:
        sitk.WriteImage(
            sitk.GetImageFromArray(np.arange(6 * 20 * 24, dtype=np.int16).reshape(6, 20, 24)), str(path)
        )
    return path.read_bytes()


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        ("nrrd", "scan.mha", "not a MetaImage file but an NRRD file.*ending .nrrd"),
        ("mha", "scan.nii", "not a NIfTI file but a MetaImage file.*ending .mha"),
        ("nii", "SCAN.NRRD", "not an NRRD file but a NIfTI file.*ending .nii"),
        ("png", "scan.nii.gz", "not a NIfTI file but a PNG picture"),
        ("png", "scan.mgz", "not a volume of FreeSurfer but a PNG picture"),
    ],
)
def test_the_kind_and_what_to_do_are_named(tmp_path: Path, kind: str, name: str, words: str) -> None:
    (tmp_path / name).write_bytes(written(kind, tmp_path))
    with pytest.raises(SequenceError, match=words):
        open_volume(tmp_path / name)


@pytest.mark.parametrize("kind", ["nrrd", "mha"])
def test_a_packed_file_is_to_be_unpacked(tmp_path: Path, kind: str) -> None:
    (tmp_path / f"scan.{kind}").write_bytes(gzip.compress(written(kind, tmp_path)))
    with pytest.raises(SequenceError, match="packed with gzip. Unpack it"):
        open_volume(tmp_path / f"scan.{kind}")


@pytest.mark.parametrize("content", [b"<!doctype html><p>Sign in", b"<html>", b"", b"n+1"])
def test_a_web_page_or_nothing_is_no_scan(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "scan.mha").write_bytes(content)
    with pytest.raises(
        SequenceError, match="web page" if b"html" in content else "empty|not a MetaImage file"
    ):
        open_volume(tmp_path / "scan.mha")
