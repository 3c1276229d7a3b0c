"""The tools of the canvas: what pressing and dragging the mouse on a frame means. Pure data."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.mask_operations import Limits

SMALLEST_SIZE, LARGEST_SIZE = 1.0, 1000.0  # diameters of brush and eraser, source pixels
SIZE_STEP = 1.2  # factor of a step to a larger brush; four steps double it


class Tool(StrEnum):
    """A tool of the canvas; one is active."""

    CLICK = "click"  #: prompts by clicks
    BOX = "box"  #: a prompt: a box around the thing
    SCRIBBLE = "scribble"  #: a prompt: a line over the thing, or with the right button over what it is not
    FIND_LASSO = "find_lasso"  #: a prompt: a closed line around the thing
    DIAMETER = "diameter"  #: a prompt: a line along the thing's longest diameter
    BRUSH = "brush"  #: paints; with the right button it erases
    ERASER = "eraser"
    LASSO = "lasso"  #: adds what a closed line encloses; with the right button it takes that away
    RECTANGLE = "rectangle"  #: the same with a rectangle
    POLYGON = "polygon"  #: the same with corners that are clicked
    CUT = "cut"  #: cuts a mask in two along a line
    RULER = "ruler"  #: measures a length; changes nothing
    ANGLE = "angle"  #: measures an angle; changes nothing

    @property
    def is_prompt(self) -> bool:
        """Whether a drag asks the model."""
        return self in (Tool.BOX, Tool.SCRIBBLE, Tool.FIND_LASSO, Tool.DIAMETER)

    @property
    def is_measure(self) -> bool:
        """Whether it only measures."""
        return self in (Tool.RULER, Tool.ANGLE)

    @property
    def has_size(self) -> bool:
        """Whether it draws with a brush."""
        return self in (Tool.BRUSH, Tool.ERASER)


@dataclass(frozen=True, slots=True)
class ToolSettings:
    """The active tool and how it draws."""

    tool: Tool = Tool.CLICK
    size: float = 24.0  #: diameter of brush and eraser, or side of square ones, widths of a source pixel
    square: bool = False  #: brush and eraser are square, else round
    ball: bool = False  #: on a scan brush and eraser go through the slices, as a ball does
    limits: Limits | None = None  #: intensities that are painted, None for all


def step_size(size: float, steps: float) -> float:
    """Return a size some steps larger, or smaller for negative ones; at least a pixel more or less for each step."""
    by_factor: float = size * SIZE_STEP**steps
    changed = max(by_factor, size + steps) if steps > 0 else min(by_factor, size + steps)
    return round(min(max(changed, SMALLEST_SIZE), LARGEST_SIZE), 1)
