"""Studies in archives: opened as their folder is, and hostile ones kept within bounds."""

from __future__ import annotations

import gc
import gzip
import io
import lzma
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.domain.errors import SequenceError, SeveralSeries
from app.storage.opening import open_source, probe_kind
from app.storage.volume.archive import archive_members
from app.storage.volume.archive.unpacked_study import UnpackedStudy, sweep_unpacked
from app.storage.volume.volume_opening import list_series
from app.storage.volume.volume_source import VolumeSource
from tests.helpers.scans import dataset, save, voxels, write_series


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where studies are unpacked."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "framewise" / "studies"


def pack_zip(folder: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.TXT", "run viewer.exe")
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder.parent))
    return target


def pack_tar(folder: Path, target: Path) -> Path:
    packer: dict[str, Any] = {".tar": open, ".tgz": gzip.open, ".txz": lzma.open}
    with packer[target.suffix](target, "wb") as file, tarfile.open(fileobj=file, mode="w") as archive:
        archive.add(folder, folder.name)
    return target


def refusal(path: Path) -> str:
    with pytest.raises(SequenceError) as caught:
        open_source(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "pack"),
    [("study.zip", pack_zip), ("study.tar", pack_tar), ("study.tgz", pack_tar), ("STUDY.txz", pack_tar)],
)
def test_a_study_in_an_archive_opens_as_its_folder_does(
    tmp_path: Path, cache: Path, name: str, pack: Callable[[Path, Path], Path]
) -> None:
    stack = voxels()
    write_series(tmp_path / "scan", stack)
    path = pack(tmp_path / "scan", tmp_path / name)
    assert probe_kind(path) == "volume"
    with open_source(path) as source:
        assert (source.info.frames, source.info.name, source.info.path) == (6, name[:5], str(path))
        assert isinstance(source, VolumeSource)
        assert np.array_equal([source.read_native(k) for k in range(6)], stack)
    assert list(cache.iterdir())
    del source
    gc.collect()
    assert not list(cache.iterdir())


def test_one_slice_in_gzip_opens(tmp_path: Path) -> None:
    save(dataset(voxels()[0]), tmp_path / "a.dcm")
    (tmp_path / "a.dcm.gz").write_bytes(gzip.compress((tmp_path / "a.dcm").read_bytes()))
    with open_source(tmp_path / "a.dcm.gz") as source:
        assert (source.info.frames, source.info.name) == (1, "a")


def test_several_series_are_asked_about_and_each_opens(tmp_path: Path, cache: Path) -> None:
    write_series(tmp_path / "scan" / "a", voxels())
    write_series(tmp_path / "scan" / "b", voxels((4, 20, 24)), SeriesInstanceUID="1.2.3.4.9")
    path = pack_zip(tmp_path / "scan", tmp_path / "study.zip")
    with pytest.raises(SeveralSeries) as caught:
        open_source(path)
    assert not list(cache.iterdir())
    assert caught.value.subject == str(path)
    assert [info.slices for info in list_series(path)] == [6, 4]
    with open_source(path, series="1.2.3.4.9") as source:
        assert source.info.frames == 4


def test_only_the_owner_can_look_into_what_is_unpacked(tmp_path: Path, cache: Path) -> None:
    write_series(tmp_path / "scan", voxels())
    with UnpackedStudy(pack_zip(tmp_path / "scan", tmp_path / "study.zip")) as study:
        for folder in (cache, study.folder, study.folder.parent):
            assert folder.stat().st_mode & 0o077 == 0, folder


def test_two_that_open_it_share_it_and_the_last_removes_it(tmp_path: Path, cache: Path) -> None:
    write_series(tmp_path / "scan", voxels())
    path = pack_zip(tmp_path / "scan", tmp_path / "study.zip")
    with UnpackedStudy(path) as first:
        made = first.folder.stat().st_ino
        with UnpackedStudy(path) as second:
            assert second.folder.stat().st_ino == made
        assert len(list(first.folder.iterdir())) == 6
    assert not list(cache.iterdir())


