"""A scan is annotated in any direction; masks live in its voxels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.domain.annotation import Status
from app.domain.errors import SeveralSeries, UsageError
from app.headless import Annotator
from app.messages.events import PropagationRequested
from app.pipeline.pipeline import Pipeline
from app.pipeline.services.journal_values import request_to_wire
from tests.helpers.scans import SCAN_SHAPE, lesion, voxels, write_series


def ball(a: Annotator, frames: range) -> int:
    thing = a.add_object(lesion(a))
    for frame in frames:
        y, x = np.mgrid[: a.sequence.height, : a.sequence.width]
        a.set_mask(frame, thing, (y - 10) ** 2 + (x - 12) ** 2 + 6 * (frame - 4) ** 2 < 40)
    return thing


def test_a_mask_made_axially_shows_coronally_and_sagittally(annotator: Annotator) -> None:
    thing = ball(annotator, range(3, 6))
    labels = annotator.volume_labels()
    annotator.turn("coronal")
    assert (annotator.sequence.frames, annotator.sequence.height, annotator.sequence.width) == (20, 9, 24)
    assert np.array_equal(annotator.mask(10, thing), labels[:, 10] == 9)
    assert np.array_equal(annotator.volume_labels(), labels)
    annotator.turn("sagittal")
    assert (annotator.sequence.frames, annotator.sequence.height, annotator.sequence.width) == (24, 9, 20)
    assert np.array_equal(annotator.mask(12, thing), labels[:, :, 12] == 9)
    assert annotator.frame(12).shape == (9, 20, 3)


def test_an_edit_in_one_direction_is_there_in_the_others(annotator: Annotator) -> None:
    thing = ball(annotator, range(SCAN_SHAPE[0]))
    annotator.turn("coronal")
    mask = annotator.mask(10, thing)
    mask[0, :5] = True
    annotator.set_mask(10, thing, mask)
    annotator.turn("axial")
    assert annotator.mask(0, thing)[10, :5].all()
    assert annotator.status(0, thing) is Status.EDITED
    assert annotator.volume_labels()[0, 10, :5].tolist() == [9] * 5


def test_looking_from_another_side_changes_nothing(annotator: Annotator) -> None:
    thing = ball(annotator, range(3, 6))
    annotator.verify(4, thing)
    before = [annotator.status(frame, thing) for frame in range(SCAN_SHAPE[0])]
    steps = list(annotator.propagate())
    annotator.undo()
    annotator.turn("coronal")
    annotator.turn("axial")
    assert [annotator.status(frame, thing) for frame in range(SCAN_SHAPE[0])] == before
    assert len(list(annotator.propagate())) == len(steps) > 0


def test_an_object_that_is_done_is_left_alone_in_the_other_direction(annotator: Annotator) -> None:
    thing = ball(annotator, range(SCAN_SHAPE[0]))
    for frame in range(SCAN_SHAPE[0]):
        annotator.verify(frame, thing)
    annotator.turn("coronal")
    assert {annotator.status(frame, thing) for frame in range(20)} == {Status.VERIFIED}
    other = ball_elsewhere(annotator)
    annotator.turn("axial")
    assert {annotator.status(frame, other) for frame in range(2, 6)} == {Status.PROPAGATED}
    assert annotator.status(4, thing) is Status.VERIFIED


def test_an_object_with_gaps_is_open_to_be_carried_on(annotator: Annotator) -> None:
    thing = ball(annotator, range(3, 8, 2))
    whole = ball_beside(annotator)
    annotator.turn("coronal")
    assert annotator.status(10, thing) is Status.PROPAGATED
    assert annotator.status(3, whole) is Status.EDITED
    assert annotator.status(19, whole) is Status.EMPTY


def test_a_propagation_cut_off_by_turning_is_offered_on_return(annotator: Annotator) -> None:
    async def cut_off(pipeline: Pipeline) -> None:
        pipeline.services.journal_writer.record_value("propagation", request_to_wire(PropagationRequested()))

    ball(annotator, range(3, 6))
    annotator.client.run_coroutine(cut_off)
    annotator.turn("coronal")
    assert not annotator.client.newest.can_resume
    annotator.turn("axial")
    assert annotator.client.newest.can_resume


def ball_beside(a: Annotator) -> int:
    other = a.add_object(9)
    for frame in range(2, 5):
        mask = np.zeros((a.sequence.height, a.sequence.width), bool)
        mask[2:6, 2:8] = True
        a.set_mask(frame, other, mask)
    return other


def ball_elsewhere(a: Annotator) -> int:
    other = a.add_object(9)
    mask = np.zeros((a.sequence.height, a.sequence.width), bool)
    mask[2:6, 2:8] = True
    a.set_mask(2, other, mask)
    return other


def test_the_direction_the_window_and_the_place_are_kept(tmp_path: Path, scan: Path) -> None:
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        a.open(scan)
        thing = ball(a, range(3, 6))
        labels = a.volume_labels()
        a.window(333, 22)
        seen = a.frame(4)
        a.turn("sagittal")
        with pytest.raises(UsageError):
            a.set_mask(0, thing, np.zeros(SCAN_SHAPE[1:], bool))
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        assert a.open(scan).orientation == "sagittal"
        assert np.array_equal(a.volume_labels(), labels)
        assert a.open(scan, orientation="axial").frames == SCAN_SHAPE[0]
        assert np.array_equal(a.frame(4), seen)
        assert np.array_equal(a.mask(4, thing), labels[4] == 9)


def test_a_deleted_object_does_not_come_back(annotator: Annotator) -> None:
    thing = ball(annotator, range(3, 6))
    annotator.turn("coronal")
    annotator.delete_object(thing)
    annotator.turn("axial")
    assert annotator.objects == ()
    assert not annotator.volume_labels().any()


def test_a_scan_that_is_signed_off_is_locked_in_every_direction(annotator: Annotator) -> None:
    thing = ball(annotator, range(3, 6))
    annotator.sign_off("Ada")
    annotator.turn("coronal")
    with pytest.raises(UsageError, match="Signed off by Ada"):
        annotator.delete_object(thing)
    annotator.reopen("Bo", "the lower pole is missing")
    annotator.turn("axial")
    assert [found.by for found in annotator.sign_offs] == ["Ada", "Bo"]
    annotator.delete_object(thing)


def test_a_folder_with_several_series_asks_which(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    write_series(folder / "a", voxels((4, 20, 24)), SeriesInstanceUID="1.2.3", SeriesDescription="thin")
    write_series(folder / "b", voxels((6, 20, 24)), SeriesInstanceUID="1.2.4", SeriesNumber=8)
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        with pytest.raises(SeveralSeries) as caught:
            a.open(folder)
        assert [(series.uid, series.slices) for series in caught.value.series] == [("1.2.4", 6), ("1.2.3", 4)]
        assert a.open(folder, series="1.2.3").frames == 4
        assert a.open(folder, series="8").frames == 6
