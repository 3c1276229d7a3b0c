"""Folders that come file by file, under other names, or with things in them that are no files."""

from __future__ import annotations

import asyncio
import os
import shutil
import unicodedata
from dataclasses import replace
from pathlib import Path

from app.domain.worklist.entry import EntryState
from app.domain.worklist.transitions import begin_work
from tests.helpers.scans import voxels, write_series
from tests.pipeline.drop_folder.folder_bench import DELAYS, movie, running

WHOLE = [EntryState.ARRIVING, EntryState.CHECKING, EntryState.READY]
PAUSE = 0.15


def test_a_dicom_folder_copied_file_by_file_is_taken_whole(tmp_path: Path) -> None:
    """Each file comes as network copies write it, under a draft name that is then changed."""

    async def story() -> None:
        made = write_series(tmp_path / "made", voxels())
        async with running(tmp_path, delays=replace(DELAYS, folder=1.5)) as bench:
            (bench.drop / "study").mkdir()
            for file in made:
                draft = bench.drop / "study" / f"{file.name}.part"
                draft.write_bytes(file.read_bytes()[:100])
                await asyncio.sleep(PAUSE)
                draft.write_bytes(file.read_bytes())
                draft.rename(bench.drop / "study" / file.name)
            assert (await bench.ready("study")).frames == len(made)
            assert bench.seen["study"] == WHOLE

    asyncio.run(story())


def test_a_slice_that_comes_late_is_added_to_a_study_that_nobody_has_begun(tmp_path: Path) -> None:
    async def story() -> None:
        made = write_series(tmp_path / "made", voxels())
        async with running(tmp_path) as bench:
            (bench.drop / "study").mkdir()
            for file in made[:-1]:
                shutil.copy(file, bench.drop / "study")
            early = await bench.ready("study")
            shutil.copy(made[-1], bench.drop / "study")
            await bench.until(lambda: bench.entry("study").frames == len(made))
            assert [entry.entry_id for entry in bench.newest.entries] == [early.entry_id]

    asyncio.run(story())


def test_a_folder_renamed_when_it_is_whole_is_one_sequence_under_its_last_name(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as bench:
            write_series(bench.drop / ".incoming" / "study", voxels())
            movie(bench.drop / "other.mp4")
            await bench.ready("other.mp4")
            await bench.rounds()
            assert list(bench.seen) == ["other.mp4"]
            (bench.drop / ".incoming" / "study").rename(bench.drop / "study")
            entry = await bench.ready("study")
            (bench.drop / "study").rename(bench.drop / "patient 7")
            renamed = await bench.ready("patient 7")
            assert renamed.fingerprint == entry.fingerprint
            await bench.until(lambda: bench.entry("study") is None)

    asyncio.run(story())


def test_a_folder_removed_and_copied_again_keeps_its_work(tmp_path: Path) -> None:
    async def story() -> None:
        write_series(tmp_path / "made", voxels())
        async with running(tmp_path) as bench:
            shutil.copytree(tmp_path / "made", bench.drop / "study")
            worked = begin_work(await bench.ready("study"), at=1.0)
            bench.worklist.put(worked)
            shutil.rmtree(bench.drop / "study")
            await bench.until(lambda: bench.entry("study").missing)
            shutil.copytree(tmp_path / "made", bench.drop / "study")
            await bench.until(lambda: not bench.entry("study").missing)
            (entry,) = bench.newest.entries
            assert (entry.entry_id, entry.state) == (worked.entry_id, EntryState.IN_WORK)

    asyncio.run(story())


def test_a_file_and_then_a_folder_of_the_same_name(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as bench:
            movie(bench.drop / "study.avi")
            await bench.ready("study.avi")
            (bench.drop / "study.avi").unlink()
            write_series(bench.drop / "study.avi", voxels())
            await bench.until(lambda: (entry := bench.entry("study.avi")) and entry.kind == "volume")
            assert bench.entry("study.avi").can_open and len(bench.newest.entries) == 1

    asyncio.run(story())


def test_names_that_look_alike_and_names_of_full_length_are_files_of_their_own(tmp_path: Path) -> None:
    async def story() -> None:
        composed, parted = unicodedata.normalize("NFC", "März.mp4"), unicodedata.normalize("NFD", "März.mp4")
        longest = "長" * 83 + ".mp4"
        names = (composed, parted, longest, "MÄRZ.mp4", "مقطع.mp4")
        async with running(tmp_path) as bench:
            for seed, name in enumerate(names):
                movie(bench.drop / name, seed=seed)
            await bench.until(lambda: sum(entry.can_open for entry in bench.newest.entries) == len(names))
            assert {Path(entry.path).name for entry in bench.newest.entries} == set(names)

    asyncio.run(story())


def test_a_folder_whose_name_is_not_unicode_is_taken(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as bench:
            write_series(tmp_path / "made", voxels())
            target = os.path.join(os.fsencode(bench.drop), b"patient \xff\xfe")
            os.rename(tmp_path / "made", target)
            entry = await bench.ready("patient \ufffd\ufffd")
            assert os.fsencode(entry.path) == target

    asyncio.run(story())
