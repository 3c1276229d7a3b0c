"""Handlers of propagation: planning, results, prefetch, and resuming after failures."""

from collections.abc import Sequence
from dataclasses import replace

from app.domain.annotation import Annotation, Mask, Status
from app.domain.cut_stop import CutStop
from app.domain.frame_order import FrameOrder, order_of
from app.domain.history import CellChange, Edit
from app.domain.propagation_plan import PassPlan, PropagationRequest, Span, count_steps, plan_passes
from app.messages import events as ev
from app.messages.orders import (
    CancelPropagation,
    MaskEntries,
    Order,
    Propagate,
    RecordCutStops,
    RecordPropagation,
)
from app.messages.snapshot import PropagationState
from app.session.state import Propagating, State

SETBACKS = 3  # losses of the worker in a row before giving up, chosen by hand
WAYS = {"forward": (1,), "backward": (-1,), "both": (1, -1)}


def on_requested(state: State, event: ev.PropagationRequested) -> list[Order]:
    """Start a propagation for the annotator."""
    if state.sequence.info is None:
        return []
    if not any(state.references.values()):
        text = "Nothing to propagate from: click an object and finish its mask first."
        state.add_toast("warning", text, action="mask.finish")
        return []
    orders = cancel(state) + _cross_cuts(state, event)
    started = _start(state, event, None)
    if not started:
        _tell_stops(state, state.sequence.stopped_at, "info", "Every frame in this range is up to date. ")
    return orders + started


def after_edit(state: State, edit: Edit) -> list[Order]:
    """Replan the propagation under way after an edit, or start a prefetch."""
    if state.propagation is not None:
        return restart(state, edit)
    if not state.view.prefetch or state.sequence.info is None or state.sequence.info.frames < 2:
        return []
    return _start(state, ev.PropagationRequested(prefetch=True), edit.edit_id)


def restart(state: State, edit: Edit) -> list[Order]:
    """Replan the propagation under way, since an edit changed its references."""
    active = state.propagation
    if active is None:
        return []
    kept_edit = edit.edit_id if active.request.prefetch else active.edit_id
    orders = cancel(state) + _start(state, active.request, kept_edit)
    if state.propagation is not None:
        state.propagation.cuts = active.cuts
    elif active.cuts:
        _tell_stops(state, sorted(active.cuts))
    return orders


def on_propagated(state: State, event: ev.FramePropagated) -> list[Order]:
    """Add the results of one frame, except where a person made or verified a mask meanwhile."""
    active = state.propagation
    if active is None or active.state.job != event.job:
        return []
    changes = []
    for object_id, mask, score, sources in event.results:
        before = state.annotation(event.frame, object_id)
        if not _is_free(state, object_id) or (before is not None and before.status.is_locked):
            continue
        after = Annotation(mask, Status.PROPAGATED, min(max(score, 0.0), 1.0), sources=sources)
        changes.append(CellChange(event.frame, object_id, before, after))
    active.state = replace(
        active.state, done=event.done, total=event.total, frame=event.frame, remaining=event.remaining
    )
    active.setbacks = 0
    stopped = _note_stops(state, active, event.stops)
    if not changes:
        return stopped
    state.propagation_order.pop(event.frame, None)
    state.propagation_order[event.frame] = state.new_job()
    orders: list[Order] = []
    if state.history.is_changed_since(active.edit_id, changes):
        # Undoing and redoing in order would else end otherwise, as the later edit comes last in history.
        edit = Edit(state.next_edit, "Propagate")
        active.edit_id = edit.edit_id
        orders = state.commit(edit, state.models.engine)
    return stopped + orders + state.extend_edit(active.edit_id, tuple(changes))


def on_ended(state: State, event: ev.PropagationEnded) -> list[Order]:
    """End the propagation; after the loss of a worker plan the rest of it again."""
    active = state.propagation
    if active is None or active.state.job != event.job:
        return []
    if event.worker_lost and active.setbacks < SETBACKS:
        return _retry(state, active)
    state.propagation = None
    if event.error is not None:
        state.unfinished = active.request
        state.add_toast("error", f"Propagation stopped: {event.error} What is done is kept.")
        return []
    if active.cuts:
        _tell_stops(state, sorted(active.cuts))
    elif not active.request.prefetch and event.finished:
        state.add_toast("info", "Propagation completed.")
    return [RecordPropagation(None)]


def _retry(state: State, active: Propagating) -> list[Order]:
    state.add_toast("warning", "The propagation worker was restarted; the work goes on.")
    orders = _start(state, active.request, active.edit_id)
    if state.propagation is not None and orders:
        state.propagation.setbacks = active.setbacks + 1
        state.propagation.cuts = active.cuts
        return orders
    state.propagation = None
    return [RecordPropagation(None)]


def on_cancelled(state: State, _event: ev.PropagationCancelled) -> list[Order]:
    """Stop the propagation; results stay."""
    return cancel(state)


def on_resumed(state: State, event: ev.PropagationResumed) -> list[Order]:
    """Resume a propagation that was cut off, or discard it."""
    request, state.unfinished = state.unfinished, None
    if request is None:
        return []
    return on_requested(state, request) if event.accepted else [RecordPropagation(None)]


def suspend(state: State) -> list[Order]:
    """Stop the propagation under way, if any; its request stays in the journal and is offered on return."""
    return [order for order in cancel(state) if not isinstance(order, RecordPropagation)]


def cancel(state: State) -> list[Order]:
    """Stop the propagation under way, if any."""
    if state.propagation is None:
        return []
    job = state.propagation.state.job
    state.propagation = None
    return [CancelPropagation(job), RecordPropagation(None)]


