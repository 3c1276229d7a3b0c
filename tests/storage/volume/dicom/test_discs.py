"""Discs that patients bring: an index, a viewer with its pictures, and files without a suffix in folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom.fileset import FileSet

from app.domain.errors import SequenceError
from app.storage.opening import open_source, probe_kind
from app.storage.workspace.fingerprint import fingerprint
from tests.helpers.scans import voxels, write_series


def write_disc(folder: Path) -> Path:
    """A study as FileSet writes it, with a viewer beside it."""
    tags: dict[str, Any] = {
        "StudyDate": "20200101",
        "StudyTime": "101010",
        "StudyID": "1",
        "AccessionNumber": "1",
    }
    disc = FileSet()
    for path in write_series(folder / "source", voxels(), **tags):
        disc.add(path)
    disc.write(folder / "disc")
    disc._stage["t"].cleanup()  # noqa: SLF001 - pydicom leaves that to the garbage collector
    (folder / "disc" / "README.TXT").write_text("run viewer.exe")
    (folder / "disc" / "AUTORUN.INF").write_text("[autorun]")
    return folder / "disc"


def save_logo(path: Path) -> None:
    Image.fromarray(np.full((20, 30, 3), 90, np.uint8)).save(path)


def test_the_index_of_a_disc_opens_its_study(tmp_path: Path) -> None:
    disc = write_disc(tmp_path)
    with open_source(disc / "DICOMDIR") as source:
        assert (source.info.frames, source.info.modality) == (6, "CT")
        source.read(5)
    (disc / "DICOMDIR").rename(disc / "dicomdir")
    for path in sorted(disc.rglob("*"), key=lambda path: -len(path.parts)):
        path.rename(path.with_name(path.name.lower()))
    with open_source(disc / "dicomdir") as source:
        assert source.info.frames == 6


def test_an_index_under_another_name_is_one(tmp_path: Path) -> None:
    disc = write_disc(tmp_path)
    (disc / "DICOMDIR").rename(disc / "index.dcm")
    with open_source(disc / "index.dcm") as source:
        assert source.info.frames == 6
    with open_source(disc) as source:
        assert (source.info.frames, "index.dcm" in " ".join(source.info.warnings)) == (6, False)


def test_files_that_the_index_names_in_vain_are_counted(tmp_path: Path) -> None:
    disc = write_disc(tmp_path)
    next(
        path
        for path in sorted(disc.rglob("*"))
        if path.is_file() and not path.suffix and path.name != "DICOMDIR"
    ).unlink()
    with open_source(disc / "DICOMDIR") as source:
        assert source.info.frames == 5
        assert "1 file is named by DICOMDIR but not there." in source.info.warnings


def test_an_index_cannot_lead_out_of_its_folder(tmp_path: Path) -> None:
    disc = write_disc(tmp_path)
    content = (disc / "DICOMDIR").read_bytes()
    named = next(path for path in disc.iterdir() if path.is_dir()).name.encode()
    (disc / "DICOMDIR").write_bytes(content.replace(named, b"..".ljust(len(named))))
    with open_source(disc / "DICOMDIR") as source:
        assert all(str(header.path).startswith(str(disc)) for header in source.origin.stack.slices)  # type: ignore[attr-defined]


@pytest.mark.parametrize("logos", [0, 1, 3])
def test_a_disc_opens_its_study_and_not_its_logo(tmp_path: Path, logos: int) -> None:
    disc = write_disc(tmp_path)
    (disc / "DICOMDIR").unlink()
    for n in range(logos):
        save_logo(disc / f"logo{n}.jpg")
    for n in range(30):
        (disc / f"LIB{n:02d}.DLL").write_bytes(b"MZ")
    assert probe_kind(disc) == "volume"
    with open_source(disc) as source:
        assert (source.info.frames, source.info.modality) == (6, "CT")


def test_images_with_a_scan_below_them_stay_images(tmp_path: Path) -> None:
    write_series(tmp_path / "scan", voxels())
    for n in range(10):
        save_logo(tmp_path / f"{n}.png")
    with open_source(tmp_path) as source:
        assert (source.info.frames, source.info.kind) == (10, "folder")


def test_two_discs_with_one_logo_are_two_sequences(tmp_path: Path) -> None:
    for n in range(2):
        write_series(tmp_path / str(n) / "DICOM", voxels(seed=n))
        save_logo(tmp_path / str(n) / "logo.jpg")
    assert fingerprint(tmp_path / "0") != fingerprint(tmp_path / "1")


def test_a_damaged_index_says_what_to_open_instead(tmp_path: Path) -> None:
    disc = write_disc(tmp_path)
    content = (disc / "DICOMDIR").read_bytes()
    (disc / "DICOMDIR").write_bytes(content[: len(content) // 2])
    try:
        with open_source(disc / "DICOMDIR") as source:
            assert source.info.frames
    except SequenceError as error:
        assert "Open its folder instead." in str(error)
