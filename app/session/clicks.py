"""Handlers of clicks and other prompts: the pending mask, and committing it."""

from dataclasses import replace

from app.domain.annotation import Annotation, Click, Label, Mask, Object, Status, empty_mask
from app.domain.history import CellChange, Edit
from app.domain.mask_runs import mask_area, mask_has
from app.domain.model_prompts import Prompt, Scribble, prompt_center
from app.messages import events as ev
from app.messages.orders import DropSegmentation, Order, Segment
from app.messages.snapshot import Pending
from app.session import polygons, propagation
from app.session.labels import ensure_label, on_object_chosen
from app.session.state import State

# Share of the short side within which a click beside a mask still belongs to its object. Chosen by hand.
NEAR_SHARE = 0.02
TELLING = 3  # reference frames that a click on another frame takes into account; as many as a pass reads
LOSS_SHARE = 0.5  # of the area that a negative click must leave to go unmentioned; chosen by hand


def on_click(state: State, event: ev.ClickAdded) -> list[Order]:
    """Start a pending mask, or add the click to the pending one; a click beside the image is ignored."""
    info = state.sequence.info
    if info is None or not (-0.5 <= event.x < info.width - 0.5 and -0.5 <= event.y < info.height - 0.5):
        return []
    if event.afresh or state.pending is None or state.pending.frame != event.frame:
        if not _aim(state, event.frame, event.x, event.y, event.positive):
            return []
        if event.afresh:
            state.pending = Pending(event.frame, state.sequence.selected, None, ())
    orders = _add_prompt(state, event.frame, Click(event.x, event.y, event.positive))
    if orders:
        state.sequence = replace(state.sequence, cross=(event.x, event.y))
    return orders


def _aim(state: State, frame: int, x: float, y: float, positive: bool) -> bool:
    """Select the object that the first prompt of a pending mask concerns; return whether the prompt counts.

    An object that was chosen by hand is the one. Else the one whose mask it lies on; right after a mask was finished,
    a prompt away from it begins another object. One that takes away must lie on a mask: elsewhere it could only spoil
    the selected one.
    """
    if state.is_chosen:
        return not state.refuses(frame, state.sequence.selected)
    hit = object_at(state, frame, x, y)
    if hit is None and positive and state.is_finished and not _is_near_selected(state, frame, x, y):
        state.sequence = replace(state.sequence, selected=None)
        return True
    state.is_finished = False
    if hit is None and not positive:
        state.add_toast("info", "A right click takes away from a mask: click on the part that is too much.")
        return False
    if state.refuses(frame, hit.object_id if hit is not None else state.sequence.selected):
        return False
    if hit is not None:
        state.sequence = replace(state.sequence, selected=hit.object_id)
        state.label = hit.label
    return True


def object_at(state: State, frame: int, x: float, y: float) -> Object | None:
    """Return the object whose mask is at a point of a frame: the selected one, else the one painted on top."""
    rows = {label.value: row for row, label in enumerate(state.labels)}
    found = [
        item
        for item in state.sequence.objects
        if (cell := state.annotation(frame, item.object_id)) is not None and mask_has(cell.mask, x, y)
    ]
    return max(
        found,
        key=lambda item: (item.object_id == state.sequence.selected, rows.get(item.label, -1)),
        default=None,
    )


def _is_near_selected(state: State, frame: int, x: float, y: float) -> bool:
    """Whether a point is so near the selected object's mask that it rather belongs to it than to another thing."""
    known = state.annotation(frame, state.sequence.selected)
    if known is None or state.sequence.info is None:
        return False
    reach = NEAR_SHARE * min(state.sequence.info.width, state.sequence.info.height)
    steps = (-reach, 0.0, reach)
    return any(mask_has(known.mask, x + right, y + down) for right in steps for down in steps)


def _warn_of_loss(state: State, before: Mask | None, after: Mask) -> None:
    """Say that a click which takes away has cost most of the mask, which may lie out of sight."""
    prompt = state.pending.prompts[-1] if state.pending is not None and state.pending.prompts else None
    if before is None or not isinstance(prompt, Click) or prompt.positive:
        return
    had, has = mask_area(before), mask_area(after)
    if has < LOSS_SHARE * had:
        lost = round(100 * (1 - has / had))
        state.add_toast("warning", f"This click took away {lost} % of the mask. Undo brings it back.")


def on_picked(state: State, event: ev.ObjectPicked) -> list[Order]:
    """Select the object at a point."""
    hit = object_at(state, event.frame, event.x, event.y)
    return on_object_chosen(state, ev.ObjectChosen(hit.object_id)) if hit is not None else []


def on_prompt(state: State, event: ev.PromptDrawn) -> list[Order]:
    """Start a pending mask, or add the prompt to the pending one."""
    if state.sequence.info is None:
        return []
    if state.pending is None or state.pending.frame != event.frame:
        prompt = event.prompt
        positive = not isinstance(prompt, Scribble) or prompt.positive
        if not _aim(state, event.frame, *prompt_center(prompt), positive):
            return []
    return _add_prompt(state, event.frame, event.prompt)


