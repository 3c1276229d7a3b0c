"""Handler of the 3D view, and what decides its picture."""

from dataclasses import replace

from app.messages.events import View3DChanged
from app.messages.orders import Order
from app.session.state import State, given_fields


def on_changed(state: State, event: View3DChanged) -> list[Order]:
    """Update the 3D view settings."""
    state.view3d = replace(state.view3d, **given_fields(event))
    return []


def visible_scene(state: State) -> object:
    """Return everything but the masks that decides the picture, None while there is none."""
    if state.sequence.info is None or not state.view3d.shown or min(state.view3d.size) < 1:
        return None
    # A finer picture is drawn at the end of a propagation.
    is_quiet = state.propagation is None
    sequence, window = state.sequence, state.view.window
    return sequence.info, sequence.frame, window, state.labels, sequence.objects, state.view3d, is_quiet
