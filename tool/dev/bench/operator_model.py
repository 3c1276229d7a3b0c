"""Time that a practised operator takes for what they do with eyes, mouse and keys. Pure."""

from __future__ import annotations

import math
from typing import Final

REACTION: Final = 0.24
"""Seconds to see that something has changed and to begin to act on it: one cycle each of the perceptual, cognitive and
motor processor (Card, Moran and Newell, The Psychology of Human-Computer Interaction, 1983: 100 + 70 + 70 ms)."""
DECISION: Final = 1.35
"""Seconds to decide what to do next, the M of the keystroke-level model (Card, Moran and Newell, CACM 23, 1980)."""
KEY: Final = 0.20  # seconds of a key press by a skilled typist, the K of the same model
BUTTON: Final = 0.10  # seconds to press and let go of a mouse button, same source
THROUGHPUT: Final = 4.5
"""Bits a second of a mouse (Soukoreff and MacKenzie, IJHCS 61, 2004: 3.7 to 4.9 by ISO 9241-9)."""
LOOK: Final = 0.20
"""Seconds a frame when frames are gone through by the arrow key: by hand, five frames a second, slower than film."""


def pointing_seconds(distance: float, width: float) -> float:
    """Return the time of a mouse movement by Fitts' law, in the form of Shannon.

    distance: pixels to the middle of the target; width: of the target, pixels.
    """
    return math.log2(distance / max(width, 1.0) + 1.0) / THROUGHPUT
