"""Opening, closing, exports, label lists, messages."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from app.domain.annotation import Label, Object
from app.messages import events as ev
from app.messages import orders as od
from app.session import Session
from app.session.state import TOASTS_KEPT, SequenceData
from tests.session.harness import FRAMES, SessionHarness


def test_the_open_sequence_stays_until_the_other_is_there(harness: SessionHarness) -> None:
    orders = harness.handle(ev.SequenceRequested("/other.mp4"))
    assert orders == [od.OpenSequence("/other.mp4", None)]
    snapshot = harness.snapshot()
    assert snapshot.tasks.opening == "/other.mp4"
    assert snapshot.sequence.info is not None and snapshot.sequence.info.path == "/clip.mp4"


def test_an_error_ends_the_opening_and_a_warning_does_not(harness: SessionHarness) -> None:
    harness.handle(ev.SequenceRequested("/other.mp4"))
    harness.handle(ev.Noticed("warning", "The disk is slow."))
    assert harness.snapshot().tasks.opening == "/other.mp4"
    harness.handle(ev.Noticed("error", "This is no video."))
    assert harness.snapshot().tasks.opening == ""
    assert harness.toast == "This is no video."


def test_what_the_reader_doubts_is_said_once_and_stays(harness: SessionHarness) -> None:
    info = harness.info
    doubtful = replace(info, path="/other.mp4", warnings=("Frame 7 is damaged.", "Times are missing."))
    harness.handle(ev.SequenceOpened(doubtful))
    harness.handle(ev.SequenceOpened(doubtful))
    (toast,) = harness.snapshot().toasts
    assert (toast.text, toast.stays) == ("Frame 7 is damaged.\nTimes are missing.", True)


def test_opening_selects_a_label_that_the_sequence_has(harness: SessionHarness) -> None:
    harness.handle(ev.LabelChosen(2))
    info = harness.info
    harness.handle(ev.SequenceOpened(info, labels=(Label(7, "organ", (1, 2, 3)),)))
    assert harness.snapshot().label == 7


def test_closing_ends_what_is_under_way(harness: SessionHarness) -> None:
    harness.annotate()
    harness.handle(ev.PropagationRequested())
    harness.click(8, 8)
    kinds = [type(order) for order in harness.handle(ev.SequenceClosed(at_once=True))]
    wanted = [od.CancelPropagation, od.RecordPropagation, od.DropSegmentation, od.Pause, od.CloseSequence]
    assert kinds == wanted
    snapshot = harness.snapshot()
    assert (snapshot.sequence.info, snapshot.sequence.objects, snapshot.tracks, snapshot.edits.can_undo) == (
        None,
        (),
        (),
        False,
    )
    assert harness.handle(ev.SequenceClosed()) == []


def test_exports_go_one_at_a_time_and_say_what_they_wrote(harness: SessionHarness) -> None:
    harness.handle(ev.ExportRequested(("png", "coco"), "/out"))
    job = harness.last(od.Export).job
    assert harness.handle(ev.ExportRequested(("png",), "/elsewhere")) == []
    harness.handle(ev.ExportAdvanced(job, "coco", 3, 9))
    export = harness.snapshot().tasks.export
    assert export is not None and (export.kind, export.done, export.total) == ("coco", 3, 9)
    assert harness.handle(ev.ExportCancelled()) == [od.CancelExport(job)]
    harness.handle(ev.ExportEnded(job, ("/out/mask", "/out/clip.json")))
    assert harness.snapshot().tasks.export is None
    assert harness.toast == "Exported to /out/mask, /out/clip.json."
    assert harness.handle(ev.ExportCancelled()) == []


def test_an_export_while_masks_are_propagated_says_that_it_mixes_old_and_new(harness: SessionHarness) -> None:
    harness.handle(ev.LabelAdded("organ"))
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested())
    harness.propagated(1, thing)
    harness.handle(ev.ExportRequested(("png",), "/out"))
    assert harness.last(od.Export).folder == "/out"
    assert f"1 of {FRAMES} frames" in harness.toast and "Export again" in harness.toast


def test_many_exported_files_are_named_by_their_folder(harness: SessionHarness) -> None:
    harness.handle(ev.ExportRequested(("stl",), "/out"))
    paths = tuple(f"/out/organ {number}.stl" for number in range(7))
    harness.handle(ev.ExportEnded(harness.last(od.Export).job, paths))
    assert harness.toast == "Exported to /out: 7 files and folders."


def test_a_failed_export_says_why(harness: SessionHarness) -> None:
    harness.handle(ev.ExportRequested(("png",), "/out"))
    harness.handle(ev.ExportEnded(harness.last(od.Export).job, error="The disk is full."))
    assert (harness.state.toasts[-1].level, harness.toast) == ("error", "The disk is full.")


def test_masks_for_the_archive_are_an_export_of_their_own(harness: SessionHarness) -> None:
    harness.handle(ev.ArchiveRequested())
    job = harness.last(od.SendToArchive).job
    assert harness.handle(ev.ExportRequested(("png",), "/out")) == [] == harness.handle(ev.ArchiveRequested())
    harness.handle(ev.ArchiveExported(job + 1, 1))
    assert harness.snapshot().tasks.export is not None
    harness.handle(ev.ArchiveExported(job, 2))
    assert harness.snapshot().tasks.export is None and harness.toast.startswith("2 DICOM SEG")
    harness.handle(ev.ArchiveRequested())
    harness.handle(ev.ArchiveExported(harness.last(od.SendToArchive).job, 0, "This scan is no DICOM series."))
    assert (harness.state.toasts[-1].level, harness.toast) == ("error", "This scan is no DICOM series.")


def test_a_data_set_is_exported_without_an_open_sequence_and_a_note_is_shown() -> None:
    harness = SessionHarness()
    harness.handle(ev.DataSetRequested("coco", "/out"))
    job = harness.last(od.ExportDataSet).job
    assert harness.handle(ev.DataSetRequested("coco", "/out")) == []
    harness.handle(ev.ExportEnded(job, ("/out/set",), note="One sequence was left out."))
    assert [toast.text for toast in harness.state.toasts] == [
        "Exported to /out/set.",
        "One sequence was left out.",
    ]


def test_news_of_another_export_changes_nothing(harness: SessionHarness) -> None:
    harness.handle(ev.ExportRequested(("png",), "/out"))
    job = harness.last(od.Export).job
    before = harness.snapshot().tasks
    harness.handle(ev.ExportAdvanced(job + 1, "png", 1, 2))
    harness.handle(ev.ExportEnded(job + 1, ("/x",)))
    assert harness.snapshot().tasks == before and harness.snapshot().toasts == ()


def test_without_a_sequence_there_is_nothing_to_export_import_or_finish() -> None:
    session = Session()
    for event in (
        ev.ExportRequested(("png",), "/out"),
        ev.MasksImportRequested("/masks.json"),
        ev.MaskFinished(),
        ev.ClickAdded(0, 1.0, 1.0, True),
        ev.PropagationRequested(),
        ev.FramesVerified(0, 9),
        ev.MaskDeleted(0, 1),
        ev.VertexMoved(0, 1, 0, 0, 0, 1.0, 1.0),
    ):
        assert session.handle(event) == []


def test_a_label_list_is_read_and_written(harness: SessionHarness) -> None:
    assert harness.handle(ev.LabelsLoadRequested("/labels.txt")) == [od.LoadLabels("/labels.txt")]
    assert harness.handle(ev.LabelsSaveRequested("/labels.txt")) == [od.SaveLabels("/labels.txt")]


def test_an_empty_label_list_is_not_written() -> None:
    harness = SessionHarness()
    assert harness.handle(ev.LabelsSaveRequested("/labels.txt")) == []
    assert "empty" in harness.toast


def test_old_messages_give_way_and_a_repeated_one_is_shown_once(harness: SessionHarness) -> None:
    for number in range(TOASTS_KEPT + 2):
        harness.handle(ev.Noticed("info", f"message {number}"))
    harness.handle(ev.Noticed("info", "message 4"))
    texts = [toast.text for toast in harness.snapshot().toasts]
    assert len(texts) == TOASTS_KEPT and texts[-1] == "message 4" and texts.count("message 4") == 1
    harness.handle(ev.ToastDismissed(harness.snapshot().toasts[0].toast_id))
    assert len(harness.snapshot().toasts) == TOASTS_KEPT - 1


def test_edits_that_are_not_saved_keep_the_sequence_open(harness: SessionHarness) -> None:
    harness.handle(ev.StorageFailed("The disk is full."))
    assert harness.handle(ev.SequenceClosed()) == []
    assert harness.snapshot().sequence.info is not None
    assert harness.handle(ev.MasksImportRequested("/masks")) == []
    assert "free some space, then import" in harness.toast and not harness.snapshot().tasks.importing
    harness.handle(ev.EditsStored(0))
    assert harness.toast == "Saving works again."


def test_what_is_being_made_counts_as_opening_until_it_is_there_or_fails(harness: SessionHarness) -> None:
    harness.handle(ev.SequenceAwaited("demo"))
    assert harness.snapshot().tasks.opening == "demo"
    harness.handle(ev.Noticed("error", "The disk is full."))
    assert not harness.snapshot().tasks.opening


@pytest.mark.parametrize(("typed", "kept"), [("  Ana ", "Ana"), ("", "")])
def test_the_operator_is_known_without_blanks_around_the_name(
    harness: SessionHarness, typed: str, kept: str
) -> None:
    harness.handle(ev.OperatorChosen(typed))
    assert harness.snapshot().operator == kept
    harness.handle(ev.SequenceClosed())
    assert harness.snapshot().operator == kept


def test_opening_selects_the_object_that_a_click_would_extend(harness: SessionHarness) -> None:
    labels = (Label(1, "left", (255, 0, 0)), Label(2, "right", (0, 255, 0)))
    objects = (Object(1, 1), Object(2, 2), Object(3, 1))
    harness.handle(ev.SequenceOpened(harness.info, labels=labels, objects=objects, next_object=4))
    assert (harness.state.label, harness.state.sequence.selected) == (1, 3)


def test_closing_forgets_all_of_the_sequence_and_nothing_else(harness: SessionHarness) -> None:
    harness.annotate()
    harness.handle(ev.FrameRequested(5))
    harness.handle(ev.RangeMarked(2, 8))
    harness.handle(ev.PropagationRequested())
    harness.handle(ev.Noticed("info", "A message."))
    harness.handle(ev.SpeedChosen(2.0))
    before = harness.snapshot()
    harness.handle(ev.SequenceClosed())
    fresh = SequenceData()
    for item in fields(SequenceData):
        assert getattr(harness.state, item.name) == getattr(fresh, item.name), item.name
    kept = ("labels", "label", "view", "view3d", "models", "toasts", "operator", "playback", "worklist")
    for name in kept:
        assert getattr(harness.snapshot(), name) == getattr(before, name), name
