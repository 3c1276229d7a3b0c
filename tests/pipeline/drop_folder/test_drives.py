"""Drop folders on drives that come, go and tell nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.pipeline.drop_folder import change_monitor
from app.pipeline.drop_folder.observer import FolderObserver
from tests.pipeline.drop_folder.folder_bench import INTERVALS, movie, running
from tests.pipeline.workers.worker_bench import until


@pytest.mark.parametrize("use_events", [True, False])
def test_an_unplugged_folder_says_so_and_comes_back_by_itself(tmp_path: Path, use_events: bool) -> None:
    async def story() -> None:
        async with running(tmp_path, use_events=use_events) as bench:
            movie(bench.drop / "clip.mp4")
            entry = await bench.ready("clip.mp4")
            bench.drop.rename(tmp_path / "unplugged")
            await bench.until(lambda: bench.newest.folder.problem)
            assert "not there" in bench.newest.folder.problem
            assert bench.entry("clip.mp4").missing
            assert bench.entry("clip.mp4").status == "ready, file missing"
            (tmp_path / "unplugged").rename(bench.drop)
            await bench.until(lambda: not bench.newest.folder.problem and bench.entry("clip.mp4") == entry)
            movie(bench.drop / "next.mp4", seed=1)
            await bench.ready("next.mp4")
            assert bench.newest.folder.has_events is use_events

    asyncio.run(story())


def test_an_empty_mount_point_in_place_of_the_folder_forgets_nothing(tmp_path: Path) -> None:
    """What is left of an unplugged drive is often an empty folder of the same name."""

    async def story() -> None:
        async with running(tmp_path, use_events=True) as bench:
            movie(bench.drop / "clip.mp4")
            entry = await bench.ready("clip.mp4")
            bench.drop.rename(tmp_path / "drive")
            bench.drop.mkdir()
            await bench.until(lambda: bench.entry("clip.mp4").missing)
            await bench.rounds()
            bench.drop.rmdir()
            (tmp_path / "drive").rename(bench.drop)
            await bench.until(lambda: bench.entry("clip.mp4") == entry)

    asyncio.run(story())


def test_a_folder_that_is_not_there_at_the_start_is_awaited(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, make=False) as bench:
            await bench.until(lambda: "not there" in bench.newest.folder.problem)
            movie(bench.drop / "clip.mp4")
            await bench.ready("clip.mp4")

    asyncio.run(story())


def test_a_watch_that_gives_no_events_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads of the watch have died unseen before; a scan finds what they missed and starts them afresh."""
    observers: list[FolderObserver] = []

    class FirstDeaf(FolderObserver):
        def __init__(self, folder: str, on_hint: Callable[[str], None]) -> None:
            super().__init__(folder, on_hint if observers else lambda name: None)
            observers.append(self)

    async def story() -> None:
        monkeypatch.setattr(change_monitor, "FolderObserver", FirstDeaf)
        monkeypatch.setattr(change_monitor, "LATE", 0.0)
        async with running(tmp_path, use_events=True, intervals=replace(INTERVALS, rescan=0.3)) as bench:
            await bench.until(lambda: bench.newest.folder.has_events)
            movie(bench.drop / "clip.mp4")
            await bench.ready("clip.mp4")
            await until(lambda: len(observers) > 1)

    asyncio.run(story())
