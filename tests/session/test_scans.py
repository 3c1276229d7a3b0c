"""What only scans have: window, orientation, cross-hairs, series, measures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.annotation import Extent, SequenceInfo, SeriesInfo, Window
from app.messages import events as ev
from app.messages import orders as od
from tests.session.harness import FRAMES, HEIGHT, WIDTH, SessionHarness

SCAN = SequenceInfo(
    "ct", "/ct.nii", "volume", FRAMES, WIDTH, HEIGHT, orientation="axial", window=Window(400.0, 40.0)
)
SERIES = (
    SeriesInfo("1.2", "3", "CT", "thorax", 90, 512, 512),
    SeriesInfo("1.3", "4", "CT", "", 80, 512, 512),
)


@pytest.fixture
def scan() -> SessionHarness:
    """An open scan, axial."""
    harness = SessionHarness()
    harness.handle(ev.SequenceOpened(SCAN))
    harness.handle(ev.ViewChanged(prefetch=False))
    return harness


@pytest.mark.parametrize(
    "event",
    [
        ev.WindowChanged(1.0, 2.0),
        ev.WindowFitted(),
        ev.OrientationChosen("sagittal"),
        ev.CrossMoved(9, 3.0, 4.0),
    ],
)
def test_a_video_has_no_window_orientation_or_cross_hairs(harness: SessionHarness, event: ev.Event) -> None:
    assert harness.handle(event) == []
    assert (
        harness.snapshot().view.window,
        harness.snapshot().sequence.frame,
        harness.snapshot().sequence.cross,
    ) == (
        None,
        0,
        None,
    )


def test_a_scan_opens_with_its_own_window_or_the_last_one(scan: SessionHarness) -> None:
    assert scan.snapshot().view.window == Window(400.0, 40.0)
    scan.handle(ev.SequenceOpened(SCAN, window=Window(50.0, 60.0)))
    assert scan.snapshot().view.window == Window(50.0, 60.0)


def test_a_window_is_shown_at_once_and_remembered(scan: SessionHarness) -> None:
    orders = scan.handle(ev.WindowChanged(300.0, -20.0))
    window = Window(300.0, -20.0)
    assert orders == [od.RecordWindow(window), od.ShowFrame(0, window=window)]
    assert scan.snapshot().view.window == Window(300.0, -20.0)


def test_no_window_is_narrower_than_a_grey_value_can_tell(scan: SessionHarness) -> None:
    scan.handle(ev.WindowChanged(-3.0, 0.0))
    window = scan.snapshot().view.window
    assert window is not None and window.width > 0


def test_a_window_can_be_as_narrow_as_pet_of_tiny_slopes_needs(scan: SessionHarness) -> None:
    scan.handle(ev.WindowChanged(1e-6, 1.5e-4))
    assert scan.snapshot().view.window == Window(1e-6, 1.5e-4)


def test_the_window_is_fitted_to_the_frame_on_the_screen(scan: SessionHarness) -> None:
    scan.handle(ev.FrameRequested(7))
    assert scan.handle(ev.WindowFitted()) == [od.FitWindow(7)]


def test_turning_ends_what_is_under_way_and_says_that_a_propagation_can_go_on(scan: SessionHarness) -> None:
    scan.handle(ev.LabelAdded("organ"))
    scan.annotate()
    scan.handle(ev.PropagationRequested())
    scan.click(8, 8)
    kinds = [type(order) for order in scan.handle(ev.OrientationChosen("coronal"))]
    assert kinds == [od.CancelPropagation, od.DropSegmentation, od.TurnSequence]
    assert "when the scan is axial again" in scan.toast
    assert scan.last(od.TurnSequence).orientation == "coronal"
    assert scan.snapshot().propagation is None and scan.snapshot().pending is None


def test_turning_to_the_same_direction_does_nothing(scan: SessionHarness) -> None:
    assert scan.handle(ev.OrientationChosen("axial")) == []


def test_the_cross_hairs_lead_to_their_frame(scan: SessionHarness) -> None:
    scan.handle(ev.CrossMoved(11, 3.0, 4.0))
    assert (scan.snapshot().sequence.frame, scan.snapshot().sequence.cross) == (11, (3.0, 4.0))


def test_several_series_are_offered_until_one_is_asked_for(scan: SessionHarness) -> None:
    scan.handle(ev.SequenceRequested("/study"))
    assert scan.snapshot().tasks.opening == "/study"
    scan.handle(ev.SeriesOffered("/study", SERIES))
    assert scan.snapshot().tasks.series_choice == ("/study", SERIES)
    assert scan.snapshot().tasks.opening == ""
    orders = scan.handle(ev.SequenceRequested("/study", "1.3", "sagittal"))
    assert orders == [od.OpenSequence("/study", "1.3", "sagittal")]
    assert scan.snapshot().tasks.series_choice == ("", ())


def test_an_offer_of_series_can_be_taken_back(scan: SessionHarness) -> None:
    scan.handle(ev.SeriesOffered("/study", SERIES))
    scan.handle(ev.SeriesOffered("/study"))
    assert scan.snapshot().tasks.series_choice == ("", ())


def test_measures_are_shown_and_forgotten_with_the_scan(scan: SessionHarness) -> None:
    extents = ((1, Extent(12.5, 30.0, 40.0, 5.0)),)
    scan.handle(ev.ScanMeasured(extents))
    assert scan.snapshot().sequence.extents == extents
    scan.handle(ev.SequenceOpened(replace(SCAN, path="/other.nii")))
    assert scan.snapshot().sequence.extents == ()


def test_another_series_is_looked_for_beside_the_open_one(scan: SessionHarness) -> None:
    assert scan.handle(ev.SeriesRequested()) == [od.ListSeries()]
    assert SessionHarness().handle(ev.SeriesRequested()) == []


def test_a_pixel_size_is_kept_and_the_pictures_are_opened_again(harness: SessionHarness) -> None:
    orders = harness.handle(ev.PixelSizeGiven(0.25))
    assert orders == [od.RecordPixelSize(0.25), od.ReopenSequence()]
    assert "0.25 mm" in harness.snapshot().toasts[-1].text


def test_a_scan_keeps_its_own_pixel_size(scan: SessionHarness) -> None:
    assert scan.handle(ev.PixelSizeGiven(0.25)) == []
