"""The masks in 3D: how they are looked at, and what changes the picture."""

from __future__ import annotations

from dataclasses import replace

from app.messages.events import View3DChanged
from app.messages.orders import Order
from app.session.state import State, given_fields


def on_changed(state: State, event: View3DChanged) -> list[Order]:
    """Look at them otherwise."""
    state.view3d = replace(state.view3d, **given_fields(event))
    return []


def visible(state: State) -> object:
    """Everything but the masks that decides what the picture looks like, None while there is to be none."""
    if state.sequence is None or not state.view3d.shown or min(state.view3d.size) < 1:
        return None
    # At the end of a propagation there is time for a finer picture.
    is_quiet = state.propagation is None
    return state.sequence, state.frame, state.view.window, state.labels, state.objects, state.view3d, is_quiet
