"""A comparison that the window begins runs in a process of its own: its progress, report, error and end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.domain.annotation import Status
from app.domain.errors import ExportError
from app.pipeline.services.comparison_process import run_comparison
from app.storage.workspace.identity import sequence_identity
from tests.helpers.clips import write_images
from tests.helpers.workspaces import SIZE, make_workspace

PATIENCE = 120.0  # seconds; a busy machine starts processes slowly
DRAWN = (Status.EDITED, 1.0)


@pytest.fixture
def works(tmp_path: Path) -> tuple[Path, Path]:
    """Two people drew on the same two folders of images."""
    for number in range(2):
        write_images(tmp_path / f"images{number}", [f"{number}a.png", f"{number}b.png"], SIZE)
        for name, shift in (("ada", 0), ("ben", 2)):
            source = tmp_path / f"images{number}"
            make_workspace(tmp_path / name, source, {(0, 1): DRAWN}, operator=name, shift=shift)
    return tmp_path / "ada", tmp_path / "ben"


def compare(
    works: tuple[Path, Path], folder: Path, told: list[tuple[int, int]], only: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """Compare; told takes the progress."""
    return asyncio.run(run_comparison(*works, folder, only, lambda *share: told.append(share)))


def test_it_tells_its_progress_and_writes_a_report_beside_earlier_ones(
    works: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "out" / "comparison").mkdir(parents=True)
    told: list[tuple[int, int]] = []
    paths = compare(works, tmp_path / "out", told)
    assert told == [(0, 2), (1, 2)]
    folder = tmp_path / "out" / "comparison_2"
    assert [Path(path) for path in paths] == [folder / "report.html", folder / "agreement.csv"]
    assert len((folder / "agreement.csv").read_text().splitlines()) == 3


def test_only_the_chosen_sequences_are_compared(works: tuple[Path, Path], tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    chosen = (sequence_identity(tmp_path / "images1"),)
    compare(works, tmp_path / "out", told, chosen)
    assert told == [(0, 1)]


def test_works_that_cannot_be_compared_are_named(works: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="nowhere.*no such file or folder"):
        compare((works[0], tmp_path / "nowhere"), tmp_path / "out", [])
    assert not (tmp_path / "out").exists()


def test_cancelling_ends_it_without_a_report(works: tuple[Path, Path], tmp_path: Path) -> None:
    async def begin_and_cancel() -> None:
        begun = asyncio.Event()
        task = asyncio.create_task(run_comparison(*works, tmp_path / "out", (), lambda *share: begun.set()))
        async with asyncio.timeout(PATIENCE):
            await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(begin_and_cancel())
    assert not (tmp_path / "out" / "comparison" / "report.html").exists()
