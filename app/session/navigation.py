"""Handlers of navigation: frames, playback, jumps."""

from dataclasses import replace

from app.domain.frame_order import FrameOrder, order_of
from app.messages import events as ev
from app.messages.events.worklist import UnseenRequested
from app.messages.orders import Order, Pause, Play, RecordCursor
from app.session import review
from app.session.clicks import finish_pending
from app.session.review_ranking import best_frame, frames_by_hand, rank_by_score
from app.session.state import State

ALL_SEEN = "Every frame has been looked at or accepted."
SLOWEST, FASTEST = 0.25, 10.0  # times the sequence's own rate, chosen by hand


def go_to(state: State, frame: int) -> list[Order]:
    """Move the cursor; the pending mask is finished on its frame, and the editing of outlines ends."""
    if state.sequence.info is None:
        return []
    target = min(max(frame, 0), state.sequence.info.frames - 1)
    if target == state.sequence.frame:
        return []
    orders = finish_pending(state)
    state.sequence = replace(state.sequence, frame=target)
    state.is_chosen = state.is_finished = False
    state.mark_seen()
    state.sequence = replace(state.sequence, mode="annotate")
    state.polygons.clear()
    return orders


def on_requested(state: State, event: ev.FrameRequested) -> list[Order]:
    """Jump, which also pauses."""
    return _jump(state, event.frame)


def on_stepped(state: State, event: ev.FrameStepped) -> list[Order]:
    """Step, which also pauses; of a scan over time only within the time point, or the slice."""
    run = _run(state)
    target = min(max(state.sequence.frame + event.delta, run.start), run.stop - 1)
    return _jump(state, target)


def on_time_stepped(state: State, event: ev.TimeStepped) -> list[Order]:
    """Go to the same slice at another time point."""
    order = order_of(state.sequence.info) if state.sequence.info is not None else FrameOrder(1)
    if order.times < 2:
        state.add_toast("info", "This is no scan over time: there is no other time point.")
        return []
    time = (order.time_of(state.sequence.frame) + event.delta) % order.times
    return on_requested(state, ev.FrameRequested(order.frame(time, order.slice_of(state.sequence.frame))))


def on_worst(state: State, _event: ev.WorstFrameRequested) -> list[Order]:
    """Jump to the next frame with a mask that no person here made or accepted, in the order that was chosen.

    After them come the masks made by hand that nobody verified, in order of time: one may have been spoiled.
    """
    ranking = rank_by_score(state)
    here = state.sequence.frame
    if not ranking:
        by_hand = frames_by_hand(state) if state.propagation is None else []
        state.add_toast("info", _nothing_left(state, len(by_hand)))
        return _jump(state, _next_later(by_hand, here)) if by_hand else []
    if state.view.review_order == "time":
        return _jump(state, _next_later(ranking, here))
    place = ranking.index(here) if here in ranking else -1
    return _jump(state, ranking[(place + 1) % len(ranking)])


def on_best(state: State, _event: ev.BestFrameRequested) -> list[Order]:
    """Jump to the frame whose correction is expected to better most others."""
    frame = best_frame(state)
    if frame is None:
        state.add_toast("info", _nothing_left(state))
        return []
    return _jump(state, frame)


def _next_later(frames: list[int], here: int) -> int:
    """Return the first frame after one, or else the first of all."""
    return min([frame for frame in frames if frame > here] or frames)


def _nothing_left(state: State, by_hand: int = 0) -> str:
    """Say why no mask waits for a look. by_hand: frames with masks made by hand that nobody verified."""
    nothing = "No propagated or imported mask waits for a look"
    if state.propagation is not None:
        return f"{nothing} yet."
    if by_hand:
        frames = "1 frame made by hand is" if by_hand == 1 else f"{by_hand} frames made by hand are"
        return f"{nothing}; {frames} not verified."
    unseen = review.count_unreviewed(state)
    if unseen:
        frames = "1 frame was" if unseen == 1 else f"{unseen} frames were"
        return f"{nothing}; {frames} not looked at."
    return f"{nothing}: the sequence can be called done."


