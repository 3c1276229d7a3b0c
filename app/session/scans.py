"""Handlers for scans: window, direction of annotation, cross-hairs, series, measures."""

from dataclasses import replace

from app.domain.annotation import Window
from app.messages import events as ev
from app.messages.orders import (
    FitWindow,
    ListSeries,
    MeasureAreas,
    Order,
    RecordPixelSize,
    RecordWindow,
    ReopenSequence,
    TurnSequence,
)
from app.session import navigation, propagation
from app.session.clicks import drop_pending, finish_pending
from app.session.state import State

NARROWEST = 1e-12  # width in native units; above zero, and below what PET in Bq/ml times tiny slopes needs


def on_window_changed(state: State, event: ev.WindowChanged) -> list[Order]:
    """Change the intensity window."""
    if not _is_scan(state):
        return []
    window = Window(max(event.width, NARROWEST), event.center)
    state.view = replace(state.view, window=window)
    return [RecordWindow(window)]


def on_window_fitted(state: State, _event: ev.WindowFitted) -> list[Order]:
    """Fit the window to the frame."""
    return [FitWindow(state.sequence.frame)] if _is_scan(state) else []


def on_orientation(state: State, event: ev.OrientationChosen) -> list[Order]:
    """Turn to another direction of annotation, or to time; clicks, playback and propagation end."""
    info = state.sequence.info
    if info is None or not _is_scan(state):
        return []
    if event.along == "time" and info.time_points < 2:
        state.add_toast("info", "This is no scan over time: there is one time point.")
        return []
    is_same = event.along == "time" or info.orientation == event.orientation
    if info.along == event.along and is_same:
        return []
    finished = finish_pending(state)
    if state.propagation is not None:
        where = "along time" if info.along == "time" else str(info.orientation)
        state.add_toast("info", f"Propagation stopped; it can go on when the scan is {where} again.")
    return [
        *navigation.pause_playback(state),
        *finished,
        *propagation.suspend(state),
        *drop_pending(state),
        TurnSequence(event.orientation, event.along),
    ]


def on_cross(state: State, event: ev.CrossMoved) -> list[Order]:
    """Go to a place in the scan."""
    if not _is_scan(state):
        return []
    orders = navigation.on_requested(state, ev.FrameRequested(event.frame))
    state.sequence = replace(state.sequence, cross=(event.x, event.y))
    return orders


def on_areas_requested(state: State, event: ev.AreasRequested) -> list[Order]:
    """Measure the areas anew."""
    state.sequence = replace(state.sequence, areas=())
    return [MeasureAreas()] if state.sequence.info is not None else []


def on_areas_measured(state: State, event: ev.AreasMeasured) -> list[Order]:
    """Show the areas of the objects."""
    state.sequence = replace(state.sequence, areas=event.curves)
    return []


def on_pixel_size(state: State, event: ev.PixelSizeGiven) -> list[Order]:
    """Measure pictures with another pixel size from now on; a scan has its own."""
    if state.sequence.info is None or _is_scan(state):
        return []
    state.add_toast("info", _said(event.millimetres))
    return [*finish_pending(state), RecordPixelSize(event.millimetres), ReopenSequence()]


def _said(millimetres: float | None) -> str:
    if millimetres is None:
        return "Pixels have the size that the file gives them."
    return f"A pixel is {millimetres:.4g} mm wide now."


def on_series_requested(state: State, event: ev.SeriesRequested) -> list[Order]:
    """Look for other series and time points beside the open one."""
    return [ListSeries()] if state.sequence.info is not None else []


def on_series(state: State, event: ev.SeriesOffered) -> list[Order]:
    """Offer a choice of series, or take the offer back."""
    choice = (event.path, event.series) if event.series else ("", ())
    state.tasks = replace(state.tasks, opening="", series_choice=choice)
    return []


def on_measured(state: State, event: ev.ScanMeasured) -> list[Order]:
    """Show the measures of the objects."""
    state.sequence = replace(state.sequence, extents=event.extents)
    return []


def _is_scan(state: State) -> bool:
    return state.sequence.info is not None and state.sequence.info.kind == "volume"
