"""Edits of outlines: shown at once, carried out on the masks one after the other."""

from dataclasses import replace

from app.domain.annotation import Annotation, Polygon, Status
from app.domain.history import CellChange, Edit
from app.messages.events import MaskReshaped, ReshapeFailed
from app.messages.orders import Order, Reshape, TraceOutline
from app.session import propagation
from app.session.state import State


def begin_reshape(
    state: State, frame: int, object_id: int, index: int, after: Polygon | None, title: str
) -> list[Order]:
    """Show the edited outlines and order the edit of the mask, which waits for earlier ones.

    index: of the polygon that is replaced by after, None to delete it.
    """
    mask, known, traced = state.polygons[object_id]
    order = Reshape(frame, object_id, mask, traced, known, index, after, title)
    is_first = not is_under_way(state, frame, object_id)
    state.reshapes = (*state.reshapes, order)
    state.polygons[object_id] = (mask, _edited(order), traced)
    return [order] if is_first else []


def is_under_way(state: State, frame: int, object_id: int) -> bool:
    """Whether an edit of the outlines of a mask is under way."""
    return _first(state, frame, object_id) is not None


def undo_last(state: State) -> list[Order]:
    """Undo the last edit that is not carried out yet; the answer to it will be ignored."""
    *kept, last = state.reshapes
    state.reshapes = tuple(kept)
    if last.frame == state.sequence.frame and last.object_id in state.polygons:
        mask, _, traced = state.polygons[last.object_id]
        state.polygons[last.object_id] = (mask, last.polygons, traced)
    return []


def on_reshaped(state: State, event: MaskReshaped) -> list[Order]:
    """Commit the changed mask, unless it has changed otherwise meanwhile; order the next edit."""
    order = _first(state, event.frame, event.object_id)
    if order is None or (order.mask, _edited(order)) != (event.before, event.polygons):
        return []
    found = state.annotation(event.frame, event.object_id)
    if found is None or found.mask != event.before or found.status == Status.VERIFIED:
        state.add_toast("warning", "The outline was not changed: its mask has become another one meanwhile.")
        return _discard(state, event.frame, event.object_id)
    waiting = _order_next(state, order, event)
    if event.after == event.before:
        return waiting
    version = state.next_edit
    after = Annotation(event.after, Status.EDITED, reference=True, version=version)
    edit = Edit(version, event.title, (CellChange(event.frame, event.object_id, found, after),))
    return [*state.commit(edit), *propagation.after_edit(state, edit), *waiting]


def on_failed(state: State, event: ReshapeFailed) -> list[Order]:
    """Drop the edits of the mask and show its outlines as they are."""
    return _discard(state, event.frame, event.object_id)


def _order_next(state: State, done: Reshape, event: MaskReshaped) -> list[Order]:
    """Order the next edit of the same mask; the outlines show all of them."""
    state.reshapes = tuple(other for other in state.reshapes if other is not done)
    waiting = [other for other in state.reshapes if _is_of(other, done.frame, done.object_id)]
    if done.frame == state.sequence.frame and state.sequence.mode == "edit":
        shown = _edited(waiting[-1]) if waiting else event.polygons
        state.polygons[done.object_id] = (event.after, shown, done.traced)
    if not waiting:
        return []
    following = replace(waiting[0], mask=event.after)
    state.reshapes = tuple(following if other is waiting[0] else other for other in state.reshapes)
    return [following]


def _discard(state: State, frame: int, object_id: int) -> list[Order]:
    state.reshapes = tuple(other for other in state.reshapes if not _is_of(other, frame, object_id))
    if frame != state.sequence.frame or state.sequence.mode != "edit":
        return []
    state.polygons.pop(object_id, None)
    cell = state.annotation(frame, object_id)
    return [TraceOutline(frame, object_id, cell.mask)] if cell is not None else []


def _first(state: State, frame: int, object_id: int) -> Reshape | None:
    return next((order for order in state.reshapes if _is_of(order, frame, object_id)), None)


def _is_of(order: Reshape, frame: int, object_id: int) -> bool:
    return (order.frame, order.object_id) == (frame, object_id)


def _edited(order: Reshape) -> tuple[Polygon, ...]:
    """Return the outlines after an order."""
    changed = () if order.after is None else (order.after,)
    return (*order.polygons[: order.index], *changed, *order.polygons[order.index + 1 :])
