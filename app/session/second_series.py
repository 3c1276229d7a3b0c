"""Handlers of the second series, which is shown beside the frame and never changed."""

from dataclasses import replace

from app.messages.events import (
    SecondSeriesChosen,
    SecondSeriesClosed,
    SecondSeriesFailed,
    SecondSeriesOffered,
    SecondSeriesOpened,
    SecondSeriesRequested,
    SecondWindowChanged,
)
from app.messages.orders import FindOtherSeries, Order
from app.messages.snapshot import SecondSeries
from app.session.state import State


def on_requested(state: State, _event: SecondSeriesRequested) -> list[Order]:
    """Look for the other series of the study."""
    info = state.sequence.info
    return [FindOtherSeries()] if info is not None and info.may_have_others else []


def on_offered(state: State, event: SecondSeriesOffered) -> list[Order]:
    """Show the only one, or offer a choice."""
    if len(event.places) == 1:
        return on_chosen(state, SecondSeriesChosen(event.places[0]))
    if not event.places:
        state.add_toast("info", "There is no other series of this study to show beside it.")
    state.tasks = replace(state.tasks, second_choice=event.places)
    return []


def on_chosen(state: State, event: SecondSeriesChosen) -> list[Order]:
    """Show a series beside the frame."""
    state.tasks = replace(state.tasks, second_choice=())
    if state.sequence.info is not None:
        state.sequence = replace(state.sequence, second=SecondSeries(event.place))
    return []


def on_opened(state: State, event: SecondSeriesOpened) -> list[Order]:
    """Take the window that a series opens with; one that it was given before it was opened again stays."""
    second = state.sequence.second
    if second is not None and second.place == event.place:
        opened = replace(second, opening=False, window=second.window or event.window, own_window=event.window)
        state.sequence = replace(state.sequence, second=opened)
    return []


def on_failed(state: State, event: SecondSeriesFailed) -> list[Order]:
    """Say why a series cannot be shown."""
    second = state.sequence.second
    if second is not None and second.place == event.place:
        state.sequence = replace(state.sequence, second=replace(second, opening=False, trouble=event.trouble))
    return []


def on_window(state: State, event: SecondWindowChanged) -> list[Order]:
    """Show the series through another window."""
    second = state.sequence.second
    if second is not None:
        changed = replace(second, window=event.window or second.own_window)
        state.sequence = replace(state.sequence, second=changed)
    return []


def on_closed(state: State, _event: SecondSeriesClosed) -> list[Order]:
    """Show the frame alone."""
    state.sequence = replace(state.sequence, second=None)
    return []
