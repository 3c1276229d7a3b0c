"""Handlers of text and faces in pictures. No decision about them is an edit: undo cannot take it back."""

from __future__ import annotations

from dataclasses import replace

from app.domain.finding import PictureAction, PictureDecision
from app.messages.events.pictures import PictureChoiceDismissed, PicturesRefused, PicturesReleased
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


def on_dismissed(state: State, _event: PictureChoiceDismissed) -> list[Order]:
    """Leave the question; nothing is exported."""
    state.tasks = replace(state.tasks, picture_choice=None)
    return []


def on_released(state: State, event: PicturesReleased) -> list[Order]:
    """Note who let pictures out, when and how."""
    return [_record(state, PictureDecision(state.operator, event.at, event.action, event.frames))]


def _record(state: State, made: PictureDecision) -> RecordPictureDecisions:
    records = (*state.sequence.picture_decisions, made)
    state.sequence = replace(state.sequence, picture_decisions=records)
    return RecordPictureDecisions(records)
