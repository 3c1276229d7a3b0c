"""From the drop folder through a real worker process into the worklist."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import make_archive
from typing import Any

import cv2
import numpy as np

from app.domain.annotation import Annotation, Status
from app.domain.history import CellChange, Edit
from app.domain.worklist.entry import EntryState
from app.imaging.masks import encode
from app.pipeline.drop_folder import ProbeWorker
from app.pipeline.workers.shared_memory import SharedPool
from app.storage.workspace.identity import sequence_identity
from app.storage.workspace.journal import JournalEntry as JournalEntry
from app.storage.workspace.workspace import Workspace, folder_for
from tests.helpers.scans import voxels, write_series
from tests.pipeline.drop_folder.folder_bench import Bench, movie, picture, running
from tests.pipeline.drop_folder.trial_prober import MortalKind
from tests.pipeline.workers.worker_bench import is_gone, until


@asynccontextmanager
async def probing(root: Path, **options: Any) -> AsyncIterator[tuple[Bench, ProbeWorker]]:
    """Run a watcher that opens sources in a worker process."""
    with SharedPool.create(2**20) as pool:
        async with (
            ProbeWorker(pool, root / "work", {"OMP_NUM_THREADS": "1"}, **options) as prober,
            running(root, look=prober.probe, on_arrival=prober.start_early, use_events=True) as bench,
        ):
            yield bench, prober


def test_every_kind_of_source_becomes_ready_with_a_thumbnail(tmp_path: Path) -> None:
    async def story() -> None:
        async with probing(tmp_path) as (bench, _):
            movie(bench.drop / "clip.mp4", frames=6)
            picture(bench.drop / "frames" / "1.png")
            picture(bench.drop / "frames" / "2.png", seed=1)
            picture(bench.drop / "photo.png", seed=2)
            write_series(bench.drop / "scan", voxels())
            packed = make_archive(
                str(tmp_path / "study"), "zip", write_series(tmp_path / "a", voxels())[0].parent
            )
            Path(packed).rename(bench.drop / "study.zip")
            await bench.until(lambda: sum(entry.can_open for entry in bench.newest.entries) == 5)
            found = {entry.name: (entry.kind, entry.frames) for entry in bench.newest.entries}
            assert found == {
                "clip.mp4": ("video", 6),
                "frames": ("folder", 2),
                "photo.png": ("image", 1),
                "scan": ("volume", 6),
                "study.zip": ("volume", 6),
            }
            for entry in bench.newest.entries:
                thumbnail = cv2.imread(entry.thumbnail)
                assert thumbnail is not None and thumbnail.shape[1] <= 256 and thumbnail.std() > 0
            assert bench.entry("scan").modality == "CT"
            assert sorted(path.name for path in bench.drop.iterdir()) == [
                "clip.mp4",
                "frames",
                "photo.png",
                "scan",
                "study.zip",
            ]

    asyncio.run(story())


def test_series_of_one_folder_are_told_apart_and_a_bad_one_spoils_no_other(tmp_path: Path) -> None:
    async def story() -> None:
        async with probing(tmp_path) as (bench, _):
            files = []
            for number in (1, 2):
                stack, uid = voxels(seed=number), f"1.2.3.{number}"
                files += write_series(
                    tmp_path / str(number), stack, SeriesInstanceUID=uid, SeriesNumber=number
                )
            for number, file in enumerate(files):
                (bench.drop / "study").mkdir(exist_ok=True)
                file.rename(bench.drop / "study" / f"{number}.dcm")
            broken = write_series(tmp_path / "3", voxels(seed=3), SeriesInstanceUID="1.2.3.9", SeriesNumber=9)
            for file in broken:
                whole = file.read_bytes()
                (bench.drop / "study" / f"b{file.name}").write_bytes(whole[:-500])
            await bench.until(lambda: len(bench.newest.entries) == 3)
            states = {entry.series: entry.state for entry in bench.newest.entries}
            assert states["1.2.3.1"] is states["1.2.3.2"] is EntryState.READY
            assert len({entry.fingerprint for entry in bench.newest.entries if entry.can_open}) >= 2
            if states["1.2.3.9"] is EntryState.FAILED:
                assert next(e for e in bench.newest.entries if e.series == "1.2.3.9").reason

    asyncio.run(story())


def test_pipes_sockets_and_bad_links_inside_a_folder_spoil_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        async with probing(tmp_path) as (bench, _):
            for number in range(3):
                picture(bench.drop / "study" / f"{number}.png", number)
            os.mkfifo(bench.drop / "study" / "pipe")
            os.mkfifo(bench.drop / "study" / "pipe.png")
            (bench.drop / "study" / "gone.png").symlink_to("nowhere.png")
            assert (await bench.ready("study")).frames == 3
            assert "nowhere" in (await bench.failed("study/gone.png")).reason

    asyncio.run(story())


def test_a_source_that_is_cut_off_says_what_to_do(tmp_path: Path) -> None:
    async def story() -> None:
        async with probing(tmp_path) as (bench, _):
            whole = movie(tmp_path / "clip.mp4")
            (bench.drop / "clip.mp4").write_bytes(whole[: len(whole) // 2])
            assert "Copy the whole file again" in (await bench.failed("clip.mp4")).reason
            assert bench.entry("clip.mp4").reason.count("clip.mp4") == 0

    asyncio.run(story())


def test_a_prober_killed_at_work_is_replaced_and_the_source_tried_again(tmp_path: Path) -> None:
    async def story() -> None:
        async with probing(tmp_path) as (bench, prober):
            prober.start_early()
            await until(lambda: prober.pid is not None)
            pid = prober.pid
            assert pid is not None
            os.kill(pid, signal.SIGSTOP)
            movie(bench.drop / "clip.mp4")
            await bench.reaches("clip.mp4", EntryState.CHECKING)
            os.kill(pid, signal.SIGKILL)
            await bench.ready("clip.mp4")
            assert prober.pid != pid

    asyncio.run(story())


def test_a_source_that_kills_the_prober_every_time_fails_and_the_next_is_served(tmp_path: Path) -> None:
    async def story() -> None:
        async with probing(tmp_path, kind=MortalKind) as (bench, _):
            movie(bench.drop / "killer.mp4")
            assert "SIGSEGV" in (await bench.failed("killer.mp4")).reason
            movie(bench.drop / "next.mp4", seed=1)
            await bench.ready("next.mp4")
            assert bench.state("killer.mp4") is EntryState.FAILED

    asyncio.run(story())


def test_an_idle_prober_ends_and_comes_back(tmp_path: Path) -> None:
    async def story() -> None:
        async with probing(tmp_path, idle=0.05) as (bench, prober):
            movie(bench.drop / "clip.mp4")
            await bench.ready("clip.mp4")
            await until(lambda: prober.pid is None)
            movie(bench.drop / "next.mp4", seed=1)
            await bench.ready("next.mp4")

    asyncio.run(story())


def test_closing_ends_the_prober(tmp_path: Path) -> None:
    async def story() -> None:
        async with probing(tmp_path) as (_, prober):
            prober.start_early()
            await until(lambda: prober.pid is not None)
            pid = prober.pid
            assert pid is not None
        await until(lambda: is_gone(pid))

    asyncio.run(story())


def test_a_sequence_that_was_worked_on_before_comes_back_in_work(tmp_path: Path) -> None:
    """As after the worklist itself was lost: the workspace knows better."""

    async def story() -> None:
        movie(tmp_path / "clip.mp4")
        name = sequence_identity(tmp_path / "clip.mp4")
        mask = Annotation(encode(np.ones((48, 64), bool)), Status.EDITED, reference=True, version=1)
        with Workspace(folder_for(tmp_path / "work", "clip.mp4", name)) as workspace:
            edit = Edit(1, "Set mask", (CellChange(0, 1, None, mask),))
            workspace.journal.write([JournalEntry(edit, "done", 1.0)])
        async with probing(tmp_path) as (bench, _):
            (tmp_path / "clip.mp4").rename(bench.drop / "clip.mp4")
            await bench.reaches("clip.mp4", EntryState.IN_WORK)

    asyncio.run(story())
