"""Handlers of the timeline's small pictures and of the shots of a film."""

from dataclasses import replace

from app.messages.events import CutsFound, CutStepped, FrameRequested, ThumbnailsWanted
from app.messages.orders import Order
from app.messages.snapshot import TimelineState
from app.session import navigation
from app.session.state import State


def on_wanted(state: State, event: ThumbnailsWanted) -> list[Order]:
    """Remember which small pictures the timeline has room for, so that these are made."""
    state.timeline = TimelineState(event.stretches, (event.width, event.height))
    return []


def on_found(state: State, event: CutsFound) -> list[Order]:
    """Take the cuts of the open film; those of one that was left come too late."""
    if state.sequence.info is not None and state.sequence.info.path == event.path:
        state.sequence = replace(state.sequence, cuts=event.frames)
    return []


def on_stepped(state: State, event: CutStepped) -> list[Order]:
    """Go to the nearest first frame of a shot on one side, and say where there is none."""
    ahead = [cut for cut in state.sequence.cuts if (cut - state.sequence.frame) * event.direction > 0]
    if event.direction < 0 < state.sequence.frame:
        ahead.insert(0, 0)
    if not ahead:
        if state.sequence.info is not None:
            state.add_toast("info", "No cut was found from here on.")
        return []
    return navigation.on_requested(state, FrameRequested(ahead[0] if event.direction > 0 else ahead[-1]))
