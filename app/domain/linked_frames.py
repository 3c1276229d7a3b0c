"""Which frame of a second series belongs to a frame of the open sequence. Pure."""

from bisect import bisect_right

from app.domain.annotation import SequenceInfo
from app.domain.frame_times import frame_time


def linked_time_point(time: int, here: int, there: int) -> int:
    """Return the time point of a scan that belongs to one of another: the same, or as far on where counts differ.

    here, there: how many time points they have.
    """
    return time if here == there else round(time * (there - 1) / max(here - 1, 1))


def linked_frame(here: SequenceInfo, frame: int, there: SequenceInfo) -> int:
    """Return the frame of a clip that is shown when a frame of another one is, both counted from their beginning.

    Beyond its end it is the last one; where one of them has no times, that of the same number.
    """
    seconds = frame_time(here, frame)
    last = there.frames - 1
    if seconds is None or (there.fps is None and not there.times):
        return min(frame, last)
    # Half a millisecond of rounding must not show the frame before.
    if there.times:
        return max(min(bisect_right(there.times, seconds + 5e-4) - 1, last), 0)
    return min(int((seconds + 5e-4) * (there.fps or 0.0)), last)
