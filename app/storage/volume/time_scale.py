"""When the time points of a volume in a file were taken, as far as its header says it."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

# Seconds in a unit, as NRRD files spell it; the format leaves the spelling open.
_SECONDS: Final = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("ms", "msec", "msecs", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("us", "usec", "\u00b5s", "\u03bcs", "microsecond", "microseconds"), 1e-6),
    **dict.fromkeys(("ns", "nsec", "nanosecond", "nanoseconds"), 1e-9),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 60.0),
}


def seconds_of(unit: str) -> float | None:
    """Return the seconds in a unit of time, None for any other text."""
    return _SECONDS.get(unit.strip().lower())


@dataclass(frozen=True, slots=True)
class TimeScale:
    """Times in seconds; nothing where a header gives no unit, since a guess would be a false measurement."""

    step: float | None = None  #: from one time point to the next
    values: tuple[float, ...] = ()  #: of each time point, in place of a step

    def moments(self, count: int) -> tuple[float, ...]:
        """Return the seconds of so many time points from the first, () where they are not known or do not rise."""
        if count < 2:
            return ()
        found = self.values
        if not found and self.step is not None:
            found = tuple(n * self.step for n in range(count))
        is_rising = all(before < after for before, after in pairwise(found))
        if len(found) != count or not is_rising or not all(map(math.isfinite, found)):
            return ()
        return tuple(value - found[0] for value in found)
