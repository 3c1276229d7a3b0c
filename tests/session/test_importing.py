"""An import of masks is one at a time, can be stopped, and its end is noticed whichever way it comes."""

from __future__ import annotations

import pytest

from app.domain.annotation import Label, Object, Status
from app.messages import events as ev
from app.messages import orders as od
from tests.session.harness import SessionHarness, mask


def test_one_import_at_a_time_and_it_can_be_stopped(harness: SessionHarness) -> None:
    harness.handle(ev.MasksImportCancelled())
    assert harness.count(od.CancelImport) == 0
    harness.handle(ev.MasksImportRequested("/one.json"))
    harness.handle(ev.MasksImportRequested("/two.json"))
    assert harness.count(od.ImportMasks) == 1
    assert harness.snapshot().tasks.importing == "/one.json"
    harness.handle(ev.MasksImportCancelled())
    assert harness.count(od.CancelImport) == 1


@pytest.mark.parametrize(
    "end",
    [
        ev.MasksImportFailed("It was cancelled."),
        ev.MasksImported((), (ev.ImportedObject(1, (ev.ImportedMask(0, mask(1)),)),)),
    ],
)
def test_after_its_end_the_next_one_may_begin(harness: SessionHarness, end: ev.Event) -> None:
    harness.handle(ev.MasksImportRequested("/one.json"))
    harness.handle(end)
    assert harness.snapshot().tasks.importing == ""
    harness.handle(ev.MasksImportRequested("/two.json"))
    assert harness.count(od.ImportMasks) == 2


def test_nothing_is_imported_into_nothing(harness: SessionHarness) -> None:
    harness.handle(ev.SequenceClosed())
    harness.handle(ev.MasksImportRequested("/one.json"))
    assert harness.count(od.ImportMasks) == 0


LABELS = (Label(1, "tool", (9, 9, 9)),)


def imported(harness: SessionHarness, *masks: ev.ImportedMask, own_id: int = 0) -> None:
    harness.handle(ev.MasksImported(LABELS, (ev.ImportedObject(1, masks, own_id),)))


def test_masks_of_a_file_are_imported_until_somebody_looks_at_them(harness: SessionHarness) -> None:
    imported(harness, ev.ImportedMask(3, mask(1), score=0.25))
    [item] = harness.state.sequence.objects
    cell = harness.state.cells[3, item.object_id]
    assert (cell.status, cell.score, cell.reference) == (Status.IMPORTED, 0.25, True)
    harness.handle(ev.WorstFrameRequested())
    assert harness.state.sequence.frame == 3, "a walk over what needs a look comes by"
    harness.handle(ev.FramesVerified(3, 4, (), True))
    assert harness.state.cells[3, item.object_id].status is Status.VERIFIED
    harness.handle(ev.FramesVerified(3, 4, (), False))
    assert harness.state.cells[3, item.object_id].status is Status.IMPORTED, (
        "unlocking makes nobody its author"
    )


def test_an_own_export_brings_everything_back_and_adds_no_object(harness: SessionHarness) -> None:
    own = (
        ev.ImportedMask(0, mask(1), Status.EDITED, 1.0, "Ada"),
        ev.ImportedMask(1, mask(2), Status.PROPAGATED, 0.5, "Ada"),
        ev.ImportedMask(2, mask(3), Status.VERIFIED, 0.75, "Bob"),
    )
    imported(harness, *own, own_id=7)
    assert harness.state.sequence.objects == (Object(7, 1),)
    cells = [harness.state.cells[frame, 7] for frame in range(3)]
    assert [cell.status for cell in cells] == [Status.EDITED, Status.PROPAGATED, Status.VERIFIED]
    assert [cell.score for cell in cells] == [1.0, 0.5, 0.75]
    assert [cell.author for cell in cells] == ["Ada", "Ada", "Bob"]
    assert [cell.reference for cell in cells] == [True, False, True]
    edits = len(harness.state.history.done)
    imported(harness, *own, own_id=7)
    assert len(harness.state.history.done) == edits, "a second time there is nothing to do"
    harness.handle(ev.ObjectAdded(1))
    assert max(item.object_id for item in harness.state.sequence.objects) == 8


