"""Whether a frame of an endoscopy shows the inside of a body, by its colours.

Tissue under white light is red to yellow and smooth; a room has grey, blue and green things. A network that was trained
on films of operating rooms would do better (Lavanchy et al., Scientific Reports 2023); no package has one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_SIZE: Final = (96, 72)  # pixels, width and height, that colours are counted on
_LIT: Final = 40  # grey levels of the brightest channel from which a pixel has a colour worth a word
_LEAST_LIT: Final = 0.05  # share of a picture; less is a dark frame
_BURNT: Final = 230  # grey levels from which all channels make a highlight, not a grey thing
# Found on every second picture of sets of endoscopies and of people; docs/OPERATING.md has what the others gave.
_TINT: Final = 10  # grey levels by which red exceeds the others in tissue, and within which grey things stay
_INSIDE_RED: Final = 0.6
_INSIDE_COLD: Final = 0.1
_INSIDE_EDGES: Final = 0.2  # red hills with a goat have 0.33
_EDGE: Final = (60, 150)  # thresholds of Canny's detector in grey levels
#: Share of foreign colours below which no frame shows the room.
LEAST_FOREIGN: Final = 0.15
_SPREAD: Final = 2.0


@dataclass(frozen=True, slots=True)
class BodyColors:
    """Shares of the lit pixels of a picture."""

    red: float
    cold: float  #: green or blue
    grey: float
    edges: float = 0.0  #: share of all pixels on an edge

    @property
    def is_inside(self) -> bool:
        """Whether a picture is one from within a body for sure."""
        return self.red > _INSIDE_RED and self.cold < _INSIDE_COLD and self.edges < _INSIDE_EDGES

    @property
    def foreign(self) -> float:
        """Share of what tissue is not."""
        return self.cold + self.grey


def body_colors(image: NDArray[np.uint8]) -> BodyColors:
    """Return the colours of a picture uint8 (h, w, 3) RGB; those of a dark one are all 0."""
    picture = cv2.resize(image, _SIZE, interpolation=cv2.INTER_AREA)
    edges = cv2.Canny(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), *_EDGE)
    small = picture.reshape(-1, 3).astype(np.int16)
    lit = small[small.max(1) >= _LIT]
    if len(lit) < _LEAST_LIT * len(small):
        return BodyColors(0.0, 0.0, 0.0)
    red, green, blue = lit.T
    is_grey = (abs(red - green) <= _TINT) & (abs(red - blue) <= _TINT) & (red < _BURNT)
    is_cold = np.maximum(green, blue) > red + _TINT
    is_red = red > np.maximum(green, blue) + _TINT
    return BodyColors(
        float(is_red.mean()), float(is_cold.mean()), float(is_grey.mean()), float((edges > 0).mean())
    )


def foreign_limit(samples: Sequence[BodyColors]) -> float | None:
    """Return from which share of foreign colours on a frame of a film shows the room; None for no colour endoscopy.

    samples: of frames all over the film. Instruments and fat have foreign colours too, so the limit is the film's own.
    """
    inside = [one.foreign for one in samples if one.is_inside]
    if not inside or 2 * len(inside) < len(samples):
        return None
    return LEAST_FOREIGN + _SPREAD * float(np.quantile(inside, 0.9))
