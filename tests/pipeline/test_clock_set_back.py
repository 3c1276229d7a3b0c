"""The clock of the machine is set back, or files come from one whose clock is wrong: nothing is lost or shuffled."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.domain.effort import time_edits
from app.domain.worklist.sorting import sort_entries
from app.domain.worklist.transitions import begin_work
from app.headless import Annotator
from app.storage.demo.demo_sequence import write_demo
from app.storage.exporters.effort_export import read_logged_edits
from tests.pipeline.drop_folder.folder_bench import movie, running

DAY = 86_400.0
FUTURE, PAST = 4_102_444_800, -86_400


@pytest.fixture
def set_back(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Set the program's clock back by seconds, once or several times."""
    right, behind = time.time, [0.0]

    def do(seconds: float) -> None:
        behind[0] += seconds

    monkeypatch.setattr(time, "time", lambda: right() - behind[0])
    return do


def test_work_goes_on_in_its_order_when_the_clock_is_set_back(
    tmp_path: Path, set_back: Callable[[float], None]
) -> None:
    film = write_demo(tmp_path / "film", 12, 160, 120).video
    masks = [np.arange(160)[None, :].repeat(120, 0) < 20 * (n + 1) for n in range(4)]
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        a.open(film)
        thing = a.add_object(a.add_label("thing"))
        for mask in masks:
            a.set_mask(0, thing, mask)
            set_back(DAY)
        a.undo()
        assert np.array_equal(a.mask(0, thing), masks[2])
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        a.open(film)
        assert np.array_equal(a.mask(0, thing), masks[2])
        a.redo()
        assert np.array_equal(a.mask(0, thing), masks[3])
        for mask in reversed(masks[:3]):
            a.undo()
            assert np.array_equal(a.mask(0, thing), mask)
    (journal,) = (tmp_path / "work").glob("*/journal*.sqlite3")
    spent = time_edits(read_logged_edits(journal))
    assert len(spent) >= len(masks) and all(seconds >= 0 for _, seconds in spent)


def test_sequences_stay_in_the_order_in_which_they_came(
    tmp_path: Path, set_back: Callable[[float], None]
) -> None:
    async def story() -> None:
        names = [f"{name}.mp4" for name in ("third", "second", "first")]
        async with running(tmp_path) as bench:
            for seed, name in enumerate(names):
                movie(bench.drop / name, seed=seed)
                await bench.ready(name)
                set_back(DAY)
            assert [entry.name for entry in sort_entries(bench.newest.entries)] == names
        async with running(tmp_path) as bench:
            await bench.until(lambda: len(bench.newest.entries) == len(names))
            assert [entry.name for entry in sort_entries(bench.newest.entries)] == names

    asyncio.run(story())


@pytest.mark.parametrize("stamp", [FUTURE, PAST])
def test_a_file_of_another_time_is_taken_once_and_its_replacement_is_noticed(
    tmp_path: Path, stamp: int
) -> None:
    async def story() -> None:
        async with running(tmp_path) as bench:
            movie(tmp_path / "made.mp4")
            os.utime(tmp_path / "made.mp4", (stamp, stamp))
            (tmp_path / "made.mp4").rename(bench.drop / "clip.mp4")
            worked = begin_work(await bench.ready("clip.mp4"), at=1.0)
            bench.worklist.put(worked)
            await bench.rounds()
            assert bench.newest.entry(worked.entry_id) == worked
            movie(tmp_path / "made.mp4", frames=7, seed=1)
            os.utime(tmp_path / "made.mp4", (stamp - 10, stamp - 10))
            (tmp_path / "made.mp4").rename(bench.drop / "clip.mp4")
            assert (await bench.ready("clip.mp4")).frames == 7
            assert bench.newest.entry(worked.entry_id).missing

    asyncio.run(story())
