"""Edits by hand tools: one undo step each, in order, on the masks as they are, never on locked ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from app.domain.annotation import Mask, SequenceInfo, Status, empty_mask
from app.domain.mask_operations import Between, FillHoles, Grow, Stroke
from app.imaging.mask_editing import edit_mask
from app.imaging.masks import decode, encode
from app.imaging.shape_interpolation import overlap_between
from app.messages import events as ev
from app.messages import orders as od
from tests.session.harness import FRAMES, HEIGHT, WIDTH, SessionHarness, mask

STROKE = Stroke(((3.0, 4.0), (6.0, 4.0)), 1.0)
OTHER = Stroke(((10.0, 8.0),), 2.0)


def carry_out(order: od.EditMasks) -> ev.MasksEdited:
    """Answer an order as the service does."""
    results = []
    for change in order.changes:
        after = encode(edit_mask(decode(change.mask), change.operation))
        score = overlap_between(change.operation) if isinstance(change.operation, Between) else 1.0
        results.append((change.frame, change.object_id, after, score))
    return ev.MasksEdited(order.job, tuple(results))


def settle(harness: SessionHarness) -> None:
    """Answer orders until no edit is under way."""
    while harness.state.mask_edit is not None:
        harness.handle(carry_out(harness.state.mask_edit))


def ask(harness: SessionHarness, *operations: object, frame: int = 0, **fields: object) -> None:
    for operation in operations:
        harness.handle(ev.MaskEditRequested(frame, operation, **fields))  # type: ignore[arg-type]


def drawn(*strokes: Stroke) -> Mask:
    found = np.zeros((HEIGHT, WIDTH), bool)
    for stroke in strokes:
        found = edit_mask(found, stroke)
    return encode(found)


def test_a_stroke_begins_an_object_and_is_one_undo_step(harness: SessionHarness) -> None:
    ask(harness, STROKE)
    settle(harness)
    (item,) = harness.state.sequence.objects
    cell = harness.annotation(0, item.object_id)
    assert (cell.mask, cell.status, cell.reference) == (drawn(STROKE), Status.EDITED, True)
    assert harness.state.sequence.selected == item.object_id and harness.last(od.Record).edit.title == "Brush"
    harness.handle(ev.Undone())
    assert not harness.state.cells and not harness.state.sequence.objects
    harness.handle(ev.Redone())
    assert harness.annotation(0, item.object_id).mask == drawn(STROKE)


def test_strokes_drawn_faster_than_they_are_carried_out_all_count(harness: SessionHarness) -> None:
    ask(harness, STROKE, OTHER)
    assert harness.count(od.EditMasks) == 1
    settle(harness)
    assert len(harness.state.sequence.objects) == 1
    assert [edit.title for edit in harness.state.history.done[-2:]] == ["Brush", "Brush"]
    assert harness.annotation(0, harness.state.sequence.selected).mask == drawn(STROKE, OTHER)


def test_undo_takes_back_a_stroke_that_is_not_carried_out_yet(harness: SessionHarness) -> None:
    ask(harness, STROKE, drawn=1)
    ask(harness, OTHER, drawn=2)
    order = harness.last(od.EditMasks)
    harness.handle(ev.Undone())
    assert harness.state.drawn == 2
    harness.handle(ev.Undone())
    assert not harness.state.waiting_edits
    harness.handle(carry_out(order))
    assert not harness.state.cells


def test_a_stroke_goes_on_the_mask_that_came_meanwhile(harness: SessionHarness) -> None:
    ask(harness, STROKE)
    settle(harness)
    thing = harness.state.sequence.selected
    assert thing is not None
    ask(harness, OTHER)
    late = harness.last(od.EditMasks)
    harness.handle(ev.MaskSet(0, thing, mask(5)))
    harness.handle(carry_out(late))
    settle(harness)
    expected = encode(edit_mask(decode(mask(5)), OTHER))
    assert harness.annotation(0, thing).mask == expected


def test_the_picture_is_drawn_anew_when_a_gesture_is_done_with_even_if_it_was_refused(
    harness: SessionHarness,
) -> None:
    thing = harness.annotate()
    harness.handle(ev.FramesVerified(0, 1))
    before = harness.annotation(0, thing)
    ask(harness, STROKE, drawn=7)
    assert harness.state.mask_edit is None and harness.annotation(0, thing) == before
    assert "locked" in harness.toast and harness.last(od.ShowFrame).drawn == 7


def test_a_mask_verified_while_a_stroke_is_carried_out_stays(harness: SessionHarness) -> None:
    thing = harness.annotate()
    ask(harness, STROKE)
    harness.handle(ev.FramesVerified(0, 1))
    before = harness.annotation(0, thing)
    settle(harness)
    assert harness.annotation(0, thing) == before and "locked" in harness.toast


def test_a_failed_edit_says_why_and_the_next_one_is_carried_out(harness: SessionHarness) -> None:
    ask(harness, STROKE, OTHER)
    harness.handle(ev.MaskEditFailed(harness.last(od.EditMasks).job, "No frame."))
    assert harness.toast == "No frame."
    settle(harness)
    assert harness.annotation(0, harness.state.sequence.selected).mask == drawn(OTHER)


def test_a_pending_mask_is_finished_before_a_stroke_goes_on_it(harness: SessionHarness) -> None:
    job = harness.click()
    ask(harness, STROKE)
    assert not harness.count(od.EditMasks)
    harness.handle(ev.PendingSegmented(job, mask(2)))
    settle(harness)
    assert harness.annotation(0, harness.state.sequence.selected).mask == encode(
        edit_mask(decode(mask(2)), STROKE)
    )


def test_an_operation_without_an_object_or_mask_says_so(harness: SessionHarness) -> None:
    ask(harness, FillHoles())
    assert "Choose an object" in harness.toast
    harness.annotate()
    ask(harness, Stroke(((3, 3),), 2, erase=True), frame=5)
    assert "no mask on this frame" in harness.toast


def test_an_operation_that_changes_nothing_is_no_undo_step(harness: SessionHarness) -> None:
    ask(harness, STROKE)
    settle(harness)
    records = harness.count(od.Record)
    ask(harness, STROKE, Grow(0))
    settle(harness)
    assert harness.count(od.Record) == records and "nothing to change" in harness.toast


def test_a_cut_makes_two_objects_of_one_label(harness: SessionHarness) -> None:
    ask(harness, Stroke(((2.0, 6.0), (13.0, 6.0)), 2.0))
    settle(harness)
    thing, whole = (
        harness.state.sequence.selected,
        harness.annotation(0, harness.state.sequence.selected).mask,
    )
    harness.handle(ev.ObjectCut(0, ((5.0, 0.0), (5.0, 11.0))))
    settle(harness)
    one, other = harness.state.sequence.objects
    assert one.label == other.label and one.object_id == thing
    kept, part = harness.annotation(0, thing).mask, harness.annotation(0, other.object_id).mask
    assert np.array_equal(decode(kept) | decode(part), decode(whole)) and decode(part)[6, 2]
    harness.handle(ev.Undone())
    assert len(harness.state.sequence.objects) == 1 and harness.annotation(0, thing).mask == whole


def test_a_line_beside_the_mask_cuts_nothing(harness: SessionHarness) -> None:
    ask(harness, STROKE)
    settle(harness)
    harness.handle(ev.ObjectCut(0, ((14.0, 0.0), (14.0, 11.0))))
    settle(harness)
    assert len(harness.state.sequence.objects) == 1 and "does not cut" in harness.toast


def two_objects(harness: SessionHarness) -> tuple[int, int]:
    first = harness.annotate(1)
    harness.handle(ev.ObjectAdded())
    second = harness.state.sequence.selected
    assert second is not None
    return first, second


def test_merging_joins_masks_of_the_same_frame_and_takes_over_the_others(harness: SessionHarness) -> None:
    first, second = two_objects(harness)
    harness.handle(ev.MaskSet(0, second, mask(2)))
    harness.handle(ev.MaskSet(4, second, mask(3)))
    harness.handle(ev.ObjectsMerged(first, second))
    settle(harness)
    assert [item.object_id for item in harness.state.sequence.objects] == [first]
    assert np.array_equal(decode(harness.annotation(0, first).mask), decode(mask(1)) | decode(mask(2)))
    assert harness.annotation(4, first).mask == mask(3) and harness.annotation(4, first).reference
    harness.handle(ev.Undone())
    assert harness.annotation(4, second).mask == mask(3) and harness.annotation(0, first).mask == mask(1)


def test_objects_with_a_verified_mask_are_not_merged(harness: SessionHarness) -> None:
    first, second = two_objects(harness)
    harness.handle(ev.MaskSet(0, second, mask(2)))
    harness.handle(ev.FramesVerified(0, 1, (second,)))
    harness.handle(ev.ObjectsMerged(first, second))
    assert (
        harness.state.mask_edit is None
        and len(harness.state.sequence.objects) == 2
        and "locked" in harness.toast
    )


def test_interpolated_masks_are_unverified_and_outdated_with_their_references(
    harness: SessionHarness,
) -> None:
    ask(harness, STROKE)
    settle(harness)
    thing = harness.state.sequence.selected
    assert thing is not None
    harness.handle(ev.MaskSet(4, thing, drawn(OTHER)))
    harness.handle(ev.MaskSet(8, thing, empty_mask(HEIGHT, WIDTH)))
    harness.handle(ev.FramesVerified(2, 3))
    harness.handle(ev.GapsInterpolated(thing))
    settle(harness)
    cells = {frame: harness.state.annotation(frame, thing) for frame in range(9)}
    assert cells[2] is not None and cells[2].status is Status.VERIFIED
    assert all((cell := cells[frame]) is not None and cell.status is Status.PROPAGATED for frame in (1, 3))
    assert not any(cells[frame] for frame in (5, 6, 7))
    track = harness.snapshot().tracks[0]
    assert not track.is_outdated(1) and 0 < harness.annotation(1, thing).score < 1
    harness.handle(ev.MaskSet(4, thing, drawn(STROKE)))
    assert harness.snapshot().tracks[0].is_outdated(1)


def test_interpolation_without_a_gap_says_so(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.GapsInterpolated(thing))
    assert "no gap" in harness.toast


def test_a_mask_is_copied_to_the_next_frame_and_pasted_anywhere(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.MaskCopied())
    harness.handle(ev.MaskCopiedOn())
    assert harness.state.sequence.frame == 1 and harness.annotation(1, thing).mask == mask(1)
    harness.handle(ev.FrameRequested(9))
    harness.handle(ev.MaskPasted())
    assert harness.annotation(9, thing).mask == mask(1) and harness.annotation(9, thing).reference


def test_deleting_on_a_range_is_one_step_and_leaves_verified_masks(harness: SessionHarness) -> None:
    thing = harness.annotate()
    for frame in range(1, 5):
        harness.handle(ev.MaskSet(frame, thing, mask(frame)))
    harness.handle(ev.FramesVerified(2, 3))
    harness.handle(ev.RangeCleared(thing, 1, 5))
    nothing = empty_mask(HEIGHT, WIDTH)
    assert [harness.annotation(frame, thing).mask == nothing for frame in range(5)] == [
        False,
        True,
        False,
        True,
        True,
    ]
    harness.handle(ev.Undone())
    assert harness.annotation(3, thing).mask == mask(3)


@pytest.fixture
def scan() -> Iterator[SessionHarness]:
    """A scan whose slices are twice as far apart as its pixels."""
    info = SequenceInfo(
        "ct", "/ct", "volume", FRAMES, WIDTH, HEIGHT, spacing=(2.0, 1.0, 1.0), orientation="axial"
    )
    made = SessionHarness()
    made.handle(ev.SequenceOpened(info))
    yield made


def test_a_ball_goes_through_the_slices_it_reaches_and_spares_verified_ones(scan: SessionHarness) -> None:
    ask(scan, Stroke(((8.0, 6.0),), 5.0), frame=10, is_ball=True)
    settle(scan)
    thing = scan.state.sequence.selected
    assert thing is not None
    widths = {
        frame: int(decode(cell.mask)[6].sum())
        for (frame, key), cell in scan.state.cells.items()
        if key == thing
    }
    assert widths == {8: 7, 9: 9, 10: 11, 11: 9, 12: 7}
    scan.handle(ev.FramesVerified(11, 12))
    ask(scan, Stroke(((8.0, 6.0),), 3.0, erase=True), frame=10, is_ball=True)
    settle(scan)
    assert decode(scan.annotation(11, thing).mask)[6].sum() == 9
    assert decode(scan.annotation(9, thing).mask)[6].sum() == 9 - 5
    assert not decode(scan.annotation(10, thing).mask)[6, 8]
    assert scan.state.annotation(7, thing) is None