def test_an_object_that_was_renamed_comes_back_as_itself(harness: SessionHarness) -> None:
    own = [ev.ImportedMask(0, mask(1), Status.EDITED), ev.ImportedMask(1, mask(2), Status.EDITED)]
    imported(harness, *own, own_id=7)
    harness.handle(ev.ObjectDescribed(7, name="left hook"))
    imported(harness, own[0], ev.ImportedMask(2, mask(3), Status.EDITED), own_id=7)
    [item] = harness.state.sequence.objects
    assert item.name == "left hook" and (2, 7) in harness.state.cells


def test_a_file_of_another_program_that_is_imported_again_adds_nothing(harness: SessionHarness) -> None:
    twins = tuple(
        ev.ImportedObject(1, (ev.ImportedMask(0, mask(1)), ev.ImportedMask(1, mask(2)))) for _ in "ab"
    )
    for _ in range(2):
        harness.handle(ev.MasksImported(LABELS, twins))
        assert len(harness.state.sequence.objects) == 2
    assert any("here already" in toast.text for toast in harness.snapshot().toasts)
    imported(harness, ev.ImportedMask(0, mask(1)), ev.ImportedMask(1, mask(3)))
    assert len(harness.state.sequence.objects) == 3, "another mask is another object"


def test_what_was_verified_here_stays_and_the_rest_is_replaced_in_one_step(harness: SessionHarness) -> None:
    first = [ev.ImportedMask(frame, mask(frame), Status.EDITED) for frame in range(3)]
    imported(harness, *first, own_id=4)
    harness.handle(ev.FramesVerified(0, 1, (4,), True))
    changed = [ev.ImportedMask(frame, mask(10 + frame), Status.EDITED) for frame in range(2)]
    imported(harness, *changed, first[2], own_id=4)
    assert [harness.state.cells[frame, 4].mask for frame in range(3)] == [mask(0), mask(11), mask(2)]
    assert any("1 verified mask" in toast.text for toast in harness.state.toasts)
    harness.handle(ev.Undone())
    assert harness.state.cells[1, 4].mask == mask(1)


def test_another_object_with_the_same_number_is_added_beside(harness: SessionHarness) -> None:
    imported(harness, ev.ImportedMask(0, mask(1), Status.EDITED), own_id=1)
    imported(harness, ev.ImportedMask(0, mask(2), Status.EDITED), own_id=1)
    assert harness.state.sequence.objects == (Object(1, 1), Object(2, 1))
    assert harness.state.cells[0, 1].mask == mask(1)


def test_an_import_that_is_shown_changes_nothing_until_it_is_agreed_to(harness: SessionHarness) -> None:
    before, fresh = harness.snapshot().labels, (Label(5, "tool", (9, 9, 9)),)
    harness.handle(ev.MasksImportRequested("/some/cvat.xml"))
    masks = (ev.ImportedMask(0, mask(1)), ev.ImportedMask(2, mask(1)))
    found = ev.MasksImported(
        fresh, (ev.ImportedObject(5, masks), ev.ImportedObject(5, masks[:1])), ("hm",), "CVAT 1.1"
    )
    harness.handle(found)
    preview = harness.snapshot().tasks.import_preview
    assert preview is not None and not harness.snapshot().sequence.objects
    assert preview.title == "CVAT 1.1, 2 objects, 2 frames" and preview.path == "/some/cvat.xml"
    assert preview.lines == ("new label tool: 2 objects, 3 masks",) and preview.warnings == ("hm",)
    harness.handle(ev.MasksImportCancelled())
    assert harness.snapshot().tasks.import_preview is None and not harness.snapshot().sequence.objects
    harness.handle(ev.MasksImportConfirmed())
    assert not harness.snapshot().sequence.objects, "there is nothing to agree to"
    harness.handle(ev.MasksImportRequested("/some/cvat.xml"))
    harness.handle(found)
    harness.handle(ev.MasksImportConfirmed())
    assert len(harness.snapshot().sequence.objects) == 2 and harness.snapshot().tasks.import_preview is None
    harness.handle(ev.Undone())
    assert not harness.snapshot().sequence.objects and harness.snapshot().labels == before
