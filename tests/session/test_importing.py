"""An import of masks is one at a time, can be stopped, and its end is noticed whichever way it comes."""

from __future__ import annotations

import pytest

from app.messages import events as ev
from app.messages import orders as od
from tests.session.desk import Desk, mask


def test_one_import_at_a_time_and_it_can_be_stopped(desk: Desk) -> None:
    desk.say(ev.MasksImportCancelled())
    assert desk.count(od.CancelImport) == 0
    desk.say(ev.MasksImportRequested("/one.json"))
    desk.say(ev.MasksImportRequested("/two.json"))
    assert desk.count(od.ImportMasks) == 1
    assert desk.session.snapshot().tasks.importing == "/one.json"
    desk.say(ev.MasksImportCancelled())
    assert desk.count(od.CancelImport) == 1


@pytest.mark.parametrize(
    "end", [ev.MasksImportFailed("It was cancelled."), ev.MasksImported((), ((1, ((0, mask(1)),)),))]
)
def test_after_its_end_the_next_one_may_begin(desk: Desk, end: ev.Event) -> None:
    desk.say(ev.MasksImportRequested("/one.json"))
    desk.say(end)
    assert desk.session.snapshot().tasks.importing == ""
    desk.say(ev.MasksImportRequested("/two.json"))
    assert desk.count(od.ImportMasks) == 2


def test_nothing_is_imported_into_nothing(desk: Desk) -> None:
    desk.say(ev.SequenceClosed())
    desk.say(ev.MasksImportRequested("/one.json"))
    assert desk.count(od.ImportMasks) == 0
