"""Handlers of navigation: frames, playback, jumps."""

from __future__ import annotations

from dataclasses import replace

from app.domain.annotation import Status
from app.messages.events import (
    FrameRequested,
    FrameStepped,
    LoopToggled,
    PlaybackAdvanced,
    PlayToggled,
    RangeMarked,
    ReferenceStepped,
    SpeedChosen,
    WorstFrameRequested,
)
from app.messages.events.worklist import UnseenRequested
from app.messages.orders import Order, Pause, Play, RecordCursor
from app.session.clicks import finish_pending
from app.session.review import next_unreviewed
from app.session.state import State

SLOWEST, FASTEST = 0.25, 10.0  # times the sequence's own rate, chosen by hand


def go_to(state: State, frame: int) -> list[Order]:
    """Move the cursor; the pending mask is finished on its frame, and the editing of outlines ends."""
    if state.sequence is None:
        return []
    target = min(max(frame, 0), state.sequence.frames - 1)
    if target == state.frame:
        return []
    orders = finish_pending(state)
    state.frame = target
    state.mark_seen()
    state.mode = "annotate"
    state.polygons.clear()
    return orders


def on_requested(state: State, event: FrameRequested) -> list[Order]:
    """Jump, which also pauses."""
    return pause_playback(state) + _with_cursor(state, go_to(state, event.frame))


def on_stepped(state: State, event: FrameStepped) -> list[Order]:
    """Step, which also pauses."""
    return pause_playback(state) + _with_cursor(state, go_to(state, state.frame + event.delta))


def on_worst(state: State, _event: WorstFrameRequested) -> list[Order]:
    """Jump to the frame with the lowest score of those that nobody made or accepted here; again: to the next one."""
    ranking = rank_by_score(state)
    if not ranking:
        yet = " yet" if state.propagation is not None else ""
        state.add_toast("info", f"No propagated or imported mask waits for a look{yet}.")
        return []
    here = ranking.index(state.frame) if state.frame in ranking else -1
    return pause_playback(state) + _with_cursor(state, go_to(state, ranking[(here + 1) % len(ranking)]))


def on_unseen(state: State, _event: UnseenRequested) -> list[Order]:
    """Jump to the next frame that was neither looked at nor accepted."""
    frame = next_unreviewed(state)
    if frame is None:
        state.add_toast("info", "Every frame has been looked at or accepted.")
        return []
    return pause_playback(state) + _with_cursor(state, go_to(state, frame))


def rank_by_score(state: State) -> list[int]:
    """Return the frames with propagated or imported masks, lowest score first; of equal ones the newest first.

    Outdated masks are left out while a propagation is under way to replace them.
    """
    worst: dict[int, int] = {}
    for item in state.objects:
        track = state.track_of(item)
        for frame, status in enumerate(track.statuses):
            is_replaced = state.propagation is not None and track.outdated[frame]
            if status in (Status.PROPAGATED, Status.IMPORTED) and not is_replaced:
                worst[frame] = min(worst.get(frame, 255), track.scores[frame])
    return sorted(worst, key=lambda frame: (worst[frame], -state.propagation_order.get(frame, 0), frame))


def on_reference_stepped(state: State, event: ReferenceStepped) -> list[Order]:
    """Jump to the nearest reference frame on one side."""
    frames = {frame for anchors in state.references.values() for frame in anchors}
    ahead = [frame for frame in frames if (frame - state.frame) * event.direction > 0]
    if not ahead:
        return []
    return pause_playback(state) + _with_cursor(
        state, go_to(state, min(ahead, key=lambda frame: abs(frame - state.frame)))
    )


def on_play_toggled(state: State, _event: PlayToggled) -> list[Order]:
    """Play or pause; at the last frame playback starts from the beginning."""
    if state.playback.playing:
        return pause_playback(state)
    if state.sequence is None or state.sequence.frames < 2:
        return []
    state.playback = replace(state.playback, playing=True)
    state.mode = "annotate"
    at_end = state.frame == state.sequence.frames - 1
    orders = go_to(state, 0) if at_end else finish_pending(state)
    state.polygons.clear()
    return [*orders, _play(state)]


def on_advanced(state: State, event: PlaybackAdvanced) -> list[Order]:
    """Follow the playback clock; without a loop, pause at the end."""
    if not state.playback.playing or state.sequence is None:
        return []
    orders = go_to(state, event.frame)
    if event.frame >= state.sequence.frames - 1 and not state.playback.loop:
        orders += pause_playback(state)
    return orders


def on_speed(state: State, event: SpeedChosen) -> list[Order]:
    """Change the speed of playback."""
    state.playback = replace(state.playback, speed=min(max(event.speed, SLOWEST), FASTEST))
    return [_play(state)] if state.playback.playing else []


def on_loop(state: State, _event: LoopToggled) -> list[Order]:
    """Switch looping on or off."""
    state.playback = replace(state.playback, loop=not state.playback.loop)
    return [_play(state)] if state.playback.playing else []


def on_marked(state: State, event: RangeMarked) -> list[Order]:
    """Mark a range; an empty one clears the marks."""
    start, stop = event.start, event.stop
    crossed = start is not None and stop is not None and start >= stop
    state.marks = (None, None) if crossed else (start, stop)
    return []


def pause_playback(state: State) -> list[Order]:
    """Pause playback, if it is under way."""
    if not state.playback.playing:
        return []
    state.playback = replace(state.playback, playing=False)
    return [Pause(), RecordCursor(state.frame)]


def _play(state: State) -> Play:
    return Play(state.frame, state.playback.speed, state.playback.loop)


def _with_cursor(state: State, orders: list[Order]) -> list[Order]:
    return [*orders, RecordCursor(state.frame)]