def _add_prompt(state: State, frame: int, prompt: Prompt) -> list[Order]:
    """Add a prompt to the pending mask; none where the mask that it would change is locked."""
    if state.pending is None or state.pending.frame != frame:
        if state.refuses(frame, state.sequence.selected):
            return []
        state.pending = _begin(state, frame)
    state.sequence = replace(state.sequence, mode="annotate")
    state.polygons.clear()
    state.pending = replace(state.pending, prompts=(*state.pending.prompts, prompt), undone=())
    return order_segmentation(state)


def order_segmentation(state: State) -> list[Order]:
    """Order an answer to the pending prompts."""
    pending = state.pending
    assert pending is not None
    state.segment_job = state.new_job()
    state.pending = replace(pending, awaiting=True)
    order = Segment(
        state.segment_job,
        pending.frame,
        pending.prompts,
        pending.base,
        state.view.threshold,
        state.view.largest_component,
        state.view.tidy,
        state.view.window,
        _told_by(state, pending),
    )
    return [order]


def _told_by(state: State, pending: Pending) -> tuple[tuple[int, Mask], ...]:
    """Return what tells of the object where prompts begin with a click and without a mask."""
    first = pending.prompts[0]
    if pending.base is not None or not isinstance(first, Click) or not first.positive:
        return ()
    return told_by_references(state, pending.frame, pending.target)


def told_by_references(state: State, frame: int, object_id: int | None) -> tuple[tuple[int, Mask], ...]:
    """Return the reference frames that tell of an object on another frame, and its masks there, the nearest first."""
    frames = [known for known in state.references.get(object_id or 0, ()) if known != frame]
    nearest = sorted(frames, key=lambda known: (abs(known - frame), known))[:TELLING]
    found = [(known, state.annotation(known, object_id)) for known in nearest]
    return tuple((known, cell.mask) for known, cell in found if cell is not None)


def on_segmented(state: State, event: ev.PendingSegmented) -> list[Order]:
    """Show the newest answer; drop an older one."""
    if state.pending is None or event.job != state.segment_job:
        return []
    before = state.pending.mask or state.pending.base
    state.pending = replace(state.pending, mask=event.mask, awaiting=False)
    _warn_of_loss(state, before, event.mask)
    if state.finish_awaited:
        state.finish_awaited = False
        if state.pending.frame != state.sequence.frame:
            _toast_finished(state, state.pending.frame)
        return on_finish(state, ev.MaskFinished(state.finish_label))
    return []


def on_segmentation_failed(state: State, event: ev.SegmentationFailed) -> list[Order]:
    """Show the error; the clicks stay, so that the annotator can try again."""
    if state.pending is None or event.job != state.segment_job:
        return []
    state.pending = replace(state.pending, awaiting=False)
    state.finish_awaited, state.leaving = False, None
    state.add_toast("error", event.what)
    return [] if state.pending.frame == state.sequence.frame else drop_pending(state)


def on_cleared(state: State, _event: ev.ClicksCleared) -> list[Order]:
    """Drop the pending mask."""
    return drop_pending(state)


def drop_pending(state: State) -> list[Order]:
    """Drop the pending clicks, if any."""
    if state.pending is None:
        return []
    state.pending = None
    state.finish_awaited = False
    return [DropSegmentation()]


def finish_pending(state: State) -> list[Order]:
    """Finish the pending mask because its frame is left; clicks whose answer is awaited are finished with it."""
    pending = state.pending
    if pending is None or not pending.prompts or (pending.mask is None and not pending.awaiting):
        return drop_pending(state)
    orders = on_finish(state, ev.MaskFinished(state.finish_label))
    if not state.finish_awaited:
        _toast_finished(state, pending.frame)
        orders += drop_pending(state)
    return orders


def undo_click(state: State) -> list[Order]:
    """Take back the last click; with the last one gone only the redo list is left of the pending mask."""
    pending = state.pending
    assert pending is not None
    undone = (*pending.undone, pending.prompts[-1])
    state.pending = replace(pending, prompts=pending.prompts[:-1], undone=undone, mask=None)
    return order_segmentation(state) if state.pending.prompts else [DropSegmentation()]


def redo_click(state: State) -> list[Order]:
    """Bring back the click that was taken back last."""
    pending = state.pending
    assert pending is not None
    prompts = (*pending.prompts, pending.undone[-1])
    state.pending = replace(pending, prompts=prompts, undone=pending.undone[:-1])
    return order_segmentation(state)


