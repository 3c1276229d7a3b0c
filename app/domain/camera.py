"""Orbit camera of the 3D view: azimuth, elevation, zoom, pan. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

HALF_ANGLE: Final = 15.0  # degrees of view above and below the axis, chosen by hand; wider distorts
ZOOMS: Final = (0.1, 50.0)  # chosen by hand; beyond them there is nothing to see
_FARTHEST: Final = 3.0  # radii of pan, chosen by hand; farther away the ball is hard to find again
_DEGREES: Final = 180.0  # a drag over the picture's shorter side


@dataclass(frozen=True, slots=True)
class OrbitCamera:
    """A camera on a sphere around a ball that fills the picture at zoom 1."""

    azimuth: float = 30.0  #: degrees around the body, 0 from the front, 90 from its left
    elevation: float = 20.0  #: degrees above, -90 to 90
    zoom: float = 1.0  #: within ZOOMS
    right: float = 0.0  #: pan, in radii of the ball
    up: float = 0.0  #: likewise

    def turned(self, azimuth: float, elevation: float) -> OrbitCamera:
        """Return the camera turned by degrees; elevation stops at the poles."""
        return replace(
            self,
            azimuth=(self.azimuth + azimuth) % 360,
            elevation=min(max(self.elevation + elevation, -90.0), 90.0),
        )

    def zoomed(self, factor: float) -> OrbitCamera:
        """Return the camera with its zoom multiplied by a factor."""
        return replace(self, zoom=min(max(self.zoom * factor, ZOOMS[0]), ZOOMS[1]))

    def dragged(self, right: float, down: float, side: int) -> OrbitCamera:
        """Return the camera after a drag by pixels; side: the picture's shorter one, which is half a turn."""
        return self.turned(-right * _DEGREES / side, down * _DEGREES / side)

    def moved(self, right: float, down: float, side: int) -> OrbitCamera:
        """Return the camera panned by pixels. side: the picture's shorter one, in pixels."""
        radii = 2 / (side * math.cos(math.radians(HALF_ANGLE)) * self.zoom)
        return replace(self, right=_near(self.right + right * radii), up=_near(self.up - down * radii))


def _near(radii: float) -> float:
    return min(max(radii, -_FARTHEST), _FARTHEST)
