"""Small pictures and cuts of a film come from a worker of their own, also after that was killed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.messages.events import SequenceClosed, SequenceRequested, ThumbnailsWanted
from app.messages.picture import ThumbnailPictures
from app.messages.snapshot import Snapshot
from app.pipeline.host import PipelineHost
from app.pipeline.options import Options
from app.pipeline.pipeline import Pipeline
from app.storage.workspace.frame_differences import VERSION

FRAMES, CUT = 90, 40
PATIENCE = 120.0  # seconds, for a busy machine


class Watcher:
    """The newest of what a pipeline publishes."""

    def __init__(self, host: PipelineHost) -> None:
        self.host, self.snapshot, self.pictures = host, Snapshot(), ThumbnailPictures("", ())

    def until(self, condition: Callable[[], object]) -> None:
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            update = self.host.poll()
            self.snapshot = update.snapshot or self.snapshot
            self.pictures = update.thumbnails or self.pictures
            if condition():
                return
            time.sleep(0.01)
        raise TimeoutError("The pipeline did not get there in time.")

    def pid(self) -> int | None:
        async def ask(pipeline: Pipeline) -> int | None:
            return pipeline.services.worker_pid("thumbnailer")

        return self.host.run_coroutine(ask)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shots: red above blue, then green beside white."""
    path = tmp_path_factory.mktemp("film") / "two shots.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (160, 90))
    for number in range(FRAMES):
        frame = np.zeros((90, 160, 3), np.uint8)
        if number < CUT:
            frame[:45], frame[45:] = (0, 0, 220), (220, 0, 0)
        else:
            frame[:, :80], frame[:, 80:] = (0, 220, 0), (255, 255, 255)
        writer.write(frame)
    writer.release()
    return path


@pytest.fixture
def watcher(tmp_path: Path, film: Path) -> Iterator[Watcher]:
    with PipelineHost(Options(tmp_path / "work", engine="classic", prefetch=False)) as host:
        found = Watcher(host)
        host.post(SequenceRequested(str(film)))
        found.until(lambda: found.snapshot.sequence.info is not None)
        yield found


def test_pictures_and_cuts_come_and_are_kept(watcher: Watcher, tmp_path: Path) -> None:
    host = watcher.host
    assert watcher.pid() is None  # Nobody has asked, as without a window.
    host.post(ThumbnailsWanted(((0, 30), (30, 60), (60, 90)), 64, 18))
    watcher.until(lambda: len(watcher.pictures.pictures) == 3 and watcher.snapshot.sequence.cuts == (CUT,))
    first, _, last = (tile.image for tile in watcher.pictures.pictures)
    assert first.shape == (18, 32, 4)
    assert first[2, 16, 0] > 150 and last[9, 4, 1] > 150 > last[9, 4, 0]

    lost = watcher.pid()
    assert lost is not None
    os.kill(lost, signal.SIGKILL)
    host.post(ThumbnailsWanted(((10, 20), (50, 60)), 64, 18))
    watcher.until(lambda: [tile.frame for tile in watcher.pictures.pictures] == [10, 50])

    assert len(list((tmp_path / "work").rglob(f"*.differences{VERSION}"))) == 1
    host.post(SequenceClosed())
    watcher.until(lambda: watcher.snapshot.sequence.info is None)
    watcher.until(lambda: watcher.pid() is None)  # The film is let go of.
