"""What in the drop folder is a source, and what only lies there."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

import pytest

from app.domain.worklist.entry import EntryState
from app.pipeline.drop_folder.scanner import Scanner
from app.storage.exporters.export_ledger import claim_name
from tests.helpers.scans import dataset, save_bare, voxels, write_series
from tests.pipeline.drop_folder.folder_bench import movie, picture, running


def test_what_comes_along_with_videos_is_not_listed(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as bench:
            for name in ("notes.txt", "Thumbs.db", ".hidden.mp4", "._clip.mp4", "desktop.ini", "report.pdf"):
                (bench.drop / name).write_bytes(b"x")
            (bench.drop / "System Volume Information").mkdir()
            movie(bench.drop / "System Volume Information" / "clip.mp4")
            (bench.drop / "empty").mkdir()
            movie(bench.drop / "clip.mp4", seed=1)
            await bench.ready("clip.mp4")
            await bench.rounds()
            assert list(bench.seen) == ["clip.mp4"]

    asyncio.run(story())


def test_links_are_followed_inside_the_folder_only(tmp_path: Path) -> None:
    async def story() -> None:
        outside = tmp_path / "outside.mp4"
        movie(outside, seed=1)
        movie(tmp_path / "elsewhere" / "clip.mp4", seed=2)
        async with running(tmp_path) as bench:
            movie(bench.drop / "deep" / ".kept" / "hidden.mp4", seed=3)
            (bench.drop / "inside.mp4").symlink_to(bench.drop / "deep" / ".kept" / "hidden.mp4")
            (bench.drop / "out.mp4").symlink_to(outside)
            (bench.drop / "elsewhere").symlink_to(tmp_path / "elsewhere")
            (bench.drop / "nowhere.mp4").symlink_to(bench.drop / "gone.mp4")
            (bench.drop / "itself.mp4").symlink_to(bench.drop / "itself.mp4")
            (bench.drop / "deep" / "loop").symlink_to(bench.drop)
            await bench.ready("inside.mp4")
            for name, reason in (
                ("out.mp4", "out of"),
                ("nowhere.mp4", "nowhere"),
                ("itself.mp4", "nowhere"),
            ):
                assert reason in (await bench.failed(name)).reason
            await bench.rounds()
            assert "out of" in bench.entry("elsewhere").reason
            assert set(bench.seen) == {"inside.mp4", "out.mp4", "nowhere.mp4", "itself.mp4", "elsewhere"}

    asyncio.run(story())


def test_what_the_program_exported_into_the_folder_is_no_new_work(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as bench:
            for folder in (bench.drop, bench.drop / "label"):
                claim_name(folder, "clip", "fingerprint", ["png", "mp4", "stl"])
                picture(folder / "clip" / "mask" / "00000.png")
                movie(folder / "clip_overlay.mp4")
                (folder / "clip_1_organ.stl").write_bytes(b"solid")
            movie(bench.drop / "label" / "other.mp4", seed=1)
            picture(bench.drop / "clip" / "0.png", seed=2)
            await bench.ready("label/other.mp4")
            await bench.ready("clip")
            await bench.rounds()
            assert set(bench.seen) == {"label/other.mp4", "clip"}

    asyncio.run(story())


@pytest.mark.parametrize("place", ["theirs.dcm", "below/theirs.dcm"])
def test_a_study_with_a_link_out_of_the_folder_is_refused_whole(tmp_path: Path, place: str) -> None:
    """Its reader opens every file in it, so the link would bring in what was never dropped."""

    async def story() -> None:
        theirs = write_series(tmp_path / "theirs", voxels(seed=8))
        async with running(tmp_path) as bench:
            write_series(bench.drop / "study", voxels(seed=1))
            link = bench.drop / "study" / place
            link.parent.mkdir(exist_ok=True)
            link.symlink_to(theirs[0])
            await bench.reaches("study", EntryState.FAILED)
            assert "out of the drop folder: theirs.dcm" in bench.entry("study").reason
            link.unlink()
            await bench.ready("study")

    asyncio.run(story())


def test_a_header_whose_voxels_are_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    async def story() -> None:
        (tmp_path / "theirs.raw").write_bytes(b"theirs")
        async with running(tmp_path) as bench:
            for name in ("scan.mhd", "deep/scan.mhd"):
                header = bench.drop / name
                header.parent.mkdir(exist_ok=True)
                header.write_text("NDims = 3")
                header.with_suffix(".raw").symlink_to(tmp_path / "theirs.raw")
                assert "out of the drop folder: scan.raw" in (await bench.failed(name)).reason

    asyncio.run(story())


def test_a_link_that_comes_after_a_study_was_found_good_takes_it_back(tmp_path: Path) -> None:
    async def story() -> None:
        picture(tmp_path / "theirs.png")
        async with running(tmp_path) as bench:
            picture(bench.drop / "frames" / "0.png", seed=1)
            await bench.ready("frames")
            (bench.drop / "frames" / "1.png").symlink_to(tmp_path / "theirs.png")
            assert "out of the drop folder: 1.png" in (await bench.failed("frames")).reason

    asyncio.run(story())


def test_a_file_is_checked_again_without_listing_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among thousands of files that wait to be probed, each is checked after its probe."""
    movie(tmp_path / "clip.mp4")
    scanner = Scanner(tmp_path)
    (found,) = scanner.scan().candidates.values()
    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", None)
        patch.setattr(os, "listdir", None)
        assert scanner.rescan(found.path) == found
        movie(tmp_path / "other.avi")
        (tmp_path / "other.avi").rename(found.path)
        after = scanner.rescan(found.path)
        assert after is not None and after.signature != found.signature
    (tmp_path / "clip.mp4").unlink()
    assert scanner.rescan(found.path) is None
    (tmp_path / "clip.mp4").symlink_to("/etc/hostname")
    after = scanner.rescan(found.path)
    assert after is not None and "out of the drop folder" in after.obstacle


