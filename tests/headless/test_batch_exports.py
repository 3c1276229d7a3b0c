"""Pictures with text wait for a person's word; all else of a job is done, and the export goes on after the word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.domain.batch_jobs import BatchEntry, BatchJob
from app.domain.finding import PictureAction
from app.headless import Annotator
from app.headless.batch import BatchRunner
from app.headless.batch_command import describe_entry, main
from app.headless.batch_exports import export_job
from app.storage.workspace.batch_list import BatchList
from app.storage.workspace.stored_sequence import find_sequences
from app.storage.workspace.stored_values import read_decisions
from tests.helpers.named_pictures import write_named_pictures

NAME_ROWS = slice(30, 50)


@pytest.fixture(scope="module")
def annotator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Annotator]:
    """A program with three pictures open, the second with a name on it, all with a mask."""
    folder = tmp_path_factory.mktemp("night")
    write_named_pictures(folder / "images")
    with Annotator(folder / "work", device="cpu", engine="classic") as made:
        made.open(folder / "images")
        cell = made.add_object(made.add_label("cell"))
        for number in range(3):
            made.set_mask(number, cell, np.pad(np.ones((8, 8), bool), ((100, 12), (100, 112))))
        yield made


def job_of(annotator: Annotator, into: Path) -> BatchJob:
    source = str(annotator.sequence.path)
    return BatchJob(source, exports=("overlay", "png"), into=str(into), propagates=False)


def name_brightness(path: Path) -> int:
    """Return the brightest value where the name was in a picture."""
    picture = cv2.imread(str(path))
    assert picture is not None
    return int(picture[NAME_ROWS].max())


def test_what_is_no_picture_is_written_and_the_entry_tells_what_waits(
    annotator: Annotator, tmp_path: Path
) -> None:
    entry = export_job(annotator, BatchEntry(job_of(annotator, tmp_path), "a").begin(), 5.0)
    assert (entry.status, entry.refused, entry.flagged, entry.ended) == ("done", ("overlay",), 1, 5.0)
    assert entry.needs_look and entry.picture_words == "1 picture flagged"
    assert "1 frame shows text or people, so overlay waits for your word" in describe_entry(entry)
    assert list(tmp_path.rglob("mask/*.png")) and not list(tmp_path.rglob("overlay"))


def test_a_kind_that_does_not_fit_is_named_and_the_others_are_written(
    annotator: Annotator, tmp_path: Path
) -> None:
    job = replace(job_of(annotator, tmp_path), exports=("nifti", "overlay", "png"))
    entry = export_job(annotator, BatchEntry(job, "a").begin(), 5.0)
    assert (entry.status, entry.refused, entry.ended) == ("failed", ("overlay",), 5.0)
    assert "nifti was not written" in entry.problem and "overlay waits for your word" in entry.problem
    assert list(tmp_path.rglob("mask/*.png"))


def test_an_unknown_kind_is_refused_before_anything_is_queued(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signal.signal", lambda number, handler: None)
    assert main([str(tmp_path / "a.mp4"), "--workspace", str(tmp_path), "--export", "jpg"]) == 1
    assert "jpg: There is no such export" in capsys.readouterr().err
    assert not BatchList(tmp_path / "night.json").read()


def test_a_run_outside_its_hours_says_that_jobs_wait(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signal.signal", lambda number, handler: None)
    assert main(["--workspace", str(tmp_path), "--between", "00:00-00:00"]) == 0
    assert "outside 00:00-00:00: jobs wait" in capsys.readouterr().err


@pytest.mark.parametrize(("action", "left"), [("mask", 3), ("leave-out", 2)])
def test_after_the_word_they_are_all_that_is_written(
    annotator: Annotator, tmp_path: Path, action: PictureAction, left: int
) -> None:
    refused = BatchEntry(job_of(annotator, tmp_path), "a").finish(5.0, ("overlay",), 1)
    entry = export_job(annotator, refused.decide_pictures(action, "Ada").begin(), 6.0)
    assert (entry.status, entry.refused, entry.problem) == ("done", (), "")
    written = sorted(tmp_path.rglob("overlay/*.png"))
    assert len(written) == left and not list(tmp_path.rglob("mask"))
    assert all(name_brightness(path) < 100 for path in written)
    annotator.client.wait_for_state(lambda now: now.operator == "")


def test_a_run_exports_by_itself_what_was_decided_under_the_name_of_who_said_so(
    annotator: Annotator, tmp_path: Path
) -> None:
    jobs = BatchList(tmp_path / "night.json")
    jobs.put_new(BatchEntry(job_of(annotator, tmp_path), "a").finish(5.0, ("overlay",), 1))
    jobs.decide_pictures("allow", "Ada")
    BatchRunner(jobs, lambda engine: annotator).run()  # which ends the program
    [entry] = jobs.read()
    assert (entry.status, entry.refused) == ("done", ())
    assert name_brightness(next(tmp_path.rglob("overlay/1.png"))) > 150
    [stored] = find_sequences(Path(entry.job.source).parent / "work")
    last = read_decisions(stored.journal)[-1]
    assert (last.by, last.action, last.frames) == ("Ada", "allow", 1)
