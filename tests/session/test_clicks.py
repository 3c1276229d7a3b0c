"""Clicks and the pending mask."""

from __future__ import annotations

import pytest

from app.domain.annotation import Click, Status, empty_mask
from app.domain.model_prompts import Box
from app.messages import events as ev
from app.messages import orders as od
from tests.session.harness import HEIGHT, WIDTH, SessionHarness, mask


def test_a_stale_answer_is_never_shown(harness: SessionHarness) -> None:
    first, second = harness.click(), harness.click(5, 6)
    harness.handle(ev.PendingSegmented(first, mask(1)))
    assert harness.pending.mask is None and harness.pending.awaiting
    harness.handle(ev.PendingSegmented(second, mask(2)))
    assert harness.pending.mask == mask(2) and not harness.pending.awaiting


@pytest.mark.parametrize(("x", "y"), [(-0.6, 3), (WIDTH - 0.5, 3), (3, HEIGHT - 0.5), (3, -0.6)])
def test_clicks_outside_the_image_are_ignored(harness: SessionHarness, x: float, y: float) -> None:
    harness.handle(ev.ClickAdded(0, x, y, True))
    assert harness.state.pending is None


def test_coordinates_arrive_at_the_segmenter_as_they_were_given(harness: SessionHarness) -> None:
    harness.click(3.25, 7.75, positive=False)
    (click,) = harness.last(od.Segment).prompts
    assert (click.x, click.y, click.positive) == (3.25, 7.75, False)


def test_undo_and_redo_step_through_the_clicks(harness: SessionHarness) -> None:
    harness.click(1, 1)
    harness.click(2, 2)
    harness.handle(ev.Undone())
    assert [click.x for click in harness.last(od.Segment).prompts] == [1]
    harness.handle(ev.Redone())
    assert [click.x for click in harness.last(od.Segment).prompts] == [1, 2]


def test_a_click_after_undo_drops_what_could_be_redone(harness: SessionHarness) -> None:
    harness.click(1, 1)
    harness.click(2, 2)
    harness.handle(ev.Undone())
    harness.click(3, 3)
    harness.handle(ev.Redone())
    assert [click.x for click in harness.pending.prompts] == [1, 3]


def test_the_last_click_taken_back_shows_no_mask_and_can_come_back(harness: SessionHarness) -> None:
    harness.handle(ev.PendingSegmented(harness.click(1, 1), mask(1)))
    harness.handle(ev.Undone())
    assert harness.pending.mask is None
    assert harness.snapshot().edits.can_redo
    harness.handle(ev.Redone())
    assert harness.last(od.Segment).prompts[0].x == 1


def test_finishing_before_the_answer_commits_the_answer_when_it_comes(harness: SessionHarness) -> None:
    job = harness.click()
    harness.handle(ev.MaskFinished())
    assert not harness.state.cells
    harness.handle(ev.PendingSegmented(job, mask(3)))
    (cell,) = harness.state.cells.values()
    assert cell.mask == mask(3) and cell.status is Status.EDITED and cell.reference


def test_going_to_another_frame_finishes_the_pending_mask_where_it_was_made(harness: SessionHarness) -> None:
    harness.handle(ev.PendingSegmented(harness.click(), mask(1)))
    harness.handle(ev.FrameStepped(1))
    assert harness.state.pending is None
    assert harness.state.cells[0, 1].mask == mask(1)
    assert (harness.state.sequence.frame, harness.state.sequence.mode) == (1, "annotate")
    assert "frame 0" in harness.state.toasts[-1].text
    harness.handle(ev.Undone())
    assert not harness.state.cells


def test_clicks_whose_answer_is_awaited_are_finished_on_their_frame_when_it_comes(
    harness: SessionHarness,
) -> None:
    job = harness.click()
    harness.handle(ev.FrameStepped(1))
    assert not harness.state.cells
    assert harness.snapshot().pending is None
    harness.handle(ev.PendingSegmented(job, mask(1)))
    assert list(harness.state.cells) == [(0, 1)]
    assert harness.state.sequence.mode == "annotate"
    assert "frame 0" in harness.state.toasts[-1].text


