"""An import of masks is one at a time, can be stopped, and its end is noticed whichever way it comes."""

from __future__ import annotations

import pytest

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
    "end", [ev.MasksImportFailed("It was cancelled."), ev.MasksImported((), ((1, ((0, mask(1)),)),))]
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
