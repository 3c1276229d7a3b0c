"""Cuts between the shots of a film, by how much frames differ. Pure.

Frames are compared as small pictures: by their colours (histogram intersection, Swain and Ballard, "Color indexing",
Int. J. Computer Vision 7(1), 1991) and by where light and dark are (correlation). A cut is one large difference among
small ones; a dissolve or a fade is none from frame to frame. Within it frames are mixtures of its ends (Hampapur, Jain
and Weymouth, "Digital video segmentation", ACM Multimedia 1994), whose variance is less than that of both (Alattar,
"Detecting and compressing dissolve regions in video sequences", ISCAS 1993).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
SIZE = (48, 27)  # Width and height of the small picture.
BINS = 8  # Of each colour channel; fewer miss cuts between alike pictures, more see noise.
FLAT = 4.0  # Grey levels of 255: what varies less has no light and dark to compare.
REACH = 4  # Frames to each side among which a cut stands out.
# Least difference of a cut from the frame before, and how many times as large it is as any beside it. Found on ten
# DAVIS clips and two films: within a shot the greatest was .25, but none of .15 stood out so; between two of the clips
# the least was .41.
STEP, RATIO = 0.15, 2.5
# Of a dissolve by its frames: its spans; the least difference of its ends; of frames a quarter of the span apart the
# least progress, and how far they are at most from a mixture, in distances of the ends; the variance in the middle
# beside the mean of the ends. Found on 266 dissolves between two moving clips of ten of DAVIS; in the clips and two
# films none is seen, the least variance is .71. Of 532 passes over others 172 of 180 of 6 frames are seen, 178 of 180
# of 12, 110 of 112 of 25, 38 of 60 of 50, half of them by the last frame of the dissolve, with 6 frames the next one.
SPANS = (8, 16, 32)
ENDS, PROGRESS, REST, VARIANCE = 0.35, 0.05, 0.8, 0.65


@dataclass(frozen=True, slots=True)
class FrameSketch:
    """What of a frame is compared."""

    colors: Array  #: (3, BINS) shares of the pixels
    grey: Array  #: (27, 48), mean 0, length 1; zero where the picture is flat
    small: NDArray[np.uint8]  #: (27, 48, 3)


def sketch_frame(image: NDArray[np.uint8]) -> FrameSketch:
    """Return the sketch of a frame, uint8 (h, w, 3) RGB."""
    small = np.asarray(cv2.resize(image, SIZE, interpolation=cv2.INTER_AREA), np.uint8)
    counts = [np.bincount(small[..., n].ravel() // (256 // BINS), minlength=BINS) for n in range(3)]
    colors = np.stack(counts) / (SIZE[0] * SIZE[1])
    grey = small.mean(axis=2, dtype=np.float32)
    grey -= grey.mean()
    size = float(np.linalg.norm(grey))
    is_flat = size < FLAT * np.sqrt(grey.size)
    light = np.zeros_like(grey) if is_flat else grey / np.float32(size)
    return FrameSketch(colors.astype(np.float32), light, small)


def frame_difference(one: FrameSketch, other: FrameSketch) -> float:
    """Return how much two frames differ, from 0 for the same to 1 for nothing in common."""
    colors = 1 - float(np.minimum(one.colors, other.colors).sum()) / 3
    if not one.grey.any() and not other.grey.any():
        return colors
    places = 1 - max(float((one.grey * other.grey).sum()), 0.0)
    return (colors + places) / 2


def find_cuts(steps: Array, dissolves: Array) -> tuple[int, ...]:
    """Return the first frame of each shot but the first one, ascending; after a dissolve the first that lies behind it.

    steps: float32 (frames,), the difference of each frame from the one before. dissolves: float32 (frames,), whether a
    dissolve lies behind each frame. NaN where it is not known yet; the first ones are 0.
    """
    steps, behind = np.nan_to_num(steps), np.flatnonzero(np.nan_to_num(dissolves))
    likely = map(int, np.flatnonzero(steps >= STEP))
    hard = [place for place in likely if is_cut(place, len(steps), steps.item)]
    soft = behind[np.diff(behind, prepend=-SPANS[-1] - 1) > SPANS[-1]]
    return tuple(sorted((*hard, *(int(n) for n in soft if all(abs(n - cut) > SPANS[-1] for cut in hard)))))


def is_cut(frame: int, frames: int, difference: Callable[[int], float]) -> bool:
    """Return whether a shot begins at a frame, without a dissolve.

    frames: of the film. difference: returns that of a frame from the one before; it is asked for the frames before
    first, and for no more than it takes to know.
    """
    if not 0 < frame < frames or (step := difference(frame)) < STEP:
        return False
    before, after = range(frame - 1, max(frame - REACH, 1) - 1, -1), range(frame + 1, frame + REACH + 1)
    beside = (*before, *(place for place in after if place < frames))
    return all(step >= RATIO * difference(place) for place in beside)


def is_behind_dissolve(
    frame: int, reach: int, sketch: Callable[[int], FrameSketch | None], direction: int = 1
) -> bool:
    """Return whether a dissolve ends at a frame, or shortly before.

    reach: how many frames back it may go at most. sketch: returns that of a frame, None where it is not known.
    direction: 1, or -1 for a film that is read backwards.
    """
    for span in SPANS:
        places = range(frame - span * direction, frame + direction, span // 4 * direction)
        sketches = [found for place in places if span <= reach and (found := sketch(place)) is not None]
        if len(sketches) == len(places) and is_dissolve(sketches):
            return True
    return False


def is_dissolve(sketches: Sequence[FrameSketch]) -> bool:
    """Return whether one shot goes over into another one. sketches: of five frames at equal distances within SPANS."""
    first, *between, last = sketches
    if frame_difference(first, last) < ENDS:
        return False
    start, end = (sketch.small.astype(np.float32) for sketch in (first, last))
    middle = between[1].small.astype(np.float32)
    if _variance(middle) > VARIANCE * (_variance(start) + _variance(end)) / 2:
        return False
    found = [_mixture(start, end, sketch.small.astype(np.float32)) for sketch in between]
    progress = np.diff([0.0, *(share for share, _ in found), 1.0])
    return bool(progress.min() >= PROGRESS) and max(rest for _, rest in found) <= REST


def _mixture(start: Array, end: Array, picture: Array) -> tuple[float, float]:
    """Return the share of the end in a picture, and how far the best mixture is from it beside how far the end is."""
    way, here = (end - start).ravel(), (picture - start).ravel()
    length = float(way @ way)
    share = float(way @ here) / length
    return share, float(np.linalg.norm(here - share * way)) / length**0.5


def _variance(picture: Array) -> float:
    return float(picture.var(axis=(0, 1)).sum())
