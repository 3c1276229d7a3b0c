"""Handlers of playing unseen frames: those not looked at since their masks changed."""

import math
from dataclasses import replace
from typing import Final

from app.domain.annotation import Status
from app.domain.play_times import LOOK_RATE
from app.messages.events import UnseenDue, UnseenPlayed
from app.messages.orders import Order, Play, RecordCursor
from app.session import review
from app.session.clicks import finish_pending
from app.session.navigation import ALL_SEEN, go_to, pause_playback
from app.session.state import State

REACTION: Final = 0.4
"""Seconds from a mistake on the screen to the key: a simple reaction takes .24 (Card, Moran and Newell, 1983), and a
person has to be sure that it is a mistake."""


def on_played(state: State, _event: UnseenPlayed) -> list[Order]:
    """Play the unseen frames, or stop and go back to what was shown when a person reacted."""
    if state.playback.playing and state.playback.unseen:
        shown = state.shown_unseen
        back = math.ceil(REACTION * LOOK_RATE * state.playback.speed)
        seen = shown[max(len(shown) - 1 - back, 0)] if shown else state.sequence.frame
        return [*pause_playback(state), *go_to(state, seen), RecordCursor(state.sequence.frame)]
    if state.sequence.info is None:
        return []
    if review.next_unreviewed(state) is None and state.propagation is None:
        state.add_toast("info", ALL_SEEN)
        return []
    orders = [*pause_playback(state), *finish_pending(state)]
    state.polygons.clear()
    state.sequence = replace(state.sequence, mode="annotate")
    state.playback = replace(state.playback, playing=True, unseen=True)
    state.shown_unseen = [state.sequence.frame]
    return [*orders, Play(state.sequence.frame, state.playback.speed, False, True)]


def on_due(state: State, _event: UnseenDue) -> list[Order]:
    """Show the next unseen frame; one whose mask is on its way is waited for, and after the last one it pauses."""
    if not (state.playback.playing and state.playback.unseen):
        return []
    frame = review.next_unreviewed(state)
    if frame is None and state.propagation is None:
        state.add_toast("info", ALL_SEEN)
        return pause_playback(state)
    if frame is None or _is_awaited(state, frame):
        return []
    state.shown_unseen.append(frame)
    return go_to(state, frame)


def _is_awaited(state: State, frame: int) -> bool:
    """Whether a propagation is under way that has not come to a frame yet."""
    tracks = [state.track_of(item) for item in state.sequence.objects]
    return state.propagation is not None and any(
        track.statuses[frame] == Status.EMPTY or track.is_outdated(frame) for track in tracks
    )
