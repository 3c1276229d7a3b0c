"""A night: one bad sequence stops no other, and after a kill the rest is done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.domain.annotation import Status
from app.domain.batch_jobs import MOST_TRIES, BatchJob
from app.domain.errors import ModelError
from app.headless import Annotator, Workspace
from app.headless.batch import BatchRunner
from app.storage.demo.demo_sequence import write_demo
from app.storage.workspace.batch_list import BatchList
from tests.helpers.films import copy_as_another, cut_off, square_mask, write_pictures

ROOT = Path(__file__).parents[2]
FRAMES = 12
PATIENCE = 300.0  # seconds; a busy machine starts workers slowly


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    """A workspace folder, and two films with a mask, one without, and one that is none."""
    folder = tmp_path_factory.mktemp("night")
    demo = write_demo(folder / "demo", frames=FRAMES, width=160, height=120)
    films = [copy_as_another(demo.video, folder / f"{name}.mp4") for name in ("first", "second", "empty")]
    (folder / "broken.mp4").write_text("no film")
    with Annotator(folder / "work", device="cpu", engine="classic") as annotator:
        for film in films[:2]:
            annotator.open(film)
            annotator.set_mask(
                0, annotator.add_object(annotator.add_label("thing")), demo.true_labels(0) == 1
            )
    return folder, [films[0], folder / "broken.mp4", films[2], films[1]]


def begin(folder: Path, *sources: Path) -> subprocess.Popen[str]:
    words = [*map(str, sources), "--workspace", folder / "work", "--list", folder / "night.json"]
    words += ["--frames", "0:", "--engine", "classic", "--export", "png", "--into", folder / "out"]
    command = [sys.executable, "-m", "framewise", "batch", *map(str, words)]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def statuses(folder: Path) -> list[str]:
    try:
        return [entry["status"] for entry in json.loads((folder / "night.json").read_text())["jobs"]]
    except OSError:
        return []


def test_a_night_with_bad_films_that_was_killed_is_done_by_the_next_run(
    films: tuple[Path, list[Path]],
) -> None:
    folder, sources = films
    night = begin(folder, *sources)
    end = time.monotonic() + PATIENCE
    while "running" not in statuses(folder) and time.monotonic() < end:
        time.sleep(0.05)
    os.killpg(night.pid, signal.SIGKILL)
    night.communicate()
    assert statuses(folder).count("done") < 2
    again = begin(folder)
    said, _ = again.communicate(timeout=PATIENCE)
    assert again.returncode == 1, said
    assert statuses(folder) == ["done", "failed", "failed", "done"], said
    assert "not a video" in said and "Nothing is annotated" in said
    for name in ("first", "second"):
        sequence = Workspace(folder / "work")[name]
        found = [frame.status(1) for frame in sequence]
        assert found == [Status.EDITED] + [Status.PROPAGATED] * (FRAMES - 1)
        assert len(list((folder / "out" / name / "mask").glob("*.png"))) == FRAMES


def test_a_picture_that_cannot_be_read_is_named_without_a_new_start_and_frames_before_it_count(
    tmp_path: Path,
) -> None:
    folder, started = write_pictures(tmp_path / "pictures", FRAMES), list[str]()

    def start(engine: str) -> Annotator:
        started.append(engine)
        return Annotator(tmp_path / "work", device="cpu", engine="classic")

    cut_off(folder / "007.png")
    with start("") as annotator:
        annotator.open(folder)
        annotator.set_mask(0, annotator.add_object(annotator.add_label("thing")), square_mask(0))
    jobs = BatchList(tmp_path / "night.json")
    jobs.add([BatchJob(str(folder))])
    BatchRunner(jobs, start).run()
    [entry] = jobs.read()
    assert entry.status == "failed" and "007.png" in entry.problem
    assert len(started) == 2, "once for the mask, once for the night"
    found = Workspace(tmp_path / "work")["pictures"].frames(status=Status.PROPAGATED)
    assert entry.frames == len(list(found)) > 0


def test_an_engine_that_does_not_start_is_tried_again_and_then_its_jobs_are_named(tmp_path: Path) -> None:
    jobs, tries = BatchList(tmp_path / "night.json"), []
    jobs.add([BatchJob("first.mp4", engine="a"), BatchJob("second.mp4", engine="a"), BatchJob("third.mp4")])

    def make(engine: str) -> Annotator:
        tries.append(engine)
        raise ModelError("The worker did not start: killed by SIGKILL.")

    BatchRunner(jobs, make).run()
    assert tries == ["a"] * MOST_TRIES + [""] * MOST_TRIES
    assert {entry.status for entry in jobs.read()} == {"failed"}
    assert all("did not start" in entry.problem for entry in jobs.read())


def test_a_defect_in_one_sequence_is_named_and_stops_no_other(tmp_path: Path) -> None:
    jobs = BatchList(tmp_path / "night.json")
    jobs.add([BatchJob("first.mp4", engine="a"), BatchJob("second.mp4", engine="b")])

    def make(engine: str) -> Annotator:
        raise ZeroDivisionError(engine)

    BatchRunner(jobs, make).run()
    assert [entry.status for entry in jobs.read()] == ["failed", "failed"]
    assert "ZeroDivisionError: b" in jobs.read()[1].problem
