"""How a volume is held before the eye in 3D. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

HALF_ANGLE: Final = 15.0
ZOOMS: Final = (0.1, 50.0)
_FARTHEST: Final = 3.0
_DEGREES: Final = 180.0


@dataclass(frozen=True, slots=True)
class OrbitCamera:
    """Where the eye is, around a ball that is seen whole at zoom 1.

    azimuth: degrees around the body, 0 from the front, 90 from its left; elevation: degrees above, -90 to 90.
    right, up: how far what is seen is moved, in radii of the ball.
    """

    azimuth: float = 30.0
    elevation: float = 20.0
    zoom: float = 1.0
    right: float = 0.0
    up: float = 0.0

    def turned(self, azimuth: float, elevation: float) -> OrbitCamera:
        """Go round the ball, in degrees; over its poles there is no way."""
        return replace(
            self,
            azimuth=(self.azimuth + azimuth) % 360,
            elevation=min(max(self.elevation + elevation, -90.0), 90.0),
        )

    def zoomed(self, factor: float) -> OrbitCamera:
        """See it larger by a factor."""
        return replace(self, zoom=min(max(self.zoom * factor, ZOOMS[0]), ZOOMS[1]))

    def dragged(self, right: float, down: float, side: int) -> OrbitCamera:
        """Turn as a ball under the hand does, that moved by pixels; half a turn takes the picture's side."""
        return self.turned(-right * _DEGREES / side, down * _DEGREES / side)

    def moved(self, right: float, down: float, side: int) -> OrbitCamera:
        """Move what is seen by pixels. side: the shorter one of the picture, in pixels."""
        radii = 2 / (side * math.cos(math.radians(HALF_ANGLE)) * self.zoom)
        return replace(self, right=_near(self.right + right * radii), up=_near(self.up - down * radii))


def _near(radii: float) -> float:
    return min(max(radii, -_FARTHEST), _FARTHEST)
