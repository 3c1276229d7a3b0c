"""Time that a practised operator takes for what they do with eyes, mouse and keys, and what they notice. Pure."""

from __future__ import annotations

import math
from typing import Final

REACTION: Final = 0.24
"""Seconds to see that something has changed and to begin to act on it: one cycle each of the perceptual, cognitive and
motor processor (Card, Moran and Newell, The Psychology of Human-Computer Interaction, 1983: 100 + 70 + 70 ms)."""
STOPPING: Final = 0.40
"""Seconds from a wrong mask among moving frames to the key that stops them: REACTION, and being sure of it."""
DECISION: Final = 1.35
"""Seconds to decide what to do next, the M of the keystroke-level model (Card, Moran and Newell, CACM 23, 1980)."""
KEY: Final = 0.20  # seconds of a key press by a skilled typist, the K of the same model
BUTTON: Final = 0.10  # seconds to press and let go of a mouse button, same source
THROUGHPUT: Final = 4.5
"""Bits a second of a mouse (Soukoreff and MacKenzie, IJHCS 61, 2004: 3.7 to 4.9 by ISO 9241-9)."""
STEERING: Final = 0.1
"""Seconds for each width of a path that a mouse is led along: time is linear in length over width (Accot and Zhai, CHI
1997); the slope is set by hand, on the slow side of straight paths."""
LOOK: Final = 0.20
"""Seconds that a frame is looked at when frames are gone through, by the arrow key or as they are played."""
NOTICED: Final = 0.77
"""Chance to notice a wrong mask that is shown for LOOK: trained inspectors of small integrated circuits, whose eyes
rested mostly for 0.2 s, missed 23 % of the defects (Schoonard, Gould and Miller, Ergonomics 16, 1973); that a look is
one such fixation is assumed. For pictures with a given content, eight a second, it is over 70 % (Potter, Science 187,
1975)."""


def pointing_seconds(distance: float, width: float) -> float:
    """Return the time of a mouse movement by Fitts' law, in the form of Shannon.

    distance: pixels to the middle of the target; width: of the target, pixels.
    """
    return math.log2(distance / max(width, 1.0) + 1.0) / THROUGHPUT


def steering_seconds(length: float, width: float) -> float:
    """Return the time of a stroke. length: of its line; width: in which the mouse must stay, both pixels."""
    return STEERING * length / max(width, 1.0)


def notice_chance(seconds: float) -> float:
    """Return the chance to notice a wrong mask that is shown for so long: each LOOK is another chance."""
    missed: float = (1 - NOTICED) ** (seconds / LOOK)
    return 1 - missed
