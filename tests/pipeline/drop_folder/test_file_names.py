"""File names of every kind on their way into the worklist."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from app.domain.worklist.entry import EntryState
from tests.pipeline.drop_folder.folder_bench import movie, running


@pytest.mark.parametrize(
    "name",
    [
        "Übung 3 – Kopie.mp4",
        "内視鏡.mp4",
        "کلیپ\u200cها.mp4",
        "👩‍⚕️.mp4",
        "with\nbreak.mp4",
        "q?\"'*.mp4",
        "--help.mp4",
    ],
)
def test_names_in_any_script(tmp_path: Path, name: str) -> None:
    async def story() -> None:
        async with running(tmp_path) as bench:
            movie(bench.drop / name)
            await bench.until(lambda: [entry.state for entry in bench.newest.entries] == [EntryState.READY])
            entry = bench.newest.entries[0]
            assert Path(entry.path).name == name
            assert entry.name == name.replace("\n", "\ufffd")

    asyncio.run(story())


def test_a_name_that_is_not_unicode_is_taken_and_survives_a_restart(tmp_path: Path) -> None:
    async def story() -> None:
        raw = os.fsencode(tmp_path / "drop") + b"/m\xfcller.mp4"
        async with running(tmp_path) as bench:
            movie(bench.drop / "clip.mp4")
            os.rename(bench.drop / "clip.mp4", raw)
            entry = await bench.ready("m\ufffdller.mp4")
            assert os.fsencode(entry.path) == raw
        async with running(tmp_path) as bench:
            assert await bench.ready("m\ufffdller.mp4") == entry

    asyncio.run(story())