def on_finish(state: State, event: ev.MaskFinished) -> list[Order]:
    """Commit the pending mask, or toggle polygon editing when there is none."""
    pending = state.pending
    if state.sequence.info is None:
        return []
    if pending is None or not pending.prompts:
        return polygons.toggle_outlines(state)
    if pending.awaiting:
        state.finish_awaited, state.finish_label = True, event.label
        return []
    if pending.mask is None:
        state.add_toast("warning", "There is no mask to finish yet: click the object first.")
        return []
    mask = event.merged if event.merged is not None else pending.mask
    return _commit(state, pending, mask, event.label)


def on_mask_set(state: State, event: ev.MaskSet) -> list[Order]:
    """Set a mask made elsewhere as if a person had drawn it."""
    orders = commit_mask(state, event.frame, event.object_id, event.mask, "Set mask")
    return orders + polygons.refresh_outlines(state)


def on_masks_set(state: State, event: ev.MasksSet) -> list[Order]:
    """Set masks made elsewhere in one edit; those of a person become references."""
    is_reference = event.status.is_locked
    version = state.next_edit if is_reference else 0
    changes = []
    for frame, mask in event.masks:
        before = state.annotation(frame, event.object_id)
        if before is None or before.status is not Status.VERIFIED:
            after = Annotation(mask, event.status, event.score, is_reference, version)
            changes.append(CellChange(frame, event.object_id, before, after))
    if not changes:
        return []
    edit = Edit(state.next_edit, "Set masks", tuple(changes))
    orders = state.commit(edit, state.models.engine) + propagation.after_edit(state, edit)
    return orders + polygons.refresh_outlines(state)


def on_mask_deleted(state: State, event: ev.MaskDeleted) -> list[Order]:
    """Record that the object is not on this frame."""
    info = state.sequence.info
    if info is None or state.object(event.object_id) is None:
        return []
    nothing = empty_mask(info.height, info.width)
    orders = commit_mask(state, event.frame, event.object_id, nothing, "Delete mask")
    return orders + polygons.refresh_outlines(state)


def commit_mask(state: State, frame: int, object_id: int, mask: Mask, title: str) -> list[Order]:
    """Commit a mask made by a person; the frame becomes a reference of the object."""
    if state.refuses(frame, object_id):
        return []
    edit = Edit(state.next_edit, title, (_change(state, frame, object_id, mask),))
    return state.commit(edit, state.models.engine) + propagation.after_edit(state, edit)


def _begin(state: State, frame: int) -> Pending:
    """Return a pending mask for the selected object, which starts from its mask on the frame."""
    known = state.annotation(frame, state.sequence.selected)
    base = known.mask if known is not None else None
    begins = state.is_finished and not state.is_chosen and state.sequence.selected is None
    return Pending(frame, state.sequence.selected, base, (), is_new=begins)


def _toast_finished(state: State, frame: int) -> None:
    state.add_toast("info", f"The mask on frame {frame} was finished. Undo takes it back.")


def _commit(state: State, pending: Pending, mask: Mask, wanted: int | None) -> list[Order]:
    labels_before, objects_before = state.labels, state.sequence.objects
    label = ensure_label(state, wanted)
    if label is None:
        return []
    target = _target(state, pending, label)
    if state.refuses(pending.frame, target.object_id):
        return []
    state.pending = None
    objects = state.sequence.objects
    edit = Edit(
        state.next_edit,
        "Finish mask",
        (_change(state, pending.frame, target.object_id, mask),),
        labels=(labels_before, state.labels) if state.labels != labels_before else None,
        objects=(objects_before, objects) if objects != objects_before else None,
        clicks=len(pending.prompts) + len(pending.undone),
    )
    is_here = pending.frame == state.sequence.frame and not state.playback.playing
    state.sequence = replace(state.sequence, mode="edit" if is_here else "annotate")
    orders: list[Order] = [DropSegmentation(), *state.commit(edit, state.models.engine)]
    state.sequence = replace(state.sequence, selected=target.object_id)
    state.is_chosen, state.is_finished = False, is_here
    return orders + polygons.refresh_outlines(state) + propagation.after_edit(state, edit)


def _target(state: State, pending: Pending, label: Label) -> Object:
    """Return the object that a pending mask belongs to.

    The one it corrects, or the selected one, if it has the label; else the label's latest, unless it was begun as
    another one; else a new one.
    """
    for object_id in (pending.target, state.sequence.selected):
        chosen = state.object(object_id)
        if chosen is not None and chosen.label == label.value:
            return chosen
    same = [item for item in state.sequence.objects if item.label == label.value]
    if same and not (pending.is_new and state.sequence.selected is None):
        return same[-1]
    made = Object(state.next_object, label.value)
    state.sequence = replace(state.sequence, objects=(*state.sequence.objects, made))
    return made


def _change(state: State, frame: int, object_id: int, mask: Mask) -> CellChange:
    after = Annotation(mask, Status.EDITED, reference=True, version=state.next_edit)
    return CellChange(frame, object_id, state.annotation(frame, object_id), after)
