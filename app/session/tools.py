"""Handler of the active tool and its settings."""

from __future__ import annotations

from dataclasses import replace

from app.messages.events import ToolChanged
from app.messages.orders import Order
from app.session.state import State, given_fields


def on_changed(state: State, event: ToolChanged) -> list[Order]:
    """Change the tool or its settings."""
    state.tools = replace(state.tools, **given_fields(event))
    return []
