"""Colours of objects: the first of a label has the label's, each further one a shade of it. Pure."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache

from app.domain.annotation import Color, Label, Object
from app.domain.label_colors import DARKEST, LIGHTEST, OKABE_ITO, Lab, oklab

UNKNOWN: Color = (255, 255, 255)  # of an object whose label is not in the list
# How far shades are from their label's colour, chosen by eye: more makes them easier to tell apart, less shows better
# what they are. Lightness of OKLab, and turn of the hue in radians.
LIGHTNESS, TURN = 0.36, 0.7
# Fractions of the golden ratio and of the plastic number: multiples of them fall evenly and never twice in one place.
_STEPS = (0.6180339887, 0.7548776662)
_SHRINK = 0.9  # Factor by which a colour that a screen cannot show is made greyer, again and again.


def object_colors(labels: Iterable[Label], objects: Iterable[Object]) -> dict[int, Color]:
    """Return the colour of each object by its id."""
    known = {label.value: label.color for label in labels}
    counts: Counter[int] = Counter()
    colors = {}
    for item in objects:
        colors[item.object_id] = (
            shade_of(known[item.label], counts[item.label]) if item.label in known else UNKNOWN
        )
        counts[item.label] += 1
    return colors


def paint_value(object_id: int) -> int:
    """Return what stands for an object in a volume of bytes, 1..255; objects whose ids are 255 apart share it."""
    return (object_id - 1) % 255 + 1


def paint_colors(labels: Iterable[Label], objects: Iterable[Object]) -> dict[int, Color]:
    """Return the colours of objects by what stands for them in a volume of bytes."""
    return {paint_value(object_id): color for object_id, color in object_colors(labels, objects).items()}


def target_color(
    labels: Sequence[Label], objects: Sequence[Object], target: int | None, label: int | None
) -> Color:
    """Return the colour of an object, or of the one of a label that is made next where it is None."""
    if target is None:
        value = label if label is not None else labels[0].value if labels else 1
        target = 1 + max((item.object_id for item in objects), default=0)
        objects = (*objects, Object(target, value))
    labels = labels or (Label(1, "", OKABE_ITO[0]),)
    return object_colors(labels, objects).get(target, UNKNOWN)


@cache
def shade_of(color: Color, number: int) -> Color:
    """Return a shade of a colour; number 0 is the colour itself."""
    if number == 0:
        return color
    lightness, green_red, blue_yellow = oklab(color)
    first, second = ((number * step + 0.5) % 1 - 0.5 for step in _STEPS)
    lightness = _fold(min(max(lightness, DARKEST), LIGHTEST) + LIGHTNESS * first)
    chroma, hue = math.hypot(green_red, blue_yellow), math.atan2(blue_yellow, green_red) + 2 * TURN * second
    while True:
        found = _screen_color((lightness, chroma * math.cos(hue), chroma * math.sin(hue)))
        if found is not None:
            return found
        chroma *= _SHRINK


def _fold(lightness: float) -> float:
    """Return a lightness beyond the bounds as far within them, so that shades do not fall together there."""
    if lightness > LIGHTEST:
        return 2 * LIGHTEST - lightness
    return 2 * DARKEST - lightness if lightness < DARKEST else lightness


def _screen_color(place: Lab) -> Color | None:
    """Return the sRGB colour of a place in OKLab, by the inverse of Ottosson's matrices; None for one beyond."""
    lightness, green_red, blue_yellow = place
    long = (lightness + 0.3963377774 * green_red + 0.2158037573 * blue_yellow) ** 3
    medium = (lightness - 0.1055613458 * green_red - 0.0638541728 * blue_yellow) ** 3
    short = (lightness - 0.0894841775 * green_red - 1.2914855480 * blue_yellow) ** 3
    parts = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    red, green, blue = (round(255 * _gamma(part)) for part in parts)
    return (red, green, blue) if all(0 <= part <= 255 for part in (red, green, blue)) else None


def _gamma(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else float(1.055 * part ** (1 / 2.4) - 0.055)
