"""The worklist as the annotator acts on it, and when a sequence may be called done."""

from __future__ import annotations

from dataclasses import replace

from app.messages.events import FramesVerified
from app.messages.events.worklist import (
    DropFolderChosen,
    EffortMeasured,
    EffortRequested,
    EntryRetried,
    SequenceFinished,
    SequenceReopened,
    SequenceWarmed,
    WorklistChanged,
    WorklistSorted,
)
from app.messages.orders import Order
from app.messages.worklist_orders import FinishEntry, MeasureEffort, ReopenEntry, RetryEntry, WatchFolder
from app.session import propagation, review
from app.session.state import State


def on_changed(state: State, event: WorklistChanged) -> list[Order]:
    """Show the list as it is now."""
    state.worklist, state.entry_id = event.worklist, event.entry_id
    return []


def on_sorted(state: State, event: WorklistSorted) -> list[Order]:
    """Show the list in another order, which is that of the next and previous sequence too."""
    state.sorting = event.order
    return []


def on_retried(_state: State, event: EntryRetried) -> list[Order]:
    """Look again."""
    return [RetryEntry(event.entry_id)]


def on_folder(_state: State, event: DropFolderChosen) -> list[Order]:
    """Watch another folder."""
    return [WatchFolder(event.path)]


def on_finished(state: State, event: SequenceFinished) -> list[Order]:
    """Call the sequence done, once every frame was looked at or accepted."""
    if state.sequence is None:
        return []
    if state.pending is not None and state.pending.clicks:
        state.toast(
            "warning", "There is a mask that is not finished yet: finish it or clear its clicks first."
        )
        return []
    left = review.count_unreviewed(state)
    if left and not event.accept:
        state.toast("warning", f"{left} frames have not been looked at: look at them or accept them first.")
        return []
    orders = propagation.cancel(state)
    if left:
        orders += review.on_verified(state, FramesVerified(0, state.sequence.frames))
        state.seen[:] = bytes([1]) * state.sequence.frames
    return [*orders, FinishEntry(state.operator)]


def on_reopened(state: State, _event: SequenceReopened) -> list[Order]:
    """Take back that the sequence is done."""
    return [ReopenEntry()] if state.sequence is not None else []


def on_warmed(state: State, event: SequenceWarmed) -> list[Order]:
    """Show what is being prepared."""
    state.tasks = replace(state.tasks, warming=event.name)
    return []


def on_effort_requested(state: State, _event: EffortRequested) -> list[Order]:
    """Count what the open sequence took."""
    return [MeasureEffort()] if state.sequence is not None else []


def on_effort_measured(state: State, event: EffortMeasured) -> list[Order]:
    """Show it."""
    state.effort = event.report
    return []
