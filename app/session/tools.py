"""Handlers of the active tool and its settings."""

from dataclasses import replace

from app.messages.events import LimitsChanged, ToolChanged
from app.messages.orders import Order
from app.session.state import State, given_fields


def on_changed(state: State, event: ToolChanged) -> list[Order]:
    """Change the tool or its settings."""
    state.tools = replace(state.tools, **given_fields(event))
    return []


def on_limits(state: State, event: LimitsChanged) -> list[Order]:
    """Change which intensities are painted."""
    state.tools = replace(state.tools, limits=event.limits)
    return []