def test_undo_takes_back_clicks_that_are_awaited_on_a_frame_that_was_left(harness: SessionHarness) -> None:
    job = harness.click()
    harness.handle(ev.FrameStepped(1))
    harness.handle(ev.Undone())
    harness.handle(ev.PendingSegmented(job, mask(1)))
    assert harness.state.pending is None and not harness.state.cells


def test_clicks_on_a_frame_that_was_left_end_when_their_answer_fails(harness: SessionHarness) -> None:
    job = harness.click()
    harness.handle(ev.FrameStepped(1))
    harness.handle(ev.SegmentationFailed(job, "The worker ended."))
    assert harness.state.pending is None and not harness.state.cells


def test_closing_a_sequence_finishes_the_pending_mask(harness: SessionHarness) -> None:
    harness.handle(ev.PendingSegmented(harness.click(), mask(1)))
    orders = harness.handle(ev.SequenceClosed())
    kinds = [type(order) for order in orders]
    assert kinds.index(od.Record) < kinds.index(od.CloseSequence)


def test_the_first_mask_without_any_label_makes_one(harness: SessionHarness) -> None:
    harness.handle(ev.LabelDeleted(1))
    harness.handle(ev.LabelDeleted(2))
    harness.annotate()
    assert [label.value for label in harness.state.labels] == [1]
    harness.handle(ev.Undone())
    assert not harness.state.labels and not harness.state.sequence.objects and not harness.state.cells


def test_a_second_mask_of_a_label_belongs_to_the_same_object(harness: SessionHarness) -> None:
    first = harness.annotate(1)
    harness.handle(ev.FrameRequested(7))
    assert harness.annotate(2) == first
    assert {frame for frame, _ in harness.state.cells} == {0, 7}


def test_another_label_makes_another_object(harness: SessionHarness) -> None:
    first = harness.annotate(1)
    assert harness.annotate(2, label=2) != first


def test_two_tools_of_one_label_are_two_objects(harness: SessionHarness) -> None:
    first = harness.annotate(1)
    harness.handle(ev.ObjectAdded())
    assert harness.annotate(2) != first
    assert [item.label for item in harness.state.sequence.objects] == [1, 1]


def test_clicks_on_a_selected_object_start_from_its_mask(harness: SessionHarness) -> None:
    harness.annotate(1)
    harness.click(8, 8, positive=False)
    assert harness.last(od.Segment).initial == mask(1)


def test_a_click_on_a_frame_without_a_mask_tells_of_the_nearest_reference_frames(
    harness: SessionHarness,
) -> None:
    item = harness.annotate(1)
    for seed, frame in ((2, 20), (3, 9), (4, 14)):
        harness.handle(ev.ObjectChosen(item))
        harness.handle(ev.FrameRequested(frame))
        harness.annotate(seed)
    harness.handle(ev.ObjectChosen(item))
    harness.handle(ev.FrameRequested(11))
    harness.click(8, 8)
    assert harness.last(od.Segment).references == ((9, mask(3)), (14, mask(4)), (20, mask(2)))
    harness.handle(ev.Undone())
    harness.handle(ev.Undone())
    harness.handle(ev.ObjectChosen(item))
    harness.click(8, 8, frame=11)
    assert [frame for frame, _ in harness.last(od.Segment).references] == [9, 20, 0]


def test_a_click_on_a_mask_or_for_a_new_object_tells_of_no_reference_frame(harness: SessionHarness) -> None:
    item = harness.annotate(1)
    harness.handle(ev.FrameRequested(9))
    harness.annotate(2)
    harness.handle(ev.ObjectChosen(item))
    harness.click(8, 8, frame=0)
    assert harness.last(od.Segment).references == ()
    harness.handle(ev.ObjectAdded())
    harness.click(8, 8, frame=20)
    assert harness.last(od.Segment).references == ()


