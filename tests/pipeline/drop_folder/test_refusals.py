"""Bad files, and files and folders that may not be read."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.drop_folder.folder_bench import movie, picture, probe, running
from tests.pipeline.workers.worker_bench import until

NOBODY = 65534


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder of an ordinary user, and the rights of one: for root there are no permissions."""
    folder = Path(tempfile.mkdtemp(prefix="drop-"))
    before = os.geteuid()
    if before == 0:
        os.chown(folder, NOBODY, -1)
        os.seteuid(NOBODY)
    try:
        yield folder
    finally:
        os.seteuid(before)
        shutil.rmtree(folder)


def test_a_bad_file_is_listed_with_its_reason_and_a_note_until_it_is_replaced(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as bench:
            bad = bench.drop / "clip.mp4"
            bad.write_bytes(b"no video at all")
            failed = await bench.failed("clip.mp4")
            await until(lambda: any((bench.work / "quarantine").glob("*.txt")))
            (note,) = (bench.work / "quarantine").glob("*.txt")
            assert failed.reason in note.read_text()
            assert bad.read_bytes() == b"no video at all"
            movie(bad)
            await bench.ready("clip.mp4")
            await until(lambda: not note.exists())

    asyncio.run(story())


def test_a_bad_file_that_does_not_change_is_probed_once(tmp_path: Path) -> None:
    async def story() -> None:
        paths: list[Path] = []

        async def counted(path: Path):
            paths.append(path)
            return await probe(path)

        async with running(tmp_path, look=counted) as bench:
            (bench.drop / "bad.mp4").write_bytes(b"x" * 100)
            entry = await bench.failed("bad.mp4")
            await bench.rounds(5)
            assert len(paths) == 1
            bench.watcher.retry_entry(entry.entry_id)
            await bench.until(lambda: len(paths) == 2)
            await bench.failed("bad.mp4")

    asyncio.run(story())


def test_a_file_without_permission_fails_and_is_taken_once_it_may_be_read(unprivileged: Path) -> None:
    async def story() -> None:
        async with running(unprivileged) as bench:
            movie(unprivileged / "clip.mp4")
            (unprivileged / "clip.mp4").chmod(0)
            (unprivileged / "clip.mp4").rename(bench.drop / "clip.mp4")
            assert "may not be read" in (await bench.failed("clip.mp4")).reason
            (bench.drop / "clip.mp4").chmod(0o400)
            await bench.ready("clip.mp4")

    asyncio.run(story())


def test_a_folder_without_permission_says_so_and_hides_nothing_else(unprivileged: Path) -> None:
    async def story() -> None:
        async with running(unprivileged) as bench:
            movie(bench.drop / "clip.mp4")
            picture(bench.drop / "closed" / "1.png")
            (bench.drop / "closed").chmod(0)
            assert "may not be read" in (await bench.failed("closed")).reason
            await bench.ready("clip.mp4")
            (bench.drop / "closed").chmod(0o700)
            await bench.ready("closed")
            bench.drop.chmod(0)
            bench.watcher.rescan()
            await bench.until(lambda: "may not be read" in bench.newest.folder.problem)
            bench.drop.chmod(0o700)
            await bench.until(lambda: not bench.newest.folder.problem and bench.entry("clip.mp4").can_open)

    asyncio.run(story())


def test_a_read_only_folder_is_served_like_any_other(unprivileged: Path) -> None:
    async def story() -> None:
        drop = unprivileged / "drop"
        movie(drop / "clip.mp4")
        (drop / "bad.mp4").write_bytes(b"x")
        (drop / "clip.mp4").chmod(0o400)
        drop.chmod(0o500)
        async with running(unprivileged) as bench:
            await bench.ready("clip.mp4")
            await bench.failed("bad.mp4")
        drop.chmod(0o700)
        assert sorted(path.name for path in drop.iterdir()) == ["bad.mp4", "clip.mp4"]

    asyncio.run(story())
