"""Nothing is taken while it is being copied: real slow copies, renames, interruptions."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.worklist.entry import EntryState
from tests.pipeline.drop_folder.folder_bench import DELAYS, content, movie, picture, running

SLOW = """
import os, sys, time
target, source, pause = sys.argv[1], sys.argv[2], float(sys.argv[3])
data = open(source, "rb").read()
with open(target, "wb", buffering=0) as file:
    for start in range(0, len(data), len(data) // 5 + 1):
        file.write(data[start : start + len(data) // 5 + 1])
        print("piece", flush=True)
        sys.stdin.readline() if pause < 0 else time.sleep(pause)
print("closed", flush=True)
"""


@pytest.mark.parametrize("use_events", [True, False])
def test_a_dropped_video_becomes_ready_with_its_length(tmp_path: Path, use_events: bool) -> None:
    async def story() -> None:
        async with running(tmp_path, use_events=use_events) as bench:
            movie(bench.drop / "clip.mp4", frames=7)
            entry = await bench.ready("clip.mp4")
            assert (entry.frames, entry.kind, entry.fps) == (7, "video", 10.0)
            assert bench.seen["clip.mp4"] == [EntryState.ARRIVING, EntryState.CHECKING, EntryState.READY]

    asyncio.run(story())


def test_a_file_held_open_is_not_taken_however_long_its_writer_rests(tmp_path: Path) -> None:
    """Another process writes, and between two pieces rests until the watcher has had every chance to err."""

    async def story() -> None:
        source = tmp_path / "source.ts"
        movie(source, frames=20)
        async with running(tmp_path) as bench:
            writer = await _slow_writer(bench.drop / "clip.ts", source, -1)
            await bench.reaches("clip.ts", EntryState.ARRIVING)
            for _ in range(5):
                assert await _line(writer) == b"piece\n"
                await bench.until(lambda: bench.entry("clip.ts").reason)
                await bench.rounds(2)
                assert bench.seen["clip.ts"] == [EntryState.ARRIVING]
                _go_on(writer)
            assert (await bench.ready("clip.ts")).frames == 20
            await writer.wait()

    asyncio.run(story())


def test_a_file_that_grows_by_appending_is_taken_once_and_whole(tmp_path: Path) -> None:
    """The writer opens and closes the file for each piece, so only its growth gives it away."""

    async def story() -> None:
        data = content(".ts", frames=30, folder=tmp_path)
        async with running(tmp_path, delays=replace(DELAYS, sure=1.5)) as bench:
            await asyncio.to_thread(_append, bench.drop / "clip.ts", data, 16, 0.15)
            assert (await bench.ready("clip.ts")).frames == 30
            assert bench.seen["clip.ts"] == [EntryState.ARRIVING, EntryState.CHECKING, EntryState.READY]

    asyncio.run(story())


@pytest.mark.parametrize(
    "draft", ["clip.mp4.part", ".clip.mp4.Xa4", "clip.mp4.tmp", "clip.crdownload", "~clip.mp4"]
)
def test_a_draft_is_nothing_until_it_is_renamed(tmp_path: Path, draft: str) -> None:
    async def story() -> None:
        async with running(tmp_path) as bench:
            movie(bench.drop / draft.replace(draft, "made.mp4"))
            (bench.drop / "made.mp4").rename(bench.drop / draft)
            movie(bench.drop / "other.mp4", seed=1)
            await bench.ready("other.mp4")
            await bench.rounds()
            assert draft not in bench.seen
            (bench.drop / draft).rename(bench.drop / "clip.mp4")
            await bench.ready("clip.mp4")

    asyncio.run(story())


def test_a_reserved_file_waits_for_the_draft_beside_it(tmp_path: Path) -> None:
    """A browser reserves the name with an empty file and fills another one."""

    async def story() -> None:
        data = content(folder=tmp_path)
        async with running(tmp_path) as bench:
            (bench.drop / "clip.mp4.part").write_bytes(data[:100])
            (bench.drop / "clip.mp4").touch()
            await bench.reaches("clip.mp4", EntryState.ARRIVING)
            (bench.drop / "clip.mp4.part").write_bytes(data)
            os.replace(bench.drop / "clip.mp4.part", bench.drop / "clip.mp4")
            await bench.ready("clip.mp4")
            assert EntryState.FAILED not in bench.seen["clip.mp4"]

    asyncio.run(story())


def test_an_interrupted_copy_fails_and_is_taken_when_it_is_resumed(tmp_path: Path) -> None:
    async def story() -> None:
        data = content(folder=tmp_path)
        async with running(tmp_path) as bench:
            (bench.drop / "clip.mp4").write_bytes(data[: len(data) // 2])
            failed = await bench.failed("clip.mp4")
            assert "not a video" in failed.reason
            with (bench.drop / "clip.mp4").open("ab") as file:
                file.write(data[len(data) // 2 :])
            ready = await bench.ready("clip.mp4")
            assert ready.entry_id == failed.entry_id
            assert ready.reason == ""

    asyncio.run(story())


def test_a_stalled_copy_that_opens_too_early_is_taken_again_when_it_grows(tmp_path: Path) -> None:
    async def story() -> None:
        data = content(".ts", frames=30, folder=tmp_path)
        async with running(tmp_path) as bench:
            (bench.drop / "clip.ts").write_bytes(data[: len(data) // 2])
            early = await bench.ready("clip.ts")
            assert early.frames < 30
            with (bench.drop / "clip.ts").open("ab") as file:
                file.write(data[len(data) // 2 :])
            await bench.until(lambda: bench.entry("clip.ts").frames == 30)
            assert [entry.entry_id for entry in bench.newest.entries] == [early.entry_id]

    asyncio.run(story())


def test_a_file_that_changes_while_it_is_checked_arrives_once_more(tmp_path: Path) -> None:
    async def story() -> None:
        from tests.pipeline.drop_folder.folder_bench import probe

        path = tmp_path / "drop" / "clip.mp4"
        lengths: list[int] = []

        async def slow(source: Path):
            found = await probe(source)
            lengths.append(found[0].info.frames)
            if len(lengths) == 1:
                movie(path, frames=9, seed=5)
            return found

        async with running(tmp_path, look=slow) as bench:
            movie(path, frames=4)
            await bench.ready("clip.mp4")
            assert lengths == [4, 9]
            assert bench.entry("clip.mp4").frames == 9

    asyncio.run(story())


def test_an_image_folder_copied_file_by_file_is_taken_whole(tmp_path: Path) -> None:
    async def story() -> None:
        for number in range(12):
            picture(tmp_path / "source" / f"{number:03}.png", number)
        async with running(tmp_path, delays=replace(DELAYS, folder=1.5)) as bench:
            await asyncio.to_thread(_copy_slowly, tmp_path / "source", bench.drop / "study", 0.15)
            entry = await bench.ready("study")
            assert (entry.kind, entry.frames) == ("folder", 12)
            assert bench.seen["study"] == [EntryState.ARRIVING, EntryState.CHECKING, EntryState.READY]

    asyncio.run(story())


def test_two_hundred_files_at_once_all_arrive(tmp_path: Path) -> None:
    async def story() -> None:
        source = tmp_path / "source"
        for number in range(200):
            movie(source / f"clip {number}.mp4", frames=2, seed=number)
        async with running(tmp_path, use_events=True) as bench:
            copier = threading.Thread(
                target=shutil.copytree, args=(source, bench.drop), kwargs={"dirs_exist_ok": True}
            )
            copier.start()
            await bench.until(lambda: _count(bench, EntryState.READY) == 200)
            copier.join()
            assert {entry.name for entry in bench.newest.entries} == {f"clip {n}.mp4" for n in range(200)}
            assert all(EntryState.FAILED not in states for states in bench.seen.values())

    asyncio.run(story())


def _count(bench, state: EntryState) -> int:
    return sum(entry.state is state for entry in bench.newest.entries)


async def _slow_writer(target: Path, source: Path, pause: float) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    words = (sys.executable, "-c", SLOW, str(target), str(source), str(pause))
    return await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe)


async def _line(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout is not None
    return await process.stdout.readline()


def _go_on(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    process.stdin.write(b"\n")


def _append(target: Path, data: bytes, pieces: int, pause: float) -> None:
    waiter = threading.Event()
    size = len(data) // pieces + 1
    for start in range(0, len(data), size):
        with target.open("ab") as file:
            file.write(data[start : start + size])
        waiter.wait(pause)


def _copy_slowly(source: Path, target: Path, pause: float) -> None:
    target.mkdir()
    waiter = threading.Event()
    for file in sorted(source.iterdir()):
        shutil.copy(file, target)
        waiter.wait(pause)
