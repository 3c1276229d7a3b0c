"""Handlers of the worklist, finishing a sequence and effort."""

from dataclasses import replace

from app.domain.worklist.repeat_readings import reading_refusal
from app.messages.events import FramesVerified
from app.messages.events import worklist as we
from app.messages.orders import Order
from app.messages.worklist_orders import (
    FinishEntry,
    MeasureEffort,
    ReopenEntry,
    RetryEntry,
    ToggleRepeat,
    WatchFolder,
)
from app.session import propagation, review
from app.session.state import State


def on_changed(state: State, event: we.WorklistChanged) -> list[Order]:
    """Show the changed list; the frame is shown again when its drive comes back."""
    sorting = state.worklist.sorting
    state.worklist = replace(event.worklist, entry_id=event.entry_id, sorting=sorting)
    entry = state.worklist.entry(event.entry_id)
    state.is_source_missing = entry is not None and entry.missing
    return []


def on_sorted(state: State, event: we.WorklistSorted) -> list[Order]:
    """Sort the list, which also decides the next and previous sequence."""
    state.worklist = replace(state.worklist, sorting=event.order)
    return []


def on_retried(_state: State, event: we.EntryRetried) -> list[Order]:
    """Probe an entry again, or scan the drop folder."""
    return [RetryEntry(event.entry_id)]


def on_repeat_toggled(_state: State, event: we.RepeatToggled) -> list[Order]:
    """Ask for a repeat reading, or withdraw one."""
    return [ToggleRepeat(event.entry_id)]


def on_folder(_state: State, event: we.DropFolderChosen) -> list[Order]:
    """Watch another folder."""
    return [WatchFolder(event.path)]


def on_finished(state: State, event: we.SequenceFinished) -> list[Order]:
    """Mark the sequence as done, once every frame was looked at or accepted."""
    if state.sequence.info is None:
        return []
    if state.pending is not None and state.pending.prompts:
        state.add_toast(
            "warning", "There is a mask that is not finished yet: finish it or clear its clicks first."
        )
        return []
    if refused := reading_refusal(state.worklist.entry(state.worklist.entry_id), state.operator):
        state.add_toast("warning", refused)
        return []
    left = review.count_unreviewed(state)
    if left and not event.accept:
        state.add_toast(
            "warning", f"{left} frames have not been looked at: look at them or accept them first."
        )
        return []
    orders = propagation.cancel(state)
    if left:
        only = review.frames_to_accept(state)
        orders += review.on_verified(state, FramesVerified(0, state.sequence.info.frames, only=only))
        state.seen[:] = bytes([1]) * state.sequence.info.frames
        state.seen_masks.clear()
    return [*orders, FinishEntry(state.operator)]


def on_reopened(state: State, _event: we.SequenceReopened) -> list[Order]:
    """Take back that the sequence is done."""
    return [ReopenEntry()] if state.sequence.info is not None else []


def on_warmed(state: State, event: we.SequenceWarmed) -> list[Order]:
    """Show which sequence is being prepared."""
    state.tasks = replace(state.tasks, warming=event.name)
    return []


def on_effort_requested(state: State, _event: we.EffortRequested) -> list[Order]:
    """Order the effort spent on the open sequence to be measured."""
    return [MeasureEffort()] if state.sequence.info is not None else []


def on_effort_measured(state: State, event: we.EffortMeasured) -> list[Order]:
    """Show the effort."""
    state.sequence = replace(state.sequence, effort=event.report)
    return []
