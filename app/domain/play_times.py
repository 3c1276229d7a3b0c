"""Times at which the frames of a sequence are played. Pure."""

from bisect import bisect_right
from dataclasses import replace
from typing import Final

from app.domain.annotation import SequenceInfo
from app.domain.frame_order import order_of

STILL_RATE: Final = 10.0  # frames a second of slices, images and time points without times, chosen by hand
LOOK_RATE: Final = 5.0
"""Frames a second at which masks are looked over: each stays a little less long than a fixation of the eye, of which
there are three or four a second (Potter, Frontiers in Psychology 3, 2012)."""
# Seconds between time points beyond which they are played at STILL_RATE and not as they were taken: of a heart they are
# hundredths of a second apart, of contrast agent that arrives up to a minute. Chosen by hand.
LONGEST_STEP: Final = 2.0


def run_clip(info: SequenceInfo, frame: int) -> SequenceInfo:
    """Return the run that a frame is in as a sequence of its own, with the times at which it is played.

    Time points are played as they were taken, so that a heartbeat takes as long as the patient's.
    """
    run = order_of(info).run(frame)
    if info.time_points < 2:
        return info
    bare = replace(info, frames=len(run), time_points=1, along="space", moments=(), cycle=None)
    if info.along == "space" or not _is_playable(info.moments):
        return bare
    return replace(bare, times=info.moments, fps=len(run) / end_of_cycle(info))


def end_of_cycle(info: SequenceInfo) -> float:
    """Return the seconds until time points begin again: those of a heartbeat, or one step after the last one."""
    last = info.moments[-1]
    return info.cycle or last * len(info.moments) / (len(info.moments) - 1)


def pause_of(clip: SequenceInfo) -> float:
    """Return the seconds that the last frame of a clip stays before the first one comes again."""
    seconds = clip.frames / rate(clip) - time_of(clip, clip.frames - 1)
    return seconds if seconds > 0 else 1 / rate(clip)


def rate(info: SequenceInfo) -> float:
    """Return the frames a second."""
    return info.fps or STILL_RATE


def time_of(info: SequenceInfo, frame: int) -> float:
    """Return the seconds from the first frame to one."""
    return info.times[frame] if info.times else frame / rate(info)


def frame_at(info: SequenceInfo, seconds: float) -> int:
    """Return the frame that is on screen at a time."""
    if info.times:
        return max(bisect_right(info.times, seconds) - 1, 0)
    return min(int(seconds * rate(info) + 1e-6), info.frames - 1)


def _is_playable(moments: tuple[float, ...]) -> bool:
    return len(moments) > 1 and moments[-1] / (len(moments) - 1) <= LONGEST_STEP