def test_the_answer_to_a_correction_is_drawn_in_place_of_the_mask_it_corrects(
    harness: SessionHarness,
) -> None:
    harness.annotate(1)
    job = harness.click(8, 8, positive=False)
    assert [layer[0] for layer in harness.session.layers()] == [mask(1)]
    harness.handle(ev.PendingSegmented(job, mask(2)))
    assert [layer[0] for layer in harness.session.layers()] == [mask(2)]


def test_a_label_that_is_not_there_keeps_the_pending_mask(harness: SessionHarness) -> None:
    harness.handle(ev.PendingSegmented(harness.click(), mask(1)))
    harness.handle(ev.MaskFinished(label=77))
    assert harness.pending.mask == mask(1)
    assert "77" in harness.state.toasts[-1].text


def test_space_after_the_threshold_commits_the_mask_of_the_new_threshold(harness: SessionHarness) -> None:
    harness.handle(ev.PendingSegmented(harness.click(), mask(1)))
    harness.handle(ev.ViewChanged(threshold=0.8, largest_component=True))
    order = harness.last(od.Segment)
    assert (order.threshold, order.largest_component) == (0.8, True)
    harness.handle(ev.MaskFinished())
    assert not harness.state.cells
    harness.handle(ev.PendingSegmented(order.job, mask(2)))
    assert harness.annotation(0, harness.state.sequence.selected).mask == mask(2)


def test_the_threshold_does_not_lose_a_click_whose_answer_is_on_its_way(harness: SessionHarness) -> None:
    harness.handle(ev.PendingSegmented(harness.click(), mask(1)))
    before = harness.click(5, 6)
    harness.handle(ev.ViewChanged(threshold=0.8))
    order = harness.last(od.Segment)
    assert len(order.prompts) == 2 and order.threshold == 0.8
    harness.handle(ev.PendingSegmented(before, mask(1)))
    assert harness.pending.awaiting


def test_opacity_alone_asks_for_no_new_answer(harness: SessionHarness) -> None:
    harness.handle(ev.PendingSegmented(harness.click(), mask(1)))
    harness.handle(ev.ViewChanged(opacity=0.2))
    assert harness.count(od.Segment) == 1


def test_a_failed_answer_keeps_the_clicks_and_says_why(harness: SessionHarness) -> None:
    harness.handle(ev.SegmentationFailed(harness.click(), "The model is gone."))
    assert len(harness.pending.prompts) == 1 and not harness.pending.awaiting
    assert harness.state.toasts[-1].text == "The model is gone."


def test_labels_of_the_last_start_become_those_of_a_sequence_that_has_none(harness: SessionHarness) -> None:
    labels = harness.state.labels
    harness.handle(ev.SequenceOpened(harness.info))
    assert harness.state.labels == labels
    assert harness.last(od.Record).edit.labels == ((), labels)
    assert not harness.snapshot().edits.can_undo


def test_nothing_is_called_saved_before_it_is_durable_undo_included(harness: SessionHarness) -> None:
    def saved() -> bool:
        return harness.snapshot().edits.saved

    def store() -> None:
        harness.handle(ev.EditsStored(harness.count(od.Record) - harness.state.stored_gestures))

    store()
    assert saved()
    harness.annotate()
    assert not saved()
    store()
    assert saved()
    harness.handle(ev.Undone())
    assert not saved()
    store()
    assert saved()
    harness.handle(ev.StorageFailed("The disk is full."))
    assert not saved()
    harness.handle(ev.SequenceClosed())
    assert harness.state.sequence.info is not None
    store()
    assert saved()


