"""Operations on the mask of one object on one frame, as hand tools ask for them. Pure data.

Points are source pixels; lengths are in widths of a source pixel. aspect: how much taller than wide a pixel is.
"""

from dataclasses import dataclass

from app.domain.annotation import Mask, Point

Limits = tuple[float, float]
"""Lowest and highest intensity that a tool changes: native units of a scan, grey 0..255 of anything else."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A brush or an eraser was moved along a line."""

    points: tuple[Point, ...]  #: at least one
    radius: float  #: of the brush; half the side of a square one
    erase: bool = False
    square: bool = False
    aspect: float = 1.0
    limits: Limits | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """A closed line was drawn; what it encloses is added or taken away."""

    points: tuple[Point, ...]  #: at least three; the end is not repeated
    erase: bool = False
    limits: Limits | None = None


@dataclass(frozen=True, slots=True)
class FillHoles:
    """Fill every hole."""


@dataclass(frozen=True, slots=True)
class DropIslands:
    """Take pieces away that are small beside the largest."""


@dataclass(frozen=True, slots=True)
class KeepPiece:
    """Keep only the connected piece at a point."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Grow:
    """Move the outline outwards, or inwards for a negative distance."""

    distance: float
    aspect: float = 1.0


@dataclass(frozen=True, slots=True)
class Smooth:
    """Smooth the outline. distance: up to which corners are rounded."""

    distance: float
    aspect: float = 1.0


@dataclass(frozen=True, slots=True)
class CutPart:
    """Keep one of the parts that a line cuts the mask into: the largest one, or the others."""

    points: tuple[Point, ...]  #: at least two
    largest: bool


@dataclass(frozen=True, slots=True)
class Join:
    """Add another mask."""

    other: Mask


@dataclass(frozen=True, slots=True)
class Between:
    """Replace the mask by the shape between those of two other frames."""

    start: Mask
    stop: Mask
    share: float  #: of the way from start to stop, in (0, 1)


MaskOperation = (
    Stroke | Region | FillHoles | DropIslands | KeepPiece | Grow | Smooth | CutPart | Join | Between
)
