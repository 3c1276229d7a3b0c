"""The worker that exports and imports is there in time, and in spite of a bad start."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.errors import WorkerHung
from app.headless import Annotator
from app.pipeline import exchanging
from app.pipeline.supervisor import Worker
from app.storage.demo import write_demo


@pytest.fixture
def annotator(tmp_path: Path) -> Iterator[Annotator]:
    demo = write_demo(tmp_path, 2, 64, 48)
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        a.open(demo.video)
        yield a


def is_there() -> bool:
    """Whether this process has an exchange worker."""
    return any("exchange" in child.cmdline() for child in psutil.Process().children())


def test_it_starts_before_anybody_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchanging, "LULL_SECONDS", 0.1)
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        a.open(write_demo(tmp_path, 2, 64, 48).video)
        while not is_there():
            time.sleep(0.05)


def test_a_start_that_failed_is_tried_again(
    annotator: Annotator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, failures = Worker.start, [WorkerHung("The worker was not ready.")]

    async def late(worker: Worker) -> None:
        if failures:
            raise failures.pop()
        await start(worker)

    monkeypatch.setattr(Worker, "start", late)
    with pytest.raises(WorkerHung):
        annotator.export("coco", tmp_path / "out")
    assert annotator.export("coco", tmp_path / "out")