def test_what_a_killed_process_left_is_removed(tmp_path: Path, cache: Path) -> None:
    write_series(tmp_path / "scan", voxels())
    path = pack_zip(tmp_path / "scan", tmp_path / "study.zip")
    code = f"""
import os, signal
from pathlib import Path
from typing import Any
from app.storage.volume.archive.unpacked_study import UnpackedStudy
study = UnpackedStudy(Path({str(path)!r}))
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[4], env=os.environ)
    assert list(cache.iterdir())
    sweep_unpacked()
    assert not list(cache.iterdir())


@pytest.mark.parametrize(
    "name", ["../../evil.dcm", "/tmp/evil.dcm", "..\\..\\evil.dcm", "a/" * 300 + "x", "..", ""]
)
def test_names_in_an_archive_lead_nowhere(tmp_path: Path, name: str) -> None:
    save(dataset(voxels()[0]), tmp_path / "a.dcm")
    with tarfile.open(tmp_path / "evil.tar", "w") as archive:
        info = tarfile.TarInfo(name)
        content = (tmp_path / "a.dcm").read_bytes()
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("link.dcm")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    with UnpackedStudy(tmp_path / "evil.tar") as study:
        [file] = study.folder.iterdir()
        assert file.parent == study.folder
        assert not file.is_symlink()


def bomb(path: Path, name: str, size: int) -> None:
    """A file that begins as DICOM does, and goes on in zeros."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as file:
        file.write(bytes(128) + b"DICM")
        for _ in range(size // 2**20):
            file.write(bytes(2**20))


def test_an_archive_that_unpacks_to_far_more_than_its_size_is_refused(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_members, "_ALWAYS", 2**22)
    bomb(tmp_path / "bomb.zip", "a.dcm", 2**25)
    assert "unpacks to far more than its size" in refusal(tmp_path / "bomb.zip")
    assert not list(cache.iterdir())
    bomb(tmp_path / "inner.zip", "readme", 2**25)
    with tarfile.open(tmp_path / "bomb.tgz", "w:gz") as archive:
        info = tarfile.TarInfo("readme.txt")
        info.size = 2**25
        archive.addfile(info, io.BytesIO(bytes(2**25)))
    assert "unpacks to far more than its size" in refusal(tmp_path / "bomb.tgz")


def test_an_archive_without_a_study_or_one_that_is_damaged_says_so(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "scan").mkdir()
    path = pack_zip(tmp_path / "scan", tmp_path / "notes.zip")
    assert "There is no DICOM picture in this archive. Unpack it" in refusal(path)
    write_series(tmp_path / "scan", voxels())
    path = pack_zip(tmp_path / "scan", tmp_path / "cut.zip")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert "The archive is damaged." in refusal(path)
    path.write_bytes(content[:300] + bytes(200) + content[500:])
    assert "The archive is damaged." in refusal(path)
    assert not list(cache.iterdir())


@pytest.mark.parametrize("head", [b"Rar!\x1a\x07\x01\x00", b"7z\xbc\xaf\x27\x1c\x00\x04"])
def test_a_foreign_archive_says_what_to_do(tmp_path: Path, head: bytes) -> None:
    (tmp_path / "study.rar").write_bytes(head + bytes(600))
    assert "Unpack it with the program that made it" in refusal(tmp_path / "study.rar")


def test_an_archive_with_a_password_says_so(tmp_path: Path) -> None:
    write_series(tmp_path / "scan", voxels())
    path = pack_zip(tmp_path / "scan", tmp_path / "locked.zip")
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\x01\x02")
    while at >= 0:
        content[at + 8] |= 1
        at = content.find(b"PK\x01\x02", at + 4)
    path.write_bytes(content)
    assert "locked with a password" in refusal(path)


def test_a_cache_that_cannot_be_used_says_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    write_series(tmp_path / "scan", voxels())
    path = pack_zip(tmp_path / "scan", tmp_path / "study.zip")
    assert "Set XDG_CACHE_HOME" in refusal(path)
    sweep_unpacked()
