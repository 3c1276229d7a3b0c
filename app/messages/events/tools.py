"""The active tool and its settings."""

from dataclasses import dataclass

from app.domain.mask_operations import Limits
from app.domain.tool import Tool
from app.messages.events.event import Event


@dataclass(frozen=True, slots=True)
class ToolChanged(Event):
    """Change the fields that are not None; see app.domain.tool.ToolSettings."""

    tool: Tool | None = None
    size: float | None = None
    square: bool | None = None
    ball: bool | None = None


@dataclass(frozen=True, slots=True)
class LimitsChanged(Event):
    """Paint only intensities within limits, or all."""

    limits: Limits | None