def on_unseen(state: State, _event: UnseenRequested) -> list[Order]:
    """Jump to the next frame that was neither looked at nor accepted."""
    frame = review.next_unreviewed(state)
    if frame is None:
        state.add_toast("info", ALL_SEEN)
        return []
    return _jump(state, frame)


def on_reference_stepped(state: State, event: ev.ReferenceStepped) -> list[Order]:
    """Jump to the nearest reference frame on one side."""
    frames = {frame for anchors in state.references.values() for frame in anchors}
    ahead = [frame for frame in frames if (frame - state.sequence.frame) * event.direction > 0]
    if not ahead:
        return []
    return _jump(state, min(ahead, key=lambda frame: abs(frame - state.sequence.frame)))


def on_play_toggled(state: State, _event: ev.PlayToggled) -> list[Order]:
    """Play or pause; at the last frame playback starts from the beginning."""
    if state.playback.playing:
        return pause_playback(state)
    run = _run(state)
    if state.sequence.info is None or len(run) < 2:
        return []
    state.playback = replace(state.playback, playing=True)
    state.sequence = replace(state.sequence, mode="annotate")
    at_end = state.sequence.frame == run.stop - 1
    orders = go_to(state, run.start) if at_end else finish_pending(state)
    state.polygons.clear()
    return [*orders, _play(state)]


def on_advanced(state: State, event: ev.PlaybackAdvanced) -> list[Order]:
    """Follow the playback clock; without a loop, pause at the end."""
    if not state.playback.playing or state.playback.unseen or state.sequence.info is None:
        return []
    orders = go_to(state, event.frame)
    if event.frame >= _run(state).stop - 1 and not state.playback.loop:
        orders += pause_playback(state)
    return orders


def on_speed(state: State, event: ev.SpeedChosen) -> list[Order]:
    """Change the speed of playback."""
    state.playback = replace(state.playback, speed=min(max(event.speed, SLOWEST), FASTEST))
    return [_play(state)] if state.playback.playing else []


def on_loop(state: State, _event: ev.LoopToggled) -> list[Order]:
    """Switch looping on or off."""
    state.playback = replace(state.playback, loop=not state.playback.loop)
    return [_play(state)] if state.playback.playing else []


def on_marked(state: State, event: ev.RangeMarked) -> list[Order]:
    """Mark a range; an empty one clears the marks. One without an end ends with the time point or slice."""
    start, stop = event.start, event.stop
    info = state.sequence.info
    if info is not None and info.time_points > 1 and (start, stop) != (None, None):
        run = order_of(info).run(start if start is not None else max((stop or 0) - 1, 0))
        start, stop = run.start if start is None else start, run.stop if stop is None else stop
    crossed = start is not None and stop is not None and start >= stop
    state.sequence = replace(state.sequence, marks=(None, None) if crossed else (start, stop))
    return []


def on_out_of_reach(state: State, event: ev.FrameOutOfReach) -> list[Order]:
    """Say why the frame cannot be shown, and pause: the next ones cannot be either."""
    state.add_toast("error", event.what)
    return pause_playback(state)


def pause_playback(state: State) -> list[Order]:
    """Pause playback, if it is under way."""
    if not state.playback.playing:
        return []
    state.playback = replace(state.playback, playing=False, unseen=False)
    return [Pause(), RecordCursor(state.sequence.frame)]


def _play(state: State) -> Play:
    playback = state.playback
    return Play(state.sequence.frame, playback.speed, playback.loop, playback.unseen)


def _run(state: State) -> range:
    """Return the frames that are stepped through and played."""
    return (
        order_of(state.sequence.info).run(state.sequence.frame)
        if state.sequence.info is not None
        else range(1)
    )


def _jump(state: State, frame: int) -> list[Order]:
    return [*pause_playback(state), *go_to(state, frame), RecordCursor(state.sequence.frame)]
