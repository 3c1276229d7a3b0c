"""Handlers of the contact sheet."""

from __future__ import annotations

from dataclasses import replace

from app.messages.events import FramesMarked, FramesVerified, SeenVerified, SheetScrolled, SheetToggled
from app.messages.orders import Order
from app.session import navigation, review
from app.session.clicks import finish_pending
from app.session.state import State


def on_toggled(state: State, _event: SheetToggled) -> list[Order]:
    """Show the contact sheet, or the frame; a pending mask is finished, and playback ends."""
    if state.sequence.info is None:
        return []
    if state.sheet.shown:
        state.sheet = replace(state.sheet, shown=False, marked=frozenset())
        return []
    state.sheet = replace(state.sheet, shown=True)
    return [*navigation.pause_playback(state), *finish_pending(state)]


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