def _start(state: State, request: ev.PropagationRequested, edit_id: int | None) -> list[Order]:
    """Order the passes; edit_id: the edit that their results belong to, None for a new one."""
    passes = _plan(state, request)
    if not passes:
        return []
    orders: list[Order] = []
    if edit_id is None:
        edit = Edit(state.next_edit, "Propagate")
        edit_id = edit.edit_id
        orders += state.commit(edit, state.models.engine)
    state.unfinished = None
    job = state.new_job()
    progress = PropagationState(job, 0, count_steps(passes), state.sequence.frame, None, request.prefetch)
    state.propagation = Propagating(progress, request, edit_id)
    references, kept, earlier = _masks_for(state, passes)
    orders.append(RecordPropagation(request))
    orders.append(
        Propagate(
            job,
            passes,
            references,
            kept,
            earlier,
            request.prefetch,
            state.view.window,
            tuple(sorted(state.lines.items())),
            _held_masks(state),
            _stops_at_cuts(state, request),
            request.crossed,
        )
    )
    return orders


def _plan(state: State, request: ev.PropagationRequested) -> tuple[PassPlan, ...]:
    assert state.sequence.info is not None
    frames = state.sequence.info.frames
    start = 0 if request.start is None else max(request.start, 0)
    stop = frames if request.stop is None else min(request.stop, frames)
    wanted = {
        object_id: anchors
        for object_id, anchors in state.references.items()
        if anchors and (not request.objects or object_id in request.objects) and _is_free(state, object_id)
    }
    bounds = PropagationRequest(start, stop, WAYS[request.direction], request.force)
    run_length = order_of(state.sequence.info).run_length
    stops = state.cut_stops if _stops_at_cuts(state, request) and not request.force else None
    return plan_passes(wanted, state.annotation, run_length, bounds, state.sequence.frame, stops)


def _stops_at_cuts(state: State, request: ev.PropagationRequested) -> bool:
    """Whether there may be cuts that stop a propagation."""
    info = state.sequence.info
    has_shots = info is not None and info.kind in ("video", "folder")
    return has_shots and state.view.stop_at_cuts and not request.over_cuts


def _cross_cuts(state: State, request: ev.PropagationRequested) -> list[Order]:
    """Forget the stops that a propagation is to go over."""
    goes_over_all = not _stops_at_cuts(state, request)

    def is_over(stop: CutStop) -> bool:
        is_meant = not request.objects or stop.object_id in request.objects
        return is_meant and (goes_over_all or stop.cut in request.crossed)

    return [RecordCutStops(state.cut_stops.all())] if state.drop_cut_stops(is_over) else []


def _note_stops(state: State, active: Propagating, stops: tuple[CutStop, ...]) -> list[Order]:
    """Remember where objects were not found again; of what goes on by itself each cut is told once."""
    if not stops:
        return []
    told = state.sequence.stopped_at if active.request.prefetch else ()
    active.cuts |= {stop.cut for stop in stops if stop.cut not in told}
    state.add_cut_stops(stops)
    return [RecordCutStops(state.cut_stops.all())]


def _tell_stops(state: State, cuts: Sequence[int], level: ev.ToastLevel = "warning", text: str = "") -> None:
    """Say where propagation has stopped, if it has, after a text."""
    if cuts:
        where = (
            f"a cut at frame {cuts[0]}" if len(cuts) == 1 else f"cuts at frames {', '.join(map(str, cuts))}"
        )
        text += f"Stopped at {where}."
    state.add_toast(level, text.strip(), action="propagate.over_cuts" if cuts else "")


def _is_free(state: State, object_id: int) -> bool:
    """Whether there is an object and it is not locked."""
    item = state.object(object_id)
    return item is not None and not item.locked


def _masks_for(state: State, passes: tuple[PassPlan, ...]) -> tuple[MaskEntries, MaskEntries, MaskEntries]:
    """Return the masks that passes start from, must not change, and fuse with."""
    spans: dict[int, list[tuple[Span, int]]] = {}
    for plan in passes:
        for span in plan.spans:
            spans.setdefault(span.object_id, []).append((span, plan.direction))
    starts = {(plan.start_frame, span.object_id) for plan in passes for span in plan.spans}
    order = order_of(state.sequence.info) if state.sequence.info is not None else FrameOrder(1)
    runs = {order.run(plan.start_frame) for plan in passes}
    references: list[tuple[int, int, Mask]] = []
    kept: list[tuple[int, int, Mask]] = []
    earlier: list[tuple[int, int, Mask]] = []
    for (frame, object_id), cell in sorted(state.cells.items()):
        if object_id not in spans or order.run(frame) not in runs:
            continue
        entry = (frame, object_id, cell.mask)
        if cell.reference or (frame, object_id) in starts:
            references.append(entry)
        if cell.status.is_locked:
            kept.append(entry)
        elif any(_is_far(span, way, frame, cell) for span, way in spans[object_id]):
            earlier.append(entry)
    return tuple(references), tuple(kept), tuple(earlier)


def _held_masks(state: State) -> MaskEntries:
    """Return the masks of objects with lines that propagation may change beside these lines."""
    cells, held = sorted(state.cells.items()), {object_id for object_id, _ in state.lines}
    return tuple(
        (frame, object_id, cell.mask)
        for (frame, object_id), cell in cells
        if object_id in held and not cell.status.is_locked
    )


def _is_far(span: Span, way: int, frame: int, cell: Annotation) -> bool:
    """Whether a pass will meet a mask that was propagated from the far end of its span."""
    ahead = (span.stop - frame) * way > 0 and (frame - span.reference) * way > 0
    return ahead and span.far != 0 and cell.sources[1 if way > 0 else 0] == span.far
