"""Palette of 255 label colours, the first ones the easiest to tell apart. Pure.

The first seven are Okabe and Ito's (2008), which colour-blind people can tell apart. Each further one is the
colour of a coarse grid that is farthest from all before it in OKLab (Ottosson, 2020), where distance follows
perception. Very dark, very light and greyish colours are left out, since they do not stand out on pictures.
"""

import math
from collections.abc import Collection
from functools import cache
from itertools import product

from app.domain.annotation import Color

COLORS = 255  # as many as there are label values
# Okabe and Ito, Color Universal Design, 2008: told apart by people who see few colours.
OKABE_ITO: tuple[Color, ...] = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (0, 114, 178),
    (213, 94, 0),
    (204, 121, 167),
)
GRID = range(7, 256, 31)  # nine levels a channel, chosen by hand; a finer grid takes longer to search
# Bounds of OKLab lightness and chroma, chosen by eye; tests hold how far apart the first colours are.
DARKEST, LIGHTEST, GREYEST = 0.4, 0.95, 0.06
Lab = tuple[float, float, float]


def free_color(used: Collection[Color]) -> Color:
    """Return the first colour of the palette that is not used, or the first of all."""
    return next((color for color in palette() if color not in used), palette()[0])


@cache
def palette() -> tuple[Color, ...]:
    """Return 255 different colours, RGB, 0..255 each."""
    colors = list(OKABE_ITO)
    places = {color: oklab(color) for color in product(GRID, GRID, GRID)}
    gaps = {
        color: min(math.dist(place, oklab(first)) for first in OKABE_ITO)
        for color, place in places.items()
        if DARKEST <= place[0] <= LIGHTEST and math.hypot(*place[1:]) >= GREYEST
    }
    while len(colors) < COLORS:
        farthest = max(gaps, key=gaps.__getitem__)
        colors.append(farthest)
        place = places[farthest]
        gaps = {color: min(gap, math.dist(places[color], place)) for color, gap in gaps.items()}
    return tuple(colors)


def oklab(color: Color) -> Lab:
    """Return lightness 0..1, green-red and blue-yellow of an sRGB colour, by Ottosson's matrices."""
    red, green, blue = (_linear(part / 255) for part in color)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
