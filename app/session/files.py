"""Handlers of opening and closing, label lists, messages and storage."""

from dataclasses import replace

from app.domain.adjustment import Adjustment
from app.domain.camera import OrbitCamera
from app.domain.history import History
from app.domain.worklist.repeat_readings import reading_refusal
from app.files.odd_names import clean_text
from app.messages import events as ev
from app.messages.orders import (
    CloseSequence,
    LoadLabels,
    OpenSequence,
    Order,
    Pause,
    SaveLabels,
)
from app.session import engines, labels, propagation, tiers
from app.session.clicks import drop_pending, finish_pending, order_segmentation
from app.session.state import State, given_fields


def on_sequence_requested(state: State, event: ev.SequenceRequested) -> list[Order]:
    """Open another sequence; the open one stays until then. A repeat reading is refused to whom it is not for."""
    entry = next((known for known in state.worklist.entries if known.path == event.path), None)
    if refused := reading_refusal(entry, state.operator):
        state.add_toast("warning", refused)
        return []
    state.tasks = replace(state.tasks, opening=event.path, series_choice=("", ()))
    orders = finish_pending(state)
    if _is_put_off(state, event):
        return orders
    return [*orders, OpenSequence(event.path, event.series, event.orientation)]


def on_sequence_awaited(state: State, event: ev.SequenceAwaited) -> list[Order]:
    """Show that a sequence will open; it or an error ends that."""
    state.tasks = replace(state.tasks, opening=event.name)
    return []


def _is_put_off(state: State, event: ev.SequenceRequested | ev.SequenceClosed) -> bool:
    """Whether leaving waits for late answers; a second request leaves without them."""
    is_second = type(state.leaving) is type(event)
    is_forced = isinstance(event, ev.SequenceClosed) and event.at_once
    state.leaving = event if state.is_awaiting and not (is_second or is_forced) else None
    return state.leaving is not None


def on_sequence_opened(state: State, event: ev.SequenceOpened) -> list[Order]:
    """Replace the state by that of a sequence; warnings of its reader stay until they are dismissed."""
    is_known = state.sequence.info is not None and state.sequence.info.path == event.info.path
    if not is_known:
        state.view3d = replace(state.view3d, camera=OrbitCamera(), hidden=frozenset(), left_out=frozenset())
    before = state.sequence
    is_turned = is_known and before.info is not None and before.info.name == event.info.name
    state.reset()
    state.sequence = replace(state.sequence, info=event.info, second=before.second if is_turned else None)
    state.view = replace(state.view, window=event.window or event.info.window, adjustment=Adjustment())
    state.sequence = replace(state.sequence, cross=event.cross)
    labels.switch_kind(state, labels.label_kind(event.info))
    if event.labels or event.objects:
        state.labels = event.labels
    if state.label not in {label.value for label in state.labels}:
        state.label = state.labels[0].value if state.labels else None
    state.sequence = replace(
        state.sequence,
        objects=event.objects,
        comments=event.comments,
        tiers=event.tiers,
        sign_offs=event.sign_offs,
        picture_decisions=event.picture_decisions,
    )
    state.next_object, state.next_edit = event.next_object, event.next_edit
    for frame, object_id, cell in event.cells:
        state.set_annotation(frame, object_id, cell)
    state.add_cut_stops(event.cut_stops)
    state.history = History(done=list(event.history), undone=list(event.undone))
    state.lines = dict(event.lines)
    state.sequence = replace(state.sequence, frame=min(max(event.frame, 0), event.info.frames - 1))
    state.mark_seen(event.seen)
    state.unfinished = event.unfinished
    has_labels = event.labels or event.objects or state.sequence.signed_off is not None
    orders = [] if has_labels else labels.record_labels(state)
    orders += tiers.take_over(state)
    orders += engines.for_sequence(state)
    if state.object(event.selected) is not None:
        state.sequence = replace(state.sequence, selected=event.selected)
    labels.select_again(state)
    if event.info.warnings and not is_known:
        state.add_toast("warning", "\n".join(event.info.warnings), stays=True)
    return orders


def on_sequence_closed(state: State, event: ev.SequenceClosed) -> list[Order]:
    """Leave the sequence; everything is durable already."""
    if state.sequence.info is None:
        return []
    if state.storage_failed:
        state.add_toast(
            "error", "The last edits are not saved yet: free some space, then close the sequence."
        )
        return []
    orders = finish_pending(state)
    if _is_put_off(state, event):
        return orders
    orders = [
        *orders,
        *propagation.cancel(state),
        *drop_pending(state),
        Pause(),
        CloseSequence(),
    ]
    state.reset()
    return orders


def on_view_changed(state: State, event: ev.ViewChanged) -> list[Order]:
    """Change view settings; a pending mask is answered anew when they concern it."""
    before, state.view = state.view, replace(state.view, **given_fields(event))
    now = state.view
    same = (before.threshold, before.largest_component, before.tidy) == (
        now.threshold,
        now.largest_component,
        now.tidy,
    )
    if same or state.pending is None or not state.pending.prompts:
        return []
    return order_segmentation(state)


def on_labels_load(_state: State, event: ev.LabelsLoadRequested) -> list[Order]:
    """Read a label list."""
    return [LoadLabels(event.path)]


def on_labels_save(state: State, event: ev.LabelsSaveRequested) -> list[Order]:
    """Write the label list."""
    if not state.labels:
        state.add_toast("warning", "The label list is empty: add a label first.")
        return []
    return [SaveLabels(event.path)]


def on_noticed(state: State, event: ev.Noticed) -> list[Order]:
    """Show a message; one about opening ends the opening."""
    if event.level == "error":
        state.tasks = replace(state.tasks, opening="")
    state.add_toast(event.level, event.text)
    return []


def on_dismissed(state: State, event: ev.ToastDismissed) -> list[Order]:
    """Remove a message."""
    state.toasts = tuple(item for item in state.toasts if item.toast_id != event.toast_id)
    return []


def on_storage_failed(state: State, event: ev.StorageFailed) -> list[Order]:
    """Show that edits are not durable at the moment."""
    state.storage_failed = True
    state.add_toast("error", event.what)
    return []


def on_stored(state: State, event: ev.EditsStored) -> list[Order]:
    """Count gestures that have become durable; storage works."""
    state.stored_gestures += event.gestures
    if state.storage_failed:
        state.storage_failed = False
        state.add_toast("info", "Saving works again.")
    return []


def on_operator(state: State, event: ev.OperatorChosen) -> list[Order]:
    """Record further edits under a name."""
    state.operator = clean_text(event.name).strip()
    return []
