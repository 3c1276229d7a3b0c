"""Prompts: what an annotator shows a model of an object. Pure data, in source pixels as a Click is."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.domain.annotation import Click, Point

# Radius of the circle around a measured diameter, in half diameters: the outline of a lesion passes through both ends
# and seldom farther out than this from the middle. Chosen by hand.
DIAMETER_REACH = 1.15
CIRCLE_POINTS = 32  # of a lasso that stands for a circle: within 1/200 of its radius everywhere


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle around the whole object; its sides are pixel centres, left <= right and top <= bottom."""

    left: float
    top: float
    right: float
    bottom: float

    @staticmethod
    def between(one: Point, other: Point) -> Box:
        """Return the box of two opposite corners."""
        (left, right), (top, bottom) = sorted((one[0], other[0])), sorted((one[1], other[1]))
        return Box(left, top, right, bottom)


@dataclass(frozen=True, slots=True)
class Scribble:
    """A line drawn over the object, or over what it is not."""

    points: tuple[Point, ...]  #: at least one
    positive: bool


@dataclass(frozen=True, slots=True)
class Lasso:
    """A closed line around the whole object."""

    points: tuple[Point, ...]  #: at least three; the end is not repeated


Prompt = Click | Box | Scribble | Lasso


def prompt_center(prompt: Box | Scribble | Lasso) -> Point:
    """Return a point that tells which thing a prompt is about: the middle of what it encloses, or where it begins."""
    match prompt:
        case Box(left, top, right, bottom):
            return (left + right) / 2, (top + bottom) / 2
        case Scribble(points):
            return points[0]
        case Lasso(points):
            return sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)


def diameter_lasso(one: Point, other: Point, aspect: float = 1.0) -> Lasso:
    """Return the lasso of an object whose longest diameter was measured from one point to another.

    aspect: height of a pixel by its width.
    """
    middle = (one[0] + other[0]) / 2, (one[1] + other[1]) / 2
    radius = math.hypot(other[0] - one[0], (other[1] - one[1]) * aspect) / 2 * DIAMETER_REACH
    angles = [2 * math.pi * n / CIRCLE_POINTS for n in range(CIRCLE_POINTS)]
    return Lasso(
        tuple(
            (middle[0] + radius * math.cos(angle), middle[1] + radius * math.sin(angle) / aspect)
            for angle in angles
        )
    )
