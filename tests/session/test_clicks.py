"""Clicks and the pending mask."""

from __future__ import annotations

import pytest

from app.domain.annotation import Status
from app.messages import events as ev
from app.messages import orders as od
from tests.session.desk import HEIGHT, WIDTH, Desk, mask


def test_a_stale_answer_is_never_shown(desk: Desk) -> None:
    first, second = desk.click(), desk.click(5, 6)
    desk.say(ev.PendingSegmented(first, mask(1)))
    assert desk.state.pending.mask is None and desk.state.pending.awaiting
    desk.say(ev.PendingSegmented(second, mask(2)))
    assert desk.state.pending.mask == mask(2) and not desk.state.pending.awaiting


@pytest.mark.parametrize(("x", "y"), [(-0.6, 3), (WIDTH - 0.5, 3), (3, HEIGHT - 0.5), (3, -0.6)])
def test_clicks_outside_the_image_are_ignored(desk: Desk, x: float, y: float) -> None:
    desk.say(ev.ClickAdded(0, x, y, True))
    assert desk.state.pending is None


def test_coordinates_arrive_at_the_segmenter_as_they_were_given(desk: Desk) -> None:
    desk.click(3.25, 7.75, positive=False)
    (click,) = desk.last(od.Segment).clicks
    assert (click.x, click.y, click.positive) == (3.25, 7.75, False)


def test_undo_and_redo_step_through_the_clicks(desk: Desk) -> None:
    desk.click(1, 1)
    desk.click(2, 2)
    desk.say(ev.Undone())
    assert [click.x for click in desk.last(od.Segment).clicks] == [1]
    desk.say(ev.Redone())
    assert [click.x for click in desk.last(od.Segment).clicks] == [1, 2]


def test_a_click_after_undo_drops_what_could_be_redone(desk: Desk) -> None:
    desk.click(1, 1)
    desk.click(2, 2)
    desk.say(ev.Undone())
    desk.click(3, 3)
    desk.say(ev.Redone())
    assert [click.x for click in desk.state.pending.clicks] == [1, 3]


def test_the_last_click_taken_back_shows_no_mask_and_can_come_back(desk: Desk) -> None:
    desk.say(ev.PendingSegmented(desk.click(1, 1), mask(1)))
    desk.say(ev.Undone())
    assert desk.state.pending.mask is None
    assert desk.session.snapshot().can_redo
    desk.say(ev.Redone())
    assert desk.last(od.Segment).clicks[0].x == 1


def test_finishing_before_the_answer_commits_the_answer_when_it_comes(desk: Desk) -> None:
    job = desk.click()
    desk.say(ev.MaskFinished())
    assert not desk.state.cells
    desk.say(ev.PendingSegmented(job, mask(3)))
    (cell,) = desk.state.cells.values()
    assert cell.mask == mask(3) and cell.status is Status.EDITED and cell.reference


def test_going_to_another_frame_drops_the_pending_mask_and_keeps_nothing_of_it(desk: Desk) -> None:
    desk.say(ev.PendingSegmented(desk.click(), mask(1)))
    desk.say(ev.FrameStepped(1))
    assert desk.state.pending is None and not desk.state.cells
    assert desk.count(od.DropSegmentation) == 1


def test_the_first_mask_without_any_label_makes_one(desk: Desk) -> None:
    desk.say(ev.LabelDeleted(1))
    desk.say(ev.LabelDeleted(2))
    desk.annotate()
    assert [label.value for label in desk.state.labels] == [1]
    desk.say(ev.Undone())
    assert not desk.state.labels and not desk.state.objects and not desk.state.cells


def test_a_second_mask_of_a_label_belongs_to_the_same_object(desk: Desk) -> None:
    first = desk.annotate(1)
    desk.say(ev.FrameRequested(7))
    assert desk.annotate(2) == first
    assert {frame for frame, _ in desk.state.cells} == {0, 7}


def test_another_label_makes_another_object(desk: Desk) -> None:
    first = desk.annotate(1)
    assert desk.annotate(2, label=2) != first


def test_two_tools_of_one_label_are_two_objects(desk: Desk) -> None:
    first = desk.annotate(1)
    desk.say(ev.ObjectAdded())
    assert desk.annotate(2) != first
    assert [item.label for item in desk.state.objects] == [1, 1]


def test_clicks_on_a_selected_object_start_from_its_mask(desk: Desk) -> None:
    desk.annotate(1)
    desk.click(8, 8, positive=False)
    assert desk.last(od.Segment).initial == mask(1)
    hidden = [layer[0] for layer in desk.session.layers()]
    assert mask(1) not in hidden or desk.state.pending.mask is None


def test_a_label_that_is_not_there_keeps_the_pending_mask(desk: Desk) -> None:
    desk.say(ev.PendingSegmented(desk.click(), mask(1)))
    desk.say(ev.MaskFinished(label=77))
    assert desk.state.pending.mask == mask(1)
    assert "77" in desk.state.toasts[-1].text


def test_space_after_the_threshold_commits_the_mask_of_the_new_threshold(desk: Desk) -> None:
    desk.say(ev.PendingSegmented(desk.click(), mask(1)))
    desk.say(ev.ViewChanged(threshold=0.8, largest_component=True))
    order = desk.last(od.Segment)
    assert (order.threshold, order.largest_component) == (0.8, True)
    desk.say(ev.MaskFinished())
    assert not desk.state.cells
    desk.say(ev.PendingSegmented(order.job, mask(2)))
    assert desk.state.annotation(0, desk.state.selected).mask == mask(2)


def test_the_threshold_does_not_lose_a_click_whose_answer_is_on_its_way(desk: Desk) -> None:
    desk.say(ev.PendingSegmented(desk.click(), mask(1)))
    before = desk.click(5, 6)
    desk.say(ev.ViewChanged(threshold=0.8))
    order = desk.last(od.Segment)
    assert len(order.clicks) == 2 and order.threshold == 0.8
    desk.say(ev.PendingSegmented(before, mask(1)))
    assert desk.state.pending.awaiting


def test_opacity_alone_asks_for_no_new_answer(desk: Desk) -> None:
    desk.say(ev.PendingSegmented(desk.click(), mask(1)))
    desk.say(ev.ViewChanged(opacity=0.2))
    assert desk.count(od.Segment) == 1


def test_a_failed_answer_keeps_the_clicks_and_says_why(desk: Desk) -> None:
    desk.say(ev.SegmentationFailed(desk.click(), "The model is gone."))
    assert len(desk.state.pending.clicks) == 1 and not desk.state.pending.awaiting
    assert desk.state.toasts[-1].text == "The model is gone."


def test_labels_of_the_last_start_become_those_of_a_sequence_that_has_none(desk: Desk) -> None:
    labels = desk.state.labels
    desk.say(ev.SequenceOpened(desk.state.sequence))
    assert desk.state.labels == labels
    assert desk.last(od.Record).edit.labels == ((), labels)
    assert not desk.session.snapshot().can_undo


def test_nothing_is_called_saved_before_it_is_durable_undo_included(desk: Desk) -> None:
    def saved() -> bool:
        return desk.session.snapshot().saved

    def store() -> None:
        desk.say(ev.EditsStored(desk.count(od.Record) - desk.state.stored_gestures))

    store()
    assert saved()
    desk.annotate()
    assert not saved()
    store()
    assert saved()
    desk.say(ev.Undone())
    assert not saved()
    store()
    assert saved()
    desk.say(ev.StorageFailed("The disk is full."))
    assert not saved()
    desk.say(ev.SequenceClosed())
    assert desk.state.sequence is not None
    store()
    assert saved()
