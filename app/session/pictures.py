"""Handlers of text and faces in pictures. No decision about them is an edit: undo cannot take it back."""

from dataclasses import replace

from app.domain.finding import PictureAction, PictureDecision, harmless_findings, without_harmless
from app.messages.events.pictures import (
    FindingsCalledHarmless,
    FindingsFound,
    PicturesRefused,
    PicturesReleased,
)
from app.messages.orders import Order
from app.messages.picture_orders import RecordPictureDecisions
from app.session.state import State


def may_begin(state: State, pictures: PictureAction) -> bool:
    """Whether an export may begin: what shows a patient leaves only under somebody's name. It answers a question."""
    if pictures == "allow" and not state.operator:
        state.add_toast("warning", "Say who works first, for it is noted who lets these pictures out.")
        return False
    state.tasks = replace(state.tasks, picture_choice=None)
    return True


def on_refused(state: State, event: PicturesRefused) -> list[Order]:
    """Ask what is to be done with them."""
    if state.tasks.export is not None and state.tasks.export.job == event.job:
        state.tasks = replace(state.tasks, export=None, picture_choice=event)
    return []


def on_found(state: State, event: FindingsFound) -> list[Order]:
    """Show which frames are flagged."""
    info = state.sequence.info
    if info is None or info.path != event.path:
        return []
    harmless = harmless_findings(state.sequence.picture_decisions)
    findings = dict(state.sequence.findings)
    for frame, found in event.found:
        left = without_harmless(found, harmless)
        if left:
            findings[frame] = left
        else:
            findings.pop(frame, None)
    state.sequence = replace(state.sequence, findings=dict(sorted(findings.items())))
    return []


def on_harmless(state: State, event: FindingsCalledHarmless) -> list[Order]:
    """Take what a frame shows off all flagged frames, and note who said so."""
    boxes = state.sequence.findings.get(event.frame, ())
    if not boxes or not state.operator:
        why = (
            "Say who works first, for it is noted who said so."
            if boxes
            else "Nothing was found on this frame."
        )
        state.add_toast("info", why)
        return []
    order = _record(state, PictureDecision(state.operator, event.at, "harmless", 0, boxes))
    left = {n: without_harmless(found, boxes) for n, found in state.sequence.findings.items()}
    state.sequence = replace(state.sequence, findings={n: found for n, found in left.items() if found})
    count = len(state.sequence.findings)
    state.add_toast("info", f"Noted: what this frame shows is harmless; {count} flagged frames are left.")
    return [order]


def on_released(state: State, event: PicturesReleased) -> list[Order]:
    """Note who let pictures out, when and how."""
    return [_record(state, PictureDecision(state.operator, event.at, event.action, event.frames))]


def _record(state: State, made: PictureDecision) -> RecordPictureDecisions:
    records = (*state.sequence.picture_decisions, made)
    state.sequence = replace(state.sequence, picture_decisions=records)
    return RecordPictureDecisions(records)
