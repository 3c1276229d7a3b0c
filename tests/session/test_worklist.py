"""The worklist as the annotator acts on it."""

from __future__ import annotations

from dataclasses import replace

from app.domain.effort import EffortReport
from app.domain.worklist.entry import DropFolder, WorklistEntry, WorklistSnapshot
from app.messages.events import SequenceClosed
from app.messages.events import worklist as we
from app.messages.orders import ShowFrame
from app.messages.worklist_orders import MeasureEffort, RetryEntry, WatchFolder
from app.session import Session
from tests.session.harness import SessionHarness

ENTRY = WorklistEntry("e1", "/drop/clip.mp4", "clip.mp4", 1.0)
LIST = WorklistSnapshot((ENTRY,), DropFolder("/drop"))


def test_the_list_is_shown_with_the_open_sequence_in_it(harness: SessionHarness) -> None:
    harness.handle(we.WorklistChanged(LIST, "e1"))
    assert harness.snapshot().worklist.entries == LIST.entries and harness.snapshot().entry == ENTRY
    harness.handle(we.WorklistChanged(LIST))
    assert harness.snapshot().entry is None


def test_the_frame_is_shown_again_when_its_drive_is_back(harness: SessionHarness) -> None:
    away = WorklistSnapshot((replace(ENTRY, missing=True),))
    harness.handle(we.WorklistChanged(LIST, "e1"))
    harness.handle(we.WorklistChanged(away, "e1"))
    assert not any(isinstance(order, ShowFrame) for order in harness.handle(we.WorklistChanged(away, "e1")))
    assert any(isinstance(order, ShowFrame) for order in harness.handle(we.WorklistChanged(LIST, "e1")))


def test_the_order_of_the_list_outlives_the_sequence(harness: SessionHarness) -> None:
    harness.handle(we.WorklistSorted("name"))
    harness.handle(SequenceClosed())
    assert harness.snapshot().worklist.sorting == "name"


def test_a_failed_entry_is_tried_again_and_another_folder_watched(harness: SessionHarness) -> None:
    assert harness.handle(we.EntryRetried("e1")) == [RetryEntry("e1")]
    assert harness.handle(we.DropFolderChosen("/new")) == [WatchFolder("/new")]


def test_what_is_being_prepared_is_shown_until_it_is_over(harness: SessionHarness) -> None:
    harness.handle(we.SequenceWarmed("next.mp4"))
    assert harness.snapshot().tasks.warming == "next.mp4"
    harness.handle(we.SequenceWarmed())
    assert harness.snapshot().tasks.warming == ""


def test_effort_is_measured_when_asked_for(harness: SessionHarness) -> None:
    assert harness.handle(we.EffortRequested()) == [MeasureEffort()]
    harness.handle(we.EffortMeasured(EffortReport()))
    assert harness.snapshot().sequence.effort == EffortReport()


def test_without_a_sequence_nothing_is_finished_reopened_or_measured() -> None:
    session = Session()
    for event in (we.SequenceFinished(accept=True), we.SequenceReopened(), we.EffortRequested()):
        assert session.handle(event) == []