def test_finishing_without_any_answer_says_that_there_is_no_mask(harness: SessionHarness) -> None:
    harness.handle(ev.SegmentationFailed(harness.click(), "The model is gone."))
    harness.handle(ev.MaskFinished())
    assert "no mask to finish" in harness.toast
    assert harness.snapshot().pending is not None


def test_a_stale_failure_is_not_shown(harness: SessionHarness) -> None:
    stale = harness.click()
    harness.click(5, 6)
    harness.handle(ev.SegmentationFailed(stale, "The model is gone."))
    pending = harness.snapshot().pending
    assert pending is not None and pending.awaiting and harness.snapshot().toasts == ()


def test_deleting_a_mask_says_that_the_object_is_not_there(harness: SessionHarness) -> None:
    thing = harness.annotate(1)
    harness.handle(ev.MaskDeleted(0, thing))
    found = harness.state.annotation(0, thing)
    assert found is not None and found.reference and found.mask == empty_mask(HEIGHT, WIDTH)
    assert harness.handle(ev.MaskDeleted(0, thing + 9)) == []


def test_nothing_to_undo_or_redo_changes_nothing() -> None:
    harness = SessionHarness()
    assert harness.handle(ev.Undone()) == harness.handle(ev.Redone()) == []


def test_an_object_that_comes_back_with_redo_is_selected_again(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.Undone())
    assert harness.state.sequence.selected is None
    harness.handle(ev.Redone())
    assert harness.state.sequence.selected == thing


def test_undo_selects_the_object_that_a_click_would_extend(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.ObjectAdded())
    harness.handle(ev.Undone())
    assert harness.state.sequence.selected == thing


def test_undo_goes_to_the_frame_of_the_gesture(harness: SessionHarness) -> None:
    harness.annotate(1)
    harness.handle(ev.FrameRequested(9))
    harness.handle(ev.Undone())
    assert harness.snapshot().sequence.frame == 0
    harness.handle(ev.FrameRequested(9))
    harness.handle(ev.Redone())
    assert harness.snapshot().sequence.frame == 0


def test_boxes_scribbles_and_lassos_are_prompts_beside_clicks(harness: SessionHarness) -> None:
    box = Box(1, 2, 8, 9)
    harness.handle(ev.PromptDrawn(0, box))
    harness.click(3, 4, positive=False)
    assert harness.last(od.Segment).prompts == (box, Click(3, 4, False))
    harness.handle(ev.Undone())
    harness.handle(ev.Undone())
    assert harness.snapshot().edits.can_redo and not harness.pending.prompts
    harness.handle(ev.Redone())
    assert harness.last(od.Segment).prompts == (box,)


LEAVING = (
    (ev.SequenceClosed(), od.CloseSequence),
    (ev.SequenceRequested("/other.mp4"), od.OpenSequence),
)


@pytest.mark.parametrize(("leaving", "order"), LEAVING)
def test_leaving_waits_for_the_answer_to_the_last_click(
    harness: SessionHarness, leaving: ev.Event, order: type[od.Order]
) -> None:
    job = harness.click()
    assert order not in map(type, harness.handle(leaving))
    assert not harness.snapshot().edits.saved
    orders = harness.handle(ev.PendingSegmented(job, mask(1)))
    kinds = [type(found) for found in orders]
    assert kinds.index(od.Record) < kinds.index(order)


@pytest.mark.parametrize(("leaving", "order"), LEAVING)
def test_a_second_wish_to_leave_does_not_wait(
    harness: SessionHarness, leaving: ev.Event, order: type[od.Order]
) -> None:
    harness.click()
    harness.handle(leaving)
    assert order in map(type, harness.handle(leaving))


def test_an_answer_that_fails_keeps_the_sequence_open(harness: SessionHarness) -> None:
    job = harness.click()
    harness.handle(ev.SequenceClosed())
    assert not harness.handle(ev.SegmentationFailed(job, "no"))
    assert harness.state.sequence.info is not None and harness.pending.prompts