def test_what_is_no_file_is_never_opened(tmp_path: Path) -> None:
    """Opening a pipe would wait for ever."""

    async def story() -> None:
        async with running(tmp_path) as bench:
            os.mkfifo(bench.drop / "pipe.mp4")
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(str(bench.drop / "socket.avi"))
                assert "neither" in (await bench.failed("pipe.mp4")).reason
                assert "neither" in (await bench.failed("socket.avi")).reason

    asyncio.run(story())


def test_the_programs_own_folders_are_no_sources(tmp_path: Path) -> None:
    async def story() -> None:
        own = tmp_path / "drop" / "work"
        picture(own / "thumbnails" / "1.png")
        async with running(tmp_path, avoid=[own]) as bench:
            movie(bench.drop / "clip.mp4")
            await bench.ready("clip.mp4")
            await bench.rounds()
            assert list(bench.seen) == ["clip.mp4"]

    asyncio.run(story())


def test_each_series_of_a_dicom_folder_is_a_sequence(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, use_events=True) as bench:
            write_series(bench.drop / "study" / "a", voxels(seed=1), SeriesInstanceUID="1.2.1")
            write_series(bench.drop / "study" / "b", voxels(seed=2), SeriesInstanceUID="1.2.2")
            write_series(bench.drop / "mixed", voxels(seed=3), SeriesInstanceUID="1.2.3")
            for file in write_series(tmp_path / "more", voxels(seed=4), SeriesInstanceUID="1.2.4"):
                file.rename(bench.drop / "mixed" / f"IM{file.stem}")
            names = {"study/a", "study/b", "mixed: 3", "mixed: 4"}
            await bench.until(lambda: {e.name for e in bench.newest.entries if e.can_open} == names)
            assert {(entry.kind, entry.frames) for entry in bench.newest.entries} == {("volume", 6)}

    asyncio.run(story())


def test_dicom_files_without_suffix_are_recognised(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as bench:
            for file in write_series(tmp_path / "made", voxels()):
                target = bench.drop / "DICOM" / "ST1" / "SE1" / f"IM{file.stem}"
                target.parent.mkdir(parents=True, exist_ok=True)
                file.rename(target)
            (bench.drop / "DICOMDIR").write_bytes(b"x")
            assert (await bench.ready("DICOM/ST1/SE1")).frames == 6
            assert len(bench.newest.entries) == 1

    asyncio.run(story())


def test_a_disc_is_its_studies_and_not_its_logo(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as bench:
            for number, pixels in enumerate(voxels()):
                data = dataset(pixels, ImagePositionPatient=[0, 0, 2.5 * number])
                save_bare(data, bench.drop / "disc" / "DICOM" / "SE1" / f"IM{number}")
                save_bare(data, bench.drop / "disc" / "OLD" / f"X.{number}.IMA")
            picture(bench.drop / "disc" / "logo.png")
            (bench.drop / "disc" / "README.TXT").write_text("run viewer.exe")
            assert (await bench.ready("disc/DICOM/SE1")).frames == 6
            assert (await bench.ready("disc/OLD")).frames == 6
            assert len(bench.newest.entries) == 2

    asyncio.run(story())
