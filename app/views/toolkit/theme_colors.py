"""Colours and lengths of the design. Pure."""

from dataclasses import dataclass
from typing import Final

from app.domain.annotation import Color, Status

# RGB, chosen by eye: a dark window, so that the picture is the brightest thing in a dark room.
BACKGROUND: Final[Color] = (19, 22, 25)
PANEL: Final[Color] = (26, 29, 34)
RAISED: Final[Color] = (34, 38, 44)
HOVERED: Final[Color] = (44, 50, 58)
BORDER: Final[Color] = (48, 54, 62)
TEXT: Final[Color] = (220, 225, 230)
MUTED: Final[Color] = (138, 147, 157)
FAINT: Final[Color] = (88, 96, 105)
ACCENT: Final[Color] = (64, 156, 214)
ACCENT_DEEP: Final[Color] = (32, 84, 120)
GOOD: Final[Color] = (86, 176, 118)
WARNING: Final[Color] = (222, 168, 66)
ERROR: Final[Color] = (224, 92, 86)
POSITIVE: Final[Color] = (52, 208, 96)
NEGATIVE: Final[Color] = (240, 70, 70)
LEVELS: Final = {"info": ACCENT, "warning": WARNING, "error": ERROR}

STATUS_NAMES: Final = {
    Status.EMPTY: "nothing yet",
    Status.PROPAGATED: "propagated",
    Status.EDITED: "made by hand",
    Status.VERIFIED: "verified",
    Status.IMPORTED: "imported",
}
# RGB of states on the timeline, chosen by eye.
EDITED: Final[Color] = (70, 140, 235)
VERIFIED: Final[Color] = (92, 132, 150)
IMPORTED: Final[Color] = (150, 110, 200)
STATUS_COLORS: Final = {Status.EDITED: EDITED, Status.VERIFIED: VERIFIED, Status.IMPORTED: IMPORTED}
EMPTY: Final[Color] = (34, 38, 44)
SCORES: Final[tuple[Color, Color, Color]] = ((206, 66, 60), (214, 170, 60), (72, 160, 100))


@dataclass(frozen=True, slots=True)
class Sizes:
    """Lengths in pixels for a UI scale; 1.0 suits a 24-inch full-HD screen."""

    scale: float = 1.0

    def __call__(self, length: float) -> int:
        """Return a length of the design in pixels of the screen."""
        return round(length * self.scale)


def score_color(score: float) -> Color:
    """Return the colour of a score in [0, 1]: red, amber, green."""
    low, middle, high = SCORES
    if score < 0.5:
        return mix_colors(low, middle, score * 2)
    return mix_colors(middle, high, score * 2 - 1)


def mix_colors(one: Color, other: Color, share: float) -> Color:
    """Return a colour between two; share in [0, 1] of the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def with_alpha(color: Color, alpha: float) -> tuple[int, int, int, int]:
    """Return a colour with an opacity in [0, 1]."""
    return *color, round(255 * alpha)
