"""Handlers of the contact sheet."""

from dataclasses import replace

from app.messages.events import (
    FrameRequested,
    FramesMarked,
    FramesVerified,
    SeenVerified,
    SheetFiltered,
    SheetOrdered,
    SheetScrolled,
    SheetToggled,
)
from app.messages.orders import Order
from app.session import navigation, review, tiers
from app.session.clicks import finish_pending
from app.session.review_ranking import rank_by_score
from app.session.state import State


def on_toggled(state: State, _event: SheetToggled) -> list[Order]:
    """Show the contact sheet, or the frame; a pending mask is finished, and playback ends."""
    if state.sequence.info is None:
        return []
    if state.sheet.shown:
        state.sheet = replace(state.sheet, shown=False, marked=frozenset())
        return []
    if state.sheet.term is not None:
        return on_filtered(state, SheetFiltered(state.sheet.term))
    order = _by_doubt(state) if state.sheet.order else ()
    return _show(state, order)


def on_filtered(state: State, event: SheetFiltered) -> list[Order]:
    """Show the contact sheet with the frames of a term without a mask alone, or with all frames.

    They stay where they are while masks are made, so that no tile moves.
    """
    if state.sequence.info is None:
        return []
    orders = finish_pending(state)
    frames = tiers.frames_without_mask(state, *event.term) if event.term is not None else ()
    if event.term is not None:
        _, term = event.term
        count = f"{len(frames)} {'frame' if len(frames) == 1 else 'frames'} of {term} without a mask."
        state.add_toast(
            "info", count if frames else f"Every frame of {term} has a mask: all frames are shown."
        )
    return [*orders, *_show(state, frames, event.term if frames else None)]


def _show(state: State, order: tuple[int, ...], term: tuple[str, str] | None = None) -> list[Order]:
    state.sheet = replace(state.sheet, shown=True, order=order, term=term, marked=frozenset())
    orders = [*navigation.pause_playback(state), *finish_pending(state)]
    if term is not None and state.sequence.frame not in order:
        orders += navigation.on_requested(state, FrameRequested(order[0]))
    return orders


def on_ordered(state: State, event: SheetOrdered) -> list[Order]:
    """Put the tiles in another order; it stays as it is while frames are verified, so that no tile moves."""
    state.sheet = replace(state.sheet, order=_by_doubt(state) if event.by_doubt else (), term=None)
    return []


def on_scrolled(state: State, event: SheetScrolled) -> list[Order]:
    """Remember which tiles are seen, so that these are made."""
    state.sheet = replace(state.sheet, seen=(event.start, event.stop), tile=(event.width, event.height))
    return []


def on_marked(state: State, event: FramesMarked) -> list[Order]:
    """Mark frames."""
    frames = state.sequence.info.frames if state.sequence.info is not None else 0
    state.sheet = replace(state.sheet, marked=frozenset(n for n in event.frames if 0 <= n < frames))
    return []


def on_seen_verified(state: State, _event: SeenVerified) -> list[Order]:
    """Verify every frame that was looked at."""
    if state.sequence.info is None or not state.sequence.objects:
        return []
    seen = frozenset(frame for frame, is_seen in enumerate(state.seen) if is_seen)
    orders = review.on_verified(state, FramesVerified(0, state.sequence.info.frames, only=seen))
    count = len(state.history.done[-1].frames) if orders else 0
    frames = "1 frame" if count == 1 else f"{count} frames"
    state.add_toast("info", f"{frames} verified." if count else "All that you looked at is verified already.")
    return orders


def _by_doubt(state: State) -> tuple[int, ...]:
    """Return all frames: those that wait for a look, the most doubtful first, then the others in order of time."""
    waiting = rank_by_score(state)
    known = set(waiting)
    frames = state.sequence.info.frames if state.sequence.info is not None else 0
    return (*waiting, *(frame for frame in range(frames) if frame not in known))
