"""The tools of the canvas: what pressing and dragging the mouse on a frame means. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SMALLEST, LARGEST = 1.0, 1000.0  # diameters of brush and eraser, source pixels


class Tool(StrEnum):
    """A tool of the canvas; one is active."""

    CLICK = "click"  #: prompts by clicks
    BOX = "box"  #: a prompt: a box around the thing
    SCRIBBLE = "scribble"  #: a prompt: a line over the thing, or with the right button over what it is not
    FIND_LASSO = "find_lasso"  #: a prompt: a closed line around the thing
    DIAMETER = "diameter"  #: a prompt: a line along the thing's longest diameter

    @property
    def is_prompt(self) -> bool:
        """Whether a drag asks the model."""
        return self in (Tool.BOX, Tool.SCRIBBLE, Tool.FIND_LASSO, Tool.DIAMETER)


@dataclass(frozen=True, slots=True)
class ToolSettings:
    """The active tool and how it draws."""

    tool: Tool = Tool.CLICK
