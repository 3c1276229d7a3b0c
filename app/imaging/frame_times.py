"""When frames appear, in seconds. Pure."""

from __future__ import annotations

from app.domain.annotation import SequenceInfo
from app.domain.frame_order import order_of


def frame_time(info: SequenceInfo, frame: int) -> float | None:
    """Return the time of a frame, or of its time point, in seconds from the first one; None without times."""
    if info.moments:
        return info.moments[order_of(info).time_of(frame)]
    if info.times:
        return info.times[min(frame, len(info.times) - 1)]
    return frame / info.fps if info.fps else None


def second_of(info: SequenceInfo, frame: int) -> float | None:
    """Return when a frame appears, in seconds from the first one; None for what has no time and beyond the sequence."""
    if info.times:
        return round(info.times[frame], 6) if frame < len(info.times) else None
    return round(frame / info.fps, 6) if info.fps else None


def frame_edges(info: SequenceInfo) -> list[float]:
    """Return when each frame appears, and when the last one ends, in seconds; nothing for what has no times."""
    starts = [second for frame in range(info.frames) if (second := second_of(info, frame)) is not None]
    if len(starts) < info.frames or not starts:
        return []
    length = starts[-1] - starts[-2] if len(starts) > 1 else 1 / info.fps if info.fps else 0.0
    return [*starts, round(starts[-1] + length, 6)]
