"""Another series of the study is shown beside the frame: chosen, opened, refused, closed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.actions.registry import registry
from app.domain.annotation import SequenceInfo, SeriesPlace, Window
from app.messages import events as ev
from app.messages import orders as od
from tests.session.harness import FRAMES, HEIGHT, WIDTH, SessionHarness

SCAN = SequenceInfo(
    "ct", "/study", "volume", FRAMES, WIDTH, HEIGHT, window=Window(400, 40), orientation="axial"
)
PET, MR = SeriesPlace("/study", "2", "PET", "PT 30 slices"), SeriesPlace("/study", "3", "T2", "MR 20 slices")
OWN = Window(900.0, 450.0)


@pytest.fixture
def scan(harness: SessionHarness) -> SessionHarness:
    """A session with a scan open."""
    harness.handle(ev.SequenceOpened(SCAN))
    return harness


def press(harness: SessionHarness) -> None:
    """Press the key of the second series."""
    for event in registry()["scan.second"].events(harness.snapshot()):
        harness.handle(event)


def test_the_only_other_series_is_shown_at_once_and_the_same_key_closes_it(scan: SessionHarness) -> None:
    press(scan)
    assert scan.count(od.FindOtherSeries) == 1
    scan.handle(ev.SecondSeriesOffered((PET,)))
    second = scan.state.sequence.second
    assert (
        second is not None and second.place == PET and second.opening and not scan.state.tasks.second_choice
    )
    scan.handle(ev.SecondSeriesOpened(PET, OWN))
    second = scan.state.sequence.second
    assert second is not None and not second.opening and second.window == OWN
    press(scan)
    assert scan.state.sequence.second is None


def test_of_several_one_is_chosen_and_without_any_that_is_said(scan: SessionHarness) -> None:
    scan.handle(ev.SecondSeriesOffered((PET, MR)))
    assert scan.state.sequence.second is None and scan.state.tasks.second_choice == (PET, MR)
    scan.handle(ev.SecondSeriesChosen(MR))
    assert scan.state.sequence.second is not None and not scan.state.tasks.second_choice
    scan.handle(ev.SecondSeriesFailed(PET, "late news of another one"))
    assert scan.state.sequence.second.place == MR and not scan.state.sequence.second.trouble
    scan.handle(ev.SecondSeriesClosed())
    scan.handle(ev.SecondSeriesOffered(()))
    assert scan.state.sequence.second is None and "no other series" in scan.toast


def test_it_has_a_window_of_its_own_and_stays_when_the_scan_is_turned(scan: SessionHarness) -> None:
    scan.handle(ev.SecondSeriesChosen(PET))
    scan.handle(ev.SecondSeriesOpened(PET, OWN))
    scan.handle(ev.SecondWindowChanged(Window(100.0, 50.0)))
    assert scan.state.view.window == SCAN.window
    scan.handle(ev.SequenceOpened(replace(SCAN, orientation="coronal")))
    second = scan.state.sequence.second
    assert second is not None and second.window == Window(100.0, 50.0)
    scan.handle(ev.SecondSeriesOpened(PET, OWN))
    assert scan.state.sequence.second is not None
    assert scan.state.sequence.second.window == Window(100.0, 50.0), "it is opened again for the turned scan"
    scan.handle(ev.SecondWindowChanged(None))
    assert scan.state.sequence.second is not None and scan.state.sequence.second.window == OWN
    scan.handle(ev.SequenceOpened(replace(SCAN, name="another series of it")))
    assert scan.state.sequence.second is None


def test_a_video_has_no_second_series(harness: SessionHarness) -> None:
    press(harness)
    assert not harness.count(od.FindOtherSeries)
