"""How the slices of a scan over time follow each other as frames. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from app.domain.annotation import FrameAxis, SequenceInfo

TimeChoice = int | Literal["all"] | None  # a time point from 0, each place over time, or nothing said
_WITH_TIME: Final = re.compile(r"(.*)@(\d+|all)")


@dataclass(frozen=True, slots=True)
class FrameOrder:
    """Frames by time point and slice; of everything but a scan over time the frames are slices of one time point.

    Along space the slices of a time point follow each other, then those of the next one; along time the time points
    of a slice do. Frames that follow each other along the axis are a run: masks propagate within it.
    """

    slices: int  #: of each time point
    times: int = 1
    along: FrameAxis = "space"

    @property
    def frames(self) -> int:
        """How many there are in all."""
        return self.slices * self.times

    @property
    def run_length(self) -> int:
        """Frames of a run."""
        return self.slices if self.along == "space" else self.times

    @property
    def along_space(self) -> FrameOrder:
        """The same slices, those of a time point one after the other."""
        return replace(self, along="space")

    def time_of(self, frame: int) -> int:
        """Return the time point of a frame, from 0."""
        return frame // self.slices if self.along == "space" else frame % self.times

    def slice_of(self, frame: int) -> int:
        """Return the slice of a frame, from 0."""
        return frame % self.slices if self.along == "space" else frame // self.times

    def frame(self, time: int, index: int) -> int:
        """Return the frame of slice index at a time point."""
        return time * self.slices + index if self.along == "space" else index * self.times + time

    def run(self, frame: int) -> range:
        """Return the run that a frame is in."""
        start = frame - frame % self.run_length
        return range(start, start + self.run_length)

    def frames_at(self, time: int) -> range:
        """Return the frames of a time point, in the order of its slices."""
        return range(self.frame(time, 0), self.frame(time, self.slices - 1) + 1, self.frame(0, 1))


def frame_runs(frames: Iterable[int]) -> Iterator[range]:
    """Yield frames that follow each other as ranges."""
    run: range | None = None
    for frame in sorted(frames):
        if run is not None and frame == run.stop:
            run = range(run.start, frame + 1)
            continue
        if run is not None:
            yield run
        run = range(frame, frame + 1)
    if run is not None:
        yield run


def order_of(info: SequenceInfo) -> FrameOrder:
    """Return the order of a sequence's frames."""
    return FrameOrder(max(info.frames // info.time_points, 1), info.time_points, info.along)


def one_time(info: SequenceInfo) -> SequenceInfo:
    """Return the description of one time point of a scan, which is a scan without time."""
    return replace(info, frames=order_of(info).slices, time_points=1, along="space", moments=(), cycle=None)


def split_time(series: str | None) -> tuple[str | None, TimeChoice]:
    """Return a series and which time point of it is meant: "UID@2" is the second, "UID@all" each place over time."""
    found = None if series is None else _WITH_TIME.fullmatch(series)
    if found is None:
        return series, None
    chosen = found[2]
    return found[1] or None, "all" if chosen == "all" else int(chosen) - 1
