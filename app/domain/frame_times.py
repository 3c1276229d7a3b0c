"""When frames appear, in seconds. Pure."""

from app.domain.annotation import SequenceInfo
from app.domain.frame_order import order_of


def frame_time(info: SequenceInfo, frame: int) -> float | None:
    """Return when a frame, or its time point, appears, in seconds from the first one, to the microsecond.

    None for what has no times, and beyond the sequence.
    """
    if not 0 <= frame < info.frames:
        return None
    if info.moments:
        return round(info.moments[order_of(info).time_of(frame)], 6)
    if info.times:
        return round(info.times[frame], 6) if frame < len(info.times) else None
    return round(frame / info.fps, 6) if info.fps else None


def frame_edges(info: SequenceInfo) -> list[float]:
    """Return when each frame of a film appears, and when the last one ends, in seconds; nothing without times."""
    starts = [second for frame in range(info.frames) if (second := frame_time(info, frame)) is not None]
    if not starts or info.moments or len(starts) < info.frames:
        return []
    length = starts[-1] - starts[-2] if len(starts) > 1 else 1 / info.fps if info.fps else 0.0
    return [*starts, round(starts[-1] + length, 6)]
