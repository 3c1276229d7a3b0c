"""Brightness, contrast, gamma and channel of a picture on the screen. Pure data; models see the picture as it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

Channel = Literal["all", "red", "green", "blue"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
LEAST, MOST = 0.2, 5.0  # of contrast and gamma
_PER_PIXEL = 1 / 300  # of brightness, and of contrast's doubling: half a screen height goes from end to end


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Display settings of a picture that is no scan; the default changes nothing."""

    brightness: float = 0.0  #: added to all values, in [-1, 1] of the range
    contrast: float = 1.0  #: factor around the middle grey, LEAST..MOST
    gamma: float = 1.0  #: above 1 the dark parts become brighter, LEAST..MOST
    channel: Channel = "all"  #: the one that is shown in grey, or all in colour

    def changed(self, brightness: float = 0.0, contrast: float = 1.0, gamma: float = 1.0) -> Adjustment:
        """Return it with brightness added and factors of the others, within their limits."""
        return replace(
            self,
            brightness=round(min(max(self.brightness + brightness, -1.0), 1.0), 3),
            contrast=round(min(max(self.contrast * contrast, LEAST), MOST), 3),
            gamma=round(min(max(self.gamma * gamma, LEAST), MOST), 3),
        )

    def dragged(self, right: float, down: float) -> Adjustment:
        """Return it after the mouse went so many screen pixels: right for less contrast, up for more brightness."""
        contrast: float = 2 ** (-2 * right * _PER_PIXEL)
        return self.changed(-down * _PER_PIXEL, contrast)
