"""Edits by hand tools: carried out one after the other, each on the masks as the one before left them."""

from dataclasses import replace

from app.messages import events as ev
from app.messages.orders import Order
from app.session.clicks import finish_pending
from app.session.mask_edit_orders import order_edit
from app.session.mask_edit_results import commit_edit
from app.session.state import State, WaitingEdit


def on_requested(state: State, event: WaitingEdit) -> list[Order]:
    """Carry out an edit after those that wait already.

    A pending mask is finished first, and the editing of outlines ends.
    """
    if state.sequence.info is None:
        return []
    orders = finish_pending(state)
    state.sequence = replace(state.sequence, mode="annotate")
    state.polygons.clear()
    state.waiting_edits = (*state.waiting_edits, event)
    return orders + proceed(state)


def proceed(state: State) -> list[Order]:
    """Order the next edit that waits, unless one is under way or the pending mask is still to be finished."""
    while state.waiting_edits and state.mask_edit is None and not state.finish_awaited:
        state.mask_edit = order_edit(state, state.waiting_edits[0])
        if state.mask_edit is not None:
            return [state.mask_edit]
        _drop_first(state)
    return []


def undo_last(state: State) -> list[Order]:
    """Take back the last edit that is not carried out yet; an answer to it will be ignored."""
    *kept, last = state.waiting_edits
    state.waiting_edits = tuple(kept)
    _note_drawn(state, last)
    if not kept:
        state.mask_edit = None
    return []


def on_edited(state: State, event: ev.MasksEdited) -> list[Order]:
    """Commit the masks; where something else has changed them meanwhile, edit them again as they are now."""
    order = state.mask_edit
    if order is None or order.job != event.job:
        return []
    state.mask_edit = None
    request = state.waiting_edits[0]
    again = order_edit(state, request)
    if again is None or again.changes != order.changes:
        return proceed(state)
    _drop_first(state)
    return [*commit_edit(state, request, order, event), *proceed(state)]


def on_failed(state: State, event: ev.MaskEditFailed) -> list[Order]:
    """Drop the edit with a message."""
    if state.mask_edit is None or state.mask_edit.job != event.job:
        return []
    state.mask_edit = None
    state.add_toast("error", event.what)
    _drop_first(state)
    return proceed(state)


def _drop_first(state: State) -> None:
    first, *others = state.waiting_edits
    state.waiting_edits = tuple(others)
    _note_drawn(state, first)


def _note_drawn(state: State, request: WaitingEdit) -> None:
    if isinstance(request, ev.MaskEditRequested):
        state.drawn = max(state.drawn, request.drawn)
