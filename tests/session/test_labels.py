"""The label list and the objects."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.annotation import Label
from app.domain.segment_code import CodedTerm, SegmentCode
from app.messages import events as ev
from app.messages import orders as od
from tests.session.harness import SessionHarness, mask


def values(harness: SessionHarness) -> list[int]:
    return [label.value for label in harness.snapshot().labels]


def test_a_new_label_takes_the_first_free_value_and_becomes_the_current_one(harness: SessionHarness) -> None:
    harness.handle(ev.LabelDeleted(1))
    harness.handle(ev.LabelAdded("  "))
    assert values(harness) == [2, 1]
    label = harness.snapshot().labels[-1]
    assert (label.name, harness.snapshot().label) == ("label 1", 1)
    assert len({label.color for label in harness.snapshot().labels}) == 2
    assert harness.last(od.KeepLabels).labels == harness.snapshot().labels


@pytest.mark.parametrize("value", [1, 256, -3])
def test_a_value_that_is_taken_or_out_of_range_is_refused(harness: SessionHarness, value: int) -> None:
    harness.handle(ev.LabelAdded("third", value))
    assert values(harness) == [1, 2]
    assert "not free" in harness.toast


def test_a_label_is_renamed_and_recoloured(harness: SessionHarness) -> None:
    harness.handle(ev.LabelChanged(1, name=" vessel ", color=(9, 8, 7)))
    assert harness.snapshot().labels[0] == Label(1, "vessel", (9, 8, 7))
    harness.handle(ev.LabelChanged(1, name="  "))
    assert harness.snapshot().labels[0].name == "vessel"
    assert harness.handle(ev.LabelChanged(9, name="none")) == []


def test_a_label_gets_a_code_keeps_it_under_another_name_and_undo_takes_it_away(
    harness: SessionHarness,
) -> None:
    term = CodedTerm("10200004", "SCT", "Liver")
    code = SegmentCode(CodedTerm("123037004", "SCT", "Anatomical Structure"), term)
    harness.handle(ev.LabelCoded(1, code))
    harness.handle(ev.LabelChanged(1, name="Leber"))
    assert harness.snapshot().labels[0].code == code
    assert harness.last(od.KeepLabels).labels[0].code == code
    harness.handle(ev.LabelCoded(1, None))
    assert harness.snapshot().labels[0].code is None
    harness.handle(ev.Undone())
    assert harness.snapshot().labels[0].code == code
    harness.handle(ev.LabelAdded("liver", code=code))
    assert harness.snapshot().labels[-1].code == code


def test_a_label_in_use_is_not_deleted(harness: SessionHarness) -> None:
    harness.annotate()
    harness.handle(ev.LabelDeleted(1))
    assert values(harness) == [1, 2] and "1 object has label 1" in harness.toast
    harness.handle(ev.ObjectAdded())
    harness.handle(ev.LabelDeleted(1))
    assert "2 objects have label 1" in harness.toast
    assert harness.handle(ev.LabelDeleted(9)) == []


def test_the_painting_order_can_be_changed(harness: SessionHarness) -> None:
    first, second = harness.annotate(1, 1), harness.annotate(2, 2)
    assert [layer[0] for layer in harness.session.layers()] == [mask(1), mask(2)]
    harness.handle(ev.LabelMoved(1, 99))
    assert values(harness) == [2, 1]
    assert [layer[0] for layer in harness.session.layers()] == [mask(2), mask(1)]
    assert harness.handle(ev.LabelMoved(1, 1)) == []
    assert [item.object_id for item in harness.snapshot().sequence.objects] == [first, second]


def test_a_hidden_overlay_paints_nothing(harness: SessionHarness) -> None:
    harness.annotate()
    harness.handle(ev.ViewChanged(overlay_visible=False))
    assert harness.session.layers() == ()


def test_a_loaded_list_keeps_the_labels_that_objects_need(harness: SessionHarness) -> None:
    harness.annotate(1, 2)
    harness.handle(ev.LabelsReplaced((Label(7, "organ", (1, 2, 3)),)))
    assert values(harness) == [7, 2]


def test_choosing_a_label_selects_its_latest_object(harness: SessionHarness) -> None:
    harness.annotate(1, 1)
    harness.handle(ev.ObjectAdded(1))
    latest = harness.snapshot().sequence.selected
    harness.annotate(2, 2)
    harness.handle(ev.LabelChosen(1))
    assert (harness.snapshot().label, harness.snapshot().sequence.selected) == (1, latest)
    harness.handle(ev.LabelChosen(77))
    assert harness.snapshot().label == 1


def test_an_object_of_a_label_that_is_not_there_is_refused(harness: SessionHarness) -> None:
    assert harness.handle(ev.ObjectAdded(77)) == []
    assert harness.snapshot().sequence.objects == () and "77" in harness.toast


def test_objects_are_selected_in_turn(harness: SessionHarness) -> None:
    assert harness.handle(ev.ObjectStepped(1)) == []
    ids = [harness.annotate(n, label) for n, label in ((1, 1), (2, 2))]
    harness.handle(ev.ObjectChosen(None))
    visited = []
    for direction in (1, 1, 1, -1):
        harness.handle(ev.ObjectStepped(direction))
        visited.append((harness.snapshot().sequence.selected, harness.snapshot().label))
    assert visited == [(ids[0], 1), (ids[1], 2), (ids[0], 1), (ids[1], 2)]
    harness.handle(ev.ObjectChosen(None))
    harness.handle(ev.ObjectStepped(-1))
    assert harness.snapshot().sequence.selected == ids[1]


def test_choosing_an_object_forgets_clicks_that_were_all_taken_back(harness: SessionHarness) -> None:
    harness.click()
    harness.handle(ev.Undone())
    assert harness.snapshot().edits.can_redo
    harness.handle(ev.ObjectChosen(None))
    assert harness.snapshot().pending is None


def test_an_object_changes_its_label_and_back(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.ObjectRelabelled(thing, 2))
    assert harness.snapshot().sequence.objects[0].label == 2
    assert harness.snapshot().tracks[0].label == 2
    assert harness.snapshot().label_of(thing) == harness.snapshot().labels[1]
    assert harness.handle(ev.ObjectRelabelled(thing, 2)) == []
    assert harness.handle(ev.ObjectRelabelled(thing, 77)) == []
    assert harness.snapshot().label == 2, "further clicks would make another object"
    harness.handle(ev.Undone())
    assert harness.snapshot().sequence.objects[0].label == harness.snapshot().label == 1


def test_a_deleted_object_comes_back_with_its_masks(harness: SessionHarness) -> None:
    thing = harness.annotate()
    assert harness.handle(ev.ObjectDeleted(thing + 9)) == []
    harness.handle(ev.ObjectDeleted(thing))
    assert harness.snapshot().sequence.objects == () and harness.snapshot().annotations == ()
    harness.handle(ev.Undone())
    ((found, cell),) = harness.snapshot().annotations
    assert (found, cell.mask) == (thing, mask(1))


def test_labels_are_kept_when_no_sequence_is_open() -> None:
    harness = SessionHarness()
    harness.handle(ev.LabelAdded("tool"))
    harness.handle(ev.LabelDeleted(1))
    assert harness.last(od.KeepLabels).labels == ()
    assert harness.snapshot().label is None


def test_an_undone_deletion_of_a_label_reaches_the_sequences_to_come(harness: SessionHarness) -> None:
    harness.handle(ev.LabelDeleted(2))
    harness.handle(ev.Undone())
    assert [label.value for label in harness.last(od.KeepLabels).labels] == [1, 2]
    harness.handle(ev.Redone())
    assert [label.value for label in harness.last(od.KeepLabels).labels] == [1]


def test_scans_and_videos_have_label_lists_of_their_own(harness: SessionHarness) -> None:
    video = harness.info
    scan = replace(video, name="scan", path="/scan", kind="volume")
    harness.handle(ev.SequenceOpened(scan))
    assert values(harness) == [], "a scan does not begin with the instruments of a video"
    harness.handle(ev.LabelAdded("liver"))
    harness.handle(ev.SequenceOpened(replace(video, path="/other.mp4")))
    assert [label.name for label in harness.snapshot().labels] == ["first", "second"]
    harness.handle(ev.SequenceOpened(replace(scan, path="/other")))
    assert [label.name for label in harness.snapshot().labels] == ["liver"]


def test_a_list_loaded_before_any_sequence_is_opened_is_for_scans_and_videos(harness: SessionHarness) -> None:
    video = harness.info
    harness.handle(ev.SequenceClosed())
    harness.handle(ev.LabelsReplaced((Label(7, "polyp", (1, 2, 3)),)))
    for info in (video, replace(video, path="/scan", kind="volume")):
        harness.handle(ev.SequenceOpened(info))
        assert values(harness) == [7]


def test_undoing_a_mask_leaves_the_kept_labels_alone(harness: SessionHarness) -> None:
    harness.annotate()
    kept = harness.count(od.KeepLabels)
    harness.handle(ev.Undone())
    assert harness.count(od.KeepLabels) == kept


def test_scans_of_another_modality_and_later_starts_get_the_lists_of_their_kind(
    harness: SessionHarness,
) -> None:
    scan = replace(harness.info, path="/ct", kind="volume", modality="CT")
    harness.handle(ev.SequenceOpened(scan))
    harness.handle(ev.LabelAdded("liver"))
    assert harness.last(od.KeepLabels).kind == "scan ct"
    harness.handle(ev.SequenceOpened(replace(scan, path="/mr", modality="MR")))
    assert values(harness) == [], "a brain is offered no liver"
    later = SessionHarness()
    later.handle(ev.LabelsRecalled("scan ct", (Label(4, "liver", (1, 2, 3)),)))
    later.handle(ev.LabelsRecalled("", (Label(9, "any", (1, 2, 3)),)))
    assert values(later) == [9]
    for info, expected in ((replace(scan, modality="MR"), [9]), (scan, [4])):
        later.handle(ev.SequenceOpened(info))
        assert values(later) == expected
