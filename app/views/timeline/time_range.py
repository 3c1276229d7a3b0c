"""The part of the sequence that the timeline shows. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

FEWEST: Final = 12  # Frames: their masks are wide bars then, and closer there is nothing more to see.


@dataclass(frozen=True, slots=True)
class TimeRange:
    """Frames [first, first + count) of a sequence."""

    frames: int = 1  #: of the sequence
    first: int = 0
    count: int = 1

    @property
    def stop(self) -> int:
        """The frame behind the last one."""
        return self.first + self.count

    @property
    def is_whole(self) -> bool:
        """Whether nothing is hidden."""
        return self.count >= self.frames

    def zoomed(self, factor: float, frame: int) -> TimeRange:
        """Return a shorter range for factors above 1; a frame keeps its place."""
        least, most = min(FEWEST, self.frames), max(self.frames, 1)
        rounded = round(self.count / factor)
        step = -1 if factor > 1 else 1
        count = min(max(rounded if rounded != self.count else self.count + step, least), most)
        share = (frame - self.first + 0.5) / self.count
        return replace(self, count=count).moved_to(round(frame + 0.5 - share * count))

    def scrolled(self, frames: float) -> TimeRange:
        """Return the range so many frames later."""
        return self.moved_to(self.first + round(frames))

    def showing(self, frame: int) -> TimeRange:
        """Return the range moved as little as needed to have a frame in it."""
        return self.moved_to(min(max(self.first, frame - self.count + 1), frame))

    def ticks(self, step: int) -> list[int]:
        """Return the multiples of a step within it."""
        return list(range(-(-self.first // step) * step, self.stop, step))

    def moved_to(self, first: int) -> TimeRange:
        """Return the range with another first frame, clamped to the sequence."""
        return replace(self, first=min(max(first, 0), max(self.frames - self.count, 0)))
