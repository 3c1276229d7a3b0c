"""What an object is called, whether it is drawn and may be changed, and its split in time."""

from __future__ import annotations

from app.domain.annotation import Status
from app.domain.mask_operations import Stroke
from app.messages import events as ev
from app.messages import orders as od
from tests.session.harness import SessionHarness, mask


def two_objects(harness: SessionHarness) -> tuple[int, int]:
    first = harness.annotate(1)
    harness.handle(ev.ObjectAdded())
    return first, harness.annotate(2)


def test_objects_of_a_label_are_painted_in_colours_of_their_own(harness: SessionHarness) -> None:
    two_objects(harness)
    colors = [color for _, color in harness.last(od.ShowFrame).layers]
    assert len(colors) == len(set(colors)) == 2 and harness.state.labels[0].color in colors


def test_a_name_and_a_note_are_undone_and_come_back(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.ObjectDescribed(thing, name=" left one ", note="blurred"))
    assert harness.snapshot().name_of(thing) == f"#{thing} left one"
    harness.handle(ev.Undone())
    assert harness.snapshot().name_of(thing) == f"#{thing} first"
    harness.handle(ev.Redone())
    (item,) = harness.state.sequence.objects
    assert (item.name, item.note) == ("left one", "blurred")


def test_a_hidden_object_is_drawn_neither_in_2d_nor_in_3d(harness: SessionHarness) -> None:
    first, second = two_objects(harness)
    harness.handle(ev.View3DChanged(left_out=frozenset({second})))
    harness.handle(ev.ObjectsHidden(frozenset({first})))
    assert [found for found, _ in harness.last(od.ShowFrame).layers] == [mask(2)]
    assert harness.state.view3d.left_out == {first, second}
    harness.handle(ev.ObjectsHidden(frozenset()))
    assert harness.state.view3d.left_out == {second} and len(harness.last(od.ShowFrame).layers) == 2


def test_nothing_changes_a_locked_object(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.ObjectDescribed(thing, locked=True))
    before = dict(harness.state.cells)
    harness.click(10, 10)
    harness.handle(ev.MaskEditRequested(0, Stroke(((3, 3),), 2), thing))
    harness.handle(ev.MaskDeleted(0, thing))
    harness.handle(ev.RangeCleared(thing, 0, 5))
    harness.handle(ev.ObjectDeleted(thing))
    harness.handle(ev.PropagationRequested())
    assert harness.state.cells == before and harness.state.propagation is None
    assert not harness.count(od.EditMasks) and harness.state.object(thing) is not None


def test_results_of_a_propagation_do_not_reach_an_object_locked_meanwhile(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested())
    job = harness.last(od.Propagate).job
    harness.handle(ev.ObjectDescribed(thing, locked=True))
    harness.handle(ev.FramePropagated(job, 1, ((thing, mask(3), 0.9, (0, 0)),), 1, 29))
    assert harness.state.annotation(1, thing) is None


def test_a_split_gives_the_masks_from_a_frame_on_to_another_object(harness: SessionHarness) -> None:
    thing = harness.annotate()
    for frame in (3, 6):
        harness.handle(ev.MaskSet(frame, thing, mask(frame)))
    harness.handle(ev.ObjectSplit(thing, 3))
    other = harness.state.sequence.selected
    assert other is not None and other != thing
    assert (
        harness.annotation(6, other).mask == mask(6) and harness.annotation(6, other).status is Status.EDITED
    )
    assert harness.state.annotation(3, thing) is None and harness.annotation(0, thing).mask == mask(1)
    harness.handle(ev.Undone())
    assert harness.annotation(6, thing).mask == mask(6) and len(harness.state.sequence.objects) == 1


def test_a_verified_mask_is_not_split_off(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.FramesVerified(0, 1))
    harness.handle(ev.ObjectSplit(thing, 0))
    assert len(harness.state.sequence.objects) == 1 and "locked" in harness.toast


def test_the_selected_object_is_selected_again_after_opening(harness: SessionHarness) -> None:
    first, second = two_objects(harness)
    harness.handle(ev.ObjectChosen(first))
    cursor = harness.last(od.RecordCursor)
    assert cursor.selected == first
    state = harness.state
    opened = ev.SequenceOpened(harness.info, state.labels, state.sequence.objects, selected=cursor.selected)
    harness.handle(opened)
    assert harness.state.sequence.selected == first != second
