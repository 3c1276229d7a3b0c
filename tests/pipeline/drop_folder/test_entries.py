"""Entries of the worklist while their files are taken away, doubled and replaced."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
from dataclasses import replace
from pathlib import Path

from app.domain.worklist.entry import EntryState
from app.domain.worklist.transitions import begin_work
from tests.pipeline.drop_folder.folder_bench import INTERVALS, movie, probe, running


def test_a_file_taken_away_leaves_the_list_unless_it_was_worked_on(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as bench:
            for number in range(2):
                movie(bench.drop / f"{number}.mp4", seed=number)
            worked = await bench.ready("0.mp4")
            await bench.ready("1.mp4")
            bench.worklist.put(begin_work(worked, at=1.0))
            (bench.drop / "0.mp4").rename(tmp_path / "0.mp4")
            (bench.drop / "1.mp4").unlink()
            await bench.until(lambda: bench.entry("1.mp4") is None and bench.entry("0.mp4").missing)
            (tmp_path / "0.mp4").rename(bench.drop / "renamed.mp4")
            entry = await bench.reaches("renamed.mp4", EntryState.IN_WORK)
            assert (entry.entry_id, entry.touched, entry.missing) == (worked.entry_id, 1.0, False)

    asyncio.run(story())


def test_the_same_content_twice_is_one_entry_that_outlives_either_file(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as bench:
            movie(bench.drop / "clip.mp4")
            first = await bench.ready("clip.mp4")
            shutil.copy(bench.drop / "clip.mp4", bench.drop / "clip (2).mp4")
            await bench.until(lambda: bench.notices)
            assert "clip (2).mp4 holds the same as clip.mp4" in bench.notices[0]
            await bench.rounds()
            assert [entry.entry_id for entry in bench.newest.entries] == [first.entry_id]
            (bench.drop / "clip.mp4").unlink()
            moved = await bench.ready("clip (2).mp4")
            assert moved.entry_id == first.entry_id
            movie(bench.drop / "clip (2).mp4", frames=9, seed=7)
            await bench.until(lambda: bench.entry("clip (2).mp4").frames == 9)

    asyncio.run(story())


def test_a_file_replaced_under_work_becomes_a_sequence_of_its_own(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as bench:
            movie(bench.drop / "clip.mp4")
            worked = begin_work(await bench.ready("clip.mp4"), at=1.0)
            bench.worklist.put(worked)
            movie(bench.drop / "clip.mp4", frames=8, seed=3)
            await bench.until(lambda: bench.state("clip.mp4") is EntryState.ARRIVING)
            assert (await bench.ready("clip.mp4")).frames == 8
            kept = bench.newest.entry(worked.entry_id)
            assert kept.missing and "replaced" in kept.reason and kept.state is EntryState.IN_WORK

    asyncio.run(story())


def test_a_touched_file_with_the_same_content_stays_the_same_sequence(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as bench:
            movie(bench.drop / "clip.mp4")
            worked = begin_work(await bench.ready("clip.mp4"), at=1.0)
            bench.worklist.put(worked)
            os.utime(bench.drop / "clip.mp4", (1, 1))
            await bench.until(lambda: bench.newest.entries[0].signature.modified != worked.signature.modified)
            (entry,) = bench.newest.entries
            assert (entry.entry_id, entry.state, entry.missing) == (
                worked.entry_id,
                EntryState.IN_WORK,
                False,
            )

    asyncio.run(story())


def test_what_came_while_the_program_was_off_is_found_and_what_was_done_is_kept(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as bench:
            movie(bench.drop / "old.mp4")
            entry = begin_work(await bench.ready("old.mp4"), at=2.0)
            bench.worklist.put(entry)
            await bench.watcher.flush()
        movie(tmp_path / "drop" / "new.mp4", seed=1)
        async with running(tmp_path) as bench:
            await bench.ready("new.mp4")
            assert bench.entry("old.mp4") == entry

    asyncio.run(story())


def test_probes_run_no_more_than_so_many_at_a_time(tmp_path: Path) -> None:
    async def story() -> None:
        counts: list[int] = [0]
        most: list[int] = []

        async def counted(path: Path):
            counts[0] += 1
            most.append(counts[0])
            await asyncio.sleep(0.02)
            counts[0] -= 1
            return await probe(path)

        async with running(tmp_path, look=counted, intervals=replace(INTERVALS, probes=2)) as bench:
            for number in range(10):
                movie(bench.drop / f"{number}.mp4", seed=number)
            await bench.until(lambda: sum(entry.can_open for entry in bench.newest.entries) == 10)
            assert max(most) == 2

    asyncio.run(story())


def test_an_intake_leaves_no_thread_and_no_descriptor_behind(tmp_path: Path) -> None:
    async def story(number: int) -> None:
        async with running(tmp_path, use_events=True) as bench:
            movie(bench.drop / f"{number}.mp4", seed=number)
            await bench.ready(f"{number}.mp4")

    asyncio.run(story(0))
    before = _holdings()
    for number in range(1, 4):
        asyncio.run(story(number))
    while _holdings() != before:
        threading.Event().wait(0.01)


def _holdings() -> tuple[int, int]:
    """Open descriptors and threads."""
    return len(os.listdir("/proc/self/fd")), threading.active_count()
