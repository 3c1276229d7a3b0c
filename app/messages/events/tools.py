"""The active tool and its settings."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.tool import Tool
from app.messages.events.event import Event


@dataclass(frozen=True, slots=True)
class ToolChanged(Event):
    """Change the fields that are not None; see app.domain.tool.ToolSettings."""

    tool: Tool | None = None
