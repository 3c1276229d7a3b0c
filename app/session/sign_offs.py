"""Handlers of sign-offs, and the lock that they put on a sequence. No sign-off is an edit: undo cannot take it back."""

from dataclasses import replace

from app.domain.sign_off import LONGEST, SignOff
from app.domain.worklist.entry import EntryState
from app.files.odd_names import clean_text
from app.messages import events as ev
from app.messages.events import worklist as we
from app.messages.events.sign_offs import SequenceSignedOff, SignOffWithdrawn
from app.messages.orders import Order, RecordPropagation, RecordSignOffs
from app.messages.worklist_orders import FinishEntry, ReopenEntry
from app.session import propagation
from app.session.state import State

#: Events that begin to change what a sign-off approves; State.commit refuses what another one would change. Results of
#: work that was ordered before are none of them: a sequence with such work is not signed off.
CHANGING: frozenset[type[ev.Event]] = frozenset(
    {
        *(ev.ClickAdded, ev.PromptDrawn, ev.MaskSet, ev.MasksSet, ev.MaskDeleted, ev.Undone, ev.Redone),
        *(ev.VertexMoved, ev.VertexDeleted, ev.VertexInserted, ev.PolygonDeleted),
        *(ev.MaskEditRequested, ev.ObjectCut, ev.ObjectsMerged, ev.GapsInterpolated),
        *(ev.MaskPasted, ev.MaskCopiedOn, ev.RangeCleared, ev.MaskFinished),
        *(ev.LabelAdded, ev.LabelChanged, ev.LabelCoded, ev.LabelDeleted, ev.LabelMoved, ev.LabelsReplaced),
        *(ev.ObjectAdded, ev.ObjectRelabelled, ev.ObjectDescribed, ev.ObjectSplit, ev.ObjectDeleted),
        *(ev.CommentAdded, ev.CommentChanged, ev.FramesVerified, ev.SeenVerified, ev.PixelSizeGiven),
        *(ev.TierAdded, ev.TierDeleted, ev.TermPressed, ev.IntervalAdded, ev.IntervalChanged),
        *(ev.PropagationRequested, ev.PropagationResumed, ev.LabelsLoadRequested),
        *(ev.MasksImportRequested, ev.MasksImported, ev.MasksImportConfirmed),
        *(we.SequenceFinished, we.SequenceReopened),
    }
)


def refusal(state: State, kind: type[ev.Event]) -> str:
    """Return why an event of this kind is refused, "" where it is not."""
    signed = state.sequence.signed_off
    return signed.refusal if signed is not None and kind in CHANGING else ""


def refuse(state: State, event: ev.Event) -> bool:
    """Whether an event is refused, which a message says; its gesture on the canvas is done with."""
    words = refusal(state, type(event))
    if not words:
        return False
    state.add_toast("warning", words)
    if isinstance(event, ev.MaskEditRequested):
        state.drawn = max(state.drawn, event.drawn)
    return True


def on_signed_off(state: State, event: SequenceSignedOff) -> list[Order]:
    """Lock the sequence, unless something in it is not a mask yet."""
    by = clean_text(event.by).strip()
    if state.sequence.info is None or not by:
        return []
    if state.sequence.signed_off is not None:
        state.add_toast("info", "This sequence is signed off already.")
        return []
    if why := _unfinished(state):
        state.add_toast("warning", f"{why} Then sign off.")
        return []
    orders = [*propagation.cancel(state), RecordPropagation(None)]
    state.unfinished = None
    state.polygons.clear()
    state.sequence = replace(state.sequence, mode="annotate")
    entry = state.worklist.entry(state.worklist.entry_id)
    if entry is not None and entry.state is not EntryState.DONE:
        orders.append(FinishEntry(by))
    state.add_toast("info", f"Signed off by {by}.")
    return [*orders, _record(state, SignOff(by, event.at))]


def on_withdrawn(state: State, event: SignOffWithdrawn) -> list[Order]:
    """Unlock the sequence; who did it and why stays in its record."""
    by, reason = clean_text(event.by).strip(), clean_text(event.reason).strip()[:LONGEST]
    if state.sequence.signed_off is None or not by or not reason:
        return []
    state.add_toast("info", f"Reopened by {by}.")
    return [_record(state, SignOff(by, event.at, reason)), ReopenEntry()]


def _unfinished(state: State) -> str:
    """Return what is to be done before a sign-off, "" where there is nothing."""
    if state.is_awaiting or (state.pending is not None and state.pending.prompts):
        return "There is a mask that is not finished yet: finish it or clear its clicks first."
    tasks = state.tasks
    if tasks.importing or tasks.import_preview is not None or tasks.label_choice is not None:
        return "Masks are being imported: wait for them or cancel that first."
    return ""


def _record(state: State, made: SignOff) -> RecordSignOffs:
    records = (*state.sequence.sign_offs, made)
    state.sequence = replace(state.sequence, sign_offs=records)
    return RecordSignOffs(records)
