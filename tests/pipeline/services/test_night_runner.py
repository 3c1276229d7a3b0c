"""The night queue of a running pipeline: real runs, a person who comes back, and a list that others write to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from app.domain.batch_jobs import BatchEntry, BatchJob, TimeWindow
from app.headless import Annotator
from app.messages import events as ev
from app.messages.events.night import JobsQueued, JobsRemoved, NightHoursChosen, PersonSeen
from app.messages.snapshot import Snapshot
from app.pipeline.host import PipelineHost
from app.pipeline.options import NightOptions, Options
from app.storage.demo.demo_sequence import write_demo
from app.storage.workspace.batch_list import NAME, BatchList
from tests.helpers.films import copy_as_another

PATIENCE = 300.0  # seconds; a busy machine starts workers slowly
SHORT, LONG = 6, 400  # frames: done in a moment, and not while a test looks


class Night:
    """A pipeline with a queue, and what it shows."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.work = folder, folder / "work"
        self._changed = threading.Condition()
        self.snapshot = Snapshot()
        options = Options(self.work, engine="classic", device="cpu", night=NightOptions(None, 0.0))
        self.host = PipelineHost(options, self._take)

    def _take(self, snapshot: Snapshot) -> None:
        with self._changed:
            self.snapshot = snapshot
            self._changed.notify_all()

    def until(self, condition: Callable[[Snapshot], object]) -> Snapshot:
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self.snapshot), PATIENCE), self.snapshot.night
            return self.snapshot

    def entry(self, name: str, snapshot: Snapshot | None = None) -> BatchEntry | None:
        return (snapshot or self.snapshot).night.entry_of(str(self.folder / name), None)

    def status(self, name: str, snapshot: Snapshot | None = None) -> str:
        found = self.entry(name, snapshot)
        return found.status if found is not None else ""

    def queue(self, *names: str, **options: Any) -> None:
        self.host.post(JobsQueued(tuple(BatchJob(str(self.folder / name), **options) for name in names)))


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    folder = tmp_path_factory.mktemp("night")
    with Annotator(folder / "work", device="cpu", engine="classic") as annotator:
        for frames, names in ((SHORT, ("short.mp4", "other.mp4")), (LONG, ("long.mp4",))):
            demo = write_demo(folder / f"demo{frames}", frames=frames, width=96, height=64)
            for name in names:
                annotator.open(copy_as_another(demo.video, folder / name))
                thing = annotator.add_object(annotator.add_label("thing"))
                annotator.set_mask(0, thing, np.pad(np.ones((24, 24), bool), ((20, 20), (36, 36))))
    (folder / "broken.mp4").write_text("no film")
    shown = Night(folder)
    shown.until(lambda snapshot: snapshot.models.engine)
    yield shown
    shown.host.close()


def test_a_queue_is_done_also_the_open_sequence_and_what_fails_is_named(night: Night) -> None:
    night.host.post(ev.SequenceRequested(str(night.folder / "other.mp4")))
    night.until(lambda snapshot: snapshot.sequence.info)
    night.queue("short.mp4", "broken.mp4", "other.mp4", exports=("png",), into=str(night.folder / "out"))
    night.until(lambda snapshot: night.status("other.mp4", snapshot) == "done")
    assert [entry.status for entry in night.snapshot.night.entries] == ["done", "failed", "done"]
    assert "not a video" in night.entry("broken.mp4").problem
    assert night.entry("short.mp4").frames == SHORT - 1
    assert len(list((night.folder / "out" / "short" / "mask").glob("*.png"))) == SHORT
    assert night.until(lambda snapshot: not snapshot.night.is_running).sequence.info is None


def test_a_person_who_comes_back_has_the_machine_and_the_job_waits(night: Night) -> None:
    night.queue("long.mp4", any_hour=True)
    night.until(lambda snapshot: (entry := night.entry("long.mp4", snapshot)) and entry.share > 0)
    runs = runners()
    night.host.post(NightHoursChosen(None, 600.0))
    night.host.post(PersonSeen())
    night.until(lambda snapshot: not snapshot.night.is_running and night.status("long.mp4") == "waiting")
    assert runs and not runners()
    assert night.entry("long.mp4").tries == 0
    # The lock of its workspace is free: the sequence opens, with what the run has made.
    night.host.post(ev.SequenceRequested(str(night.folder / "long.mp4")))
    night.until(lambda snapshot: snapshot.sequence.info and snapshot.tracks)
    made = LONG - night.snapshot.tracks[0].statuses.count(0)
    assert 1 < made < LONG
    night.host.post(JobsRemoved((night.entry("long.mp4").job_id,)))
    night.until(lambda snapshot: not night.entry("long.mp4", snapshot))


def test_outside_the_hours_nothing_runs_and_other_programs_are_heeded(night: Night) -> None:
    soon = datetime.now() + timedelta(hours=2)
    night.host.post(NightHoursChosen(TimeWindow(soon.time(), (soon + timedelta(hours=1)).time()), 0.0))
    jobs = BatchList(night.work / NAME)
    jobs.add([BatchJob(str(night.folder / "short.mp4"))])
    night.until(lambda snapshot: night.status("short.mp4", snapshot) == "waiting")
    jobs.add([BatchJob("later.mp4")])  # seen with the next look, which could have begun a run
    night.until(lambda snapshot: snapshot.night.entry_of("later.mp4", None))
    assert not night.snapshot.night.is_running
    with jobs.running():
        night.host.post(NightHoursChosen(None, 0.0))
        night.until(lambda snapshot: any("Another program" in toast.text for toast in snapshot.toasts))
    jobs.path.write_text("{")
    night.until(lambda snapshot: any("no list of jobs" in toast.text for toast in snapshot.toasts))
    assert jobs.path.read_text() == "{"


def runners() -> list[int]:
    """The process ids of batches that this process has started."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):
            found += [child.pid] * ("batch" in child.cmdline())
    return found
