"""Tells when the pointer rests where it may click soon. Pure."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

# Seconds. Up to half of the time of a selection passes between the end of the movement and the press (An Investigation
# of Dwell Time in Cursor Positioning Movements, HFES); less would count the pauses of aiming, more leave no time.
SECONDS: Final = 0.06


@dataclass(slots=True)
class PointerRest:
    """Where the pointer is, and since when."""

    place: Hashable | None = None
    since: float = 0.0  #: seconds of a steady clock
    is_told: bool = False

    def begins(self, now: float, place: Hashable | None) -> bool:
        """Whether the pointer has come to rest; asked once a frame, told once for each place.

        place: with all that decides what a click there means; None where none is expected.
        """
        if place != self.place:
            self.place, self.since, self.is_told = place, now, False
        if place is None or self.is_told or now - self.since < SECONDS:
            return False
        self.is_told = True
        return True
