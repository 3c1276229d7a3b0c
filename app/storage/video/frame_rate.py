"""The frame rate of a video and the times of its frames."""

from fractions import Fraction

import numpy as np

from app.storage.video.frame_index import UNKNOWN, FrameIndex

JITTER_TICKS = 1.5  # rounding to a tick moves a time by half a tick, twice, and some writers truncate
JITTER_FRAMES = 0.05  # share of a frame that times may be off and still make a constant rate
SAME_RATE = 0.005  # share: 29.97 is 30 less 0.1 %, and a stated rate of 25 is not 24
# Median steps, above which a step is a pause and no part of the rate. Chosen by hand: cameras that drop frames skip
# some dozens, a recording that was stopped and resumed skips hundreds.
LONGEST_STEP = 100


def rate_and_times(
    index: FrameIndex, tick: Fraction, average: Fraction | None
) -> tuple[float | None, tuple[float, ...]]:
    """Return the mean frames a second, pauses left out, and, where the rate is not constant, each frame's time.

    tick: seconds. average: the rate that the container states, used where times are missing and, being
    the exact fraction, where it agrees with them. Times are in seconds from the first frame.
    """
    stated = float(average) if average else None
    ticks = index.packets.pts[index.frames]
    if len(ticks) < 2 or UNKNOWN in ticks or (np.diff(ticks) <= 0).any():
        return stated, ()
    seconds = (ticks - ticks[0]) * float(tick)
    mean = (len(seconds) - 1) / float(seconds[-1])
    uneven = np.abs(seconds - np.arange(len(seconds)) / mean).max()
    if uneven > max(JITTER_TICKS * float(tick), JITTER_FRAMES / mean):
        steps = np.diff(seconds)
        usual = steps[steps <= LONGEST_STEP * np.median(steps)]
        return len(usual) / float(usual.sum()), tuple(seconds.tolist())
    agrees = stated is not None and abs(stated - mean) <= SAME_RATE * mean
    return (stated if agrees else mean), ()
