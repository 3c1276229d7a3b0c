"""What goes on behind the window is listed, with what stops it."""

from __future__ import annotations

from dataclasses import replace

from app.actions.background_tasks import activities
from app.domain.worklist.entry import EntryState, WorklistEntry, WorklistSnapshot
from app.messages import events as ev
from app.messages.snapshot import ExportState, PropagationState, Snapshot, TasksState


def test_nothing_goes_on_in_a_window_at_rest() -> None:
    assert activities(Snapshot()) == ()


def test_work_with_an_end_shows_how_far_it_is_and_can_be_stopped() -> None:
    snapshot = Snapshot(
        propagation=PropagationState(1, 5, 20, 7, 30.0, prefetch=False),
        tasks=TasksState(export=ExportState(2, "png", 1, 4), importing="/from/masks.json"),
    )
    found = {activity.title: activity for activity in activities(snapshot)}
    assert (found["Propagating"].share, found["Propagating"].cancel) == (0.25, ev.PropagationCancelled())
    assert "30 s left" in found["Propagating"].detail
    assert (found["Exporting"].share, found["Exporting"].cancel) == (0.25, ev.ExportCancelled())
    assert found["Importing masks"].detail == "masks.json"
    assert found["Importing masks"].cancel == ev.MasksImportCancelled()


def test_a_propagation_that_has_no_frame_yet_is_getting_ready() -> None:
    (found,) = activities(Snapshot(propagation=PropagationState(1, 0, 20, 7, None, prefetch=False)))
    assert (found.detail, found.share) == ("getting ready", 0.0)


def test_what_comes_through_the_drop_folder_is_one_line_a_state() -> None:
    arriving = WorklistEntry("1", "/drop/a.mp4", "a.mp4", 0.0)
    entries = (arriving, replace(arriving, entry_id="2", name="b.mp4"), replace(arriving, missing=True))
    checking = replace(arriving, entry_id="3", name="c.mp4", state=EntryState.CHECKING)
    found = activities(
        Snapshot(worklist=WorklistSnapshot((*entries, checking)), tasks=TasksState(warming="d.mp4"))
    )
    assert [(item.title, item.detail) for item in found] == [
        ("Preparing the next sequence", "d.mp4"),
        ("Waiting for", "a.mp4 and 1 more"),
        ("Checking", "c.mp4"),
    ]
