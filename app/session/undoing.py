"""Handlers of undo and redo: the clicks of the pending mask first, then the gestures of the history."""

from app.domain.history import Edit
from app.messages import events as ev
from app.messages.orders import Order, Record
from app.session import clicks, labels, mask_edits, navigation, polygons, propagation, reshapes, tiers
from app.session.state import State


def on_undone(state: State, _event: ev.Undone) -> list[Order]:
    """Undo a click of the pending mask, or else the last edit."""
    if state.pending is not None and state.pending.frame != state.sequence.frame:
        return clicks.drop_pending(state)
    if state.pending is not None and state.pending.prompts:
        return clicks.undo_click(state)
    if state.waiting_edits:
        return mask_edits.undo_last(state)
    if state.reshapes:
        return reshapes.undo_last(state)
    if not state.history.done:
        return []
    orders = clicks.drop_pending(state) + propagation.cancel(state)
    edit = state.history.undo()
    if edit is None:
        return orders
    state.apply(edit.inverse)
    return [
        *orders,
        Record(edit, "undone"),
        *labels.keep_labels(state, edit),
        *tiers.keep(state, edit),
        *_follow(state, edit, "Undone"),
    ]


def on_redone(state: State, _event: ev.Redone) -> list[Order]:
    """Redo a click of the pending mask, or else the last undone edit."""
    if state.pending is not None and state.pending.undone:
        return clicks.redo_click(state)
    if not state.history.undone:
        return []
    orders = clicks.drop_pending(state) + propagation.cancel(state)
    edit = state.history.redo()
    if edit is None:
        return orders
    state.apply(edit)
    return [
        *orders,
        Record(edit, "redone"),
        *labels.keep_labels(state, edit),
        *tiers.keep(state, edit),
        *_follow(state, edit, "Redone"),
    ]


def _follow(state: State, edit: Edit, what: str) -> list[Order]:
    """Show the frame that an undone or redone gesture was made on, and select its object where none is selected.

    What happened out of sight is said. what: "Undone" or "Redone".
    """
    state.is_finished = False
    labels.select_again(state, (change.object_id for change in edit.cells))
    touched = {change.frame for change in edit.cells}
    by_hand = {change.frame for change in edit.cells if change.after is None or change.after.reference}
    frames = by_hand if len(by_hand) == 1 else touched
    if edit.comments is not None or edit.tiers is not None:
        state.add_toast("info", f"{what}: {edit.title.lower()}.")
    if not frames or state.sequence.frame in frames:
        return polygons.refresh_outlines(state)
    where = f"frame {min(touched)}" if len(touched) == 1 else f"{len(touched)} frames"
    state.add_toast("info", f"{what}: {edit.title.lower()}, {where}.")
    if len(frames) > 1:
        return polygons.refresh_outlines(state)
    return navigation.on_requested(state, ev.FrameRequested(frames.pop()))
