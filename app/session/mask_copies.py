"""Handlers of masks that are taken as they are to other frames, or away from many."""

from app.domain.annotation import Annotation, Status, empty_mask
from app.domain.frame_order import FrameOrder, order_of
from app.domain.history import CellChange, Edit
from app.messages.events import FrameRequested, MaskCopied, MaskCopiedOn, MaskPasted, RangeCleared
from app.messages.orders import Order
from app.session import navigation, polygons, propagation
from app.session.clicks import commit_mask
from app.session.state import State


def on_copied(state: State, _event: MaskCopied) -> list[Order]:
    """Keep the selected object's mask on the current frame for pasting."""
    known = _selected_mask(state)
    if known is not None:
        state.copied = known.mask
        state.add_toast("info", "The mask is copied.")
    return []


def on_pasted(state: State, _event: MaskPasted) -> list[Order]:
    """Replace the selected object's mask on the current frame by the copied one."""
    if state.copied is None or state.sequence.selected is None:
        state.add_toast("warning", "Copy a mask and choose an object first.")
        return []
    return commit_mask(
        state, state.sequence.frame, state.sequence.selected, state.copied, "Paste mask"
    ) + polygons.refresh_outlines(state)


def on_copied_on(state: State, event: MaskCopiedOn) -> list[Order]:
    """Give the selected object its mask on a neighbouring frame too, and go there."""
    known = _selected_mask(state)
    target = _neighbour(state, event)
    if known is None or target is None:
        return []
    assert state.sequence.selected is not None
    orders = commit_mask(state, target, state.sequence.selected, known.mask, "Copy mask on")
    return orders + navigation.on_requested(state, FrameRequested(target))


def _neighbour(state: State, event: MaskCopiedOn) -> int | None:
    """Return the frame that a mask is copied to, None where there is none."""
    order = order_of(state.sequence.info) if state.sequence.info is not None else FrameOrder(1)
    if event.over_time:
        time = order.time_of(state.sequence.frame) + event.step
        return order.frame(time, order.slice_of(state.sequence.frame)) if 0 <= time < order.times else None
    target = state.sequence.frame + event.step
    return target if target in order.run(state.sequence.frame) else None


def on_range_cleared(state: State, event: RangeCleared) -> list[Order]:
    """Say that the object is on none of the frames of a range, as one edit; verified masks stay."""
    info = state.sequence.info
    item = state.object(event.object_id)
    if info is None or item is None:
        return []
    if item.locked:
        state.add_toast(
            "warning", f"Object #{item.object_id} is locked. Unlock it first to delete its masks."
        )
        return []
    nothing = empty_mask(info.height, info.width)
    after = Annotation(nothing, Status.EDITED, reference=True, version=state.next_edit)
    known = [(frame, state.annotation(frame, event.object_id)) for frame in range(event.start, event.stop)]
    changes = tuple(
        CellChange(frame, event.object_id, cell, after)
        for frame, cell in known
        if cell is None or (cell.status != Status.VERIFIED and cell.mask != nothing)
    )
    if not changes:
        return []
    edit = Edit(state.next_edit, "Delete masks of a range", changes)
    return state.commit(edit) + propagation.after_edit(state, edit) + polygons.refresh_outlines(state)


def _selected_mask(state: State) -> Annotation | None:
    """Return the selected object's annotation on the current frame, None with a message where it has none."""
    known = state.annotation(state.sequence.frame, state.sequence.selected)
    if known is None:
        state.add_toast("warning", "The object chosen has no mask on this frame.")
    return known
