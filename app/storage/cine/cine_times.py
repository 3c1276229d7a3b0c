"""Times of the frames of a DICOM file (PS3.3 C.7.6.5 and C.7.6.16.2.2)."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from pydicom.dataset import Dataset

from app.storage.volume.dicom.picture_times import moment_of_groups

_JITTER: Final = 0.05  # share of a frame that times may be off and still make a constant rate, as for videos
_FASTEST: Final = 100_000.0  # frames a second; above it the header is wrong


def frame_times(dataset: Dataset, frames: int) -> tuple[float | None, tuple[float, ...]]:
    """Return the frames a second, None where the file says nothing, and each frame's time in seconds.

    Times are () where the rate is constant. What times the frames wins over what only recommends a speed of display.
    """
    stated = _vector_times(dataset.get("FrameTimeVector"), frames) or _group_times(dataset)
    rate, times = rate_and_times(stated[:frames]) if len(stated) >= frames else (None, ())
    if rate is not None:
        return rate, times
    step = _positive(dataset.get("FrameTime")) or _positive(dataset.get("ActualFrameDuration"))
    if step is not None and step >= 1000 / _FASTEST:
        return 1000.0 / step, ()
    recommended = (_positive(dataset.get(name)) for name in ("CineRate", "RecommendedDisplayFrameRate"))
    rate = next((value for value in recommended if value is not None), None)
    return (rate if rate is not None and rate <= _FASTEST else None), ()


def rate_and_times(moments: Sequence[float]) -> tuple[float | None, tuple[float, ...]]:
    """Return the frames a second and the times from the first frame, () where the rate is constant.

    moments: seconds. None and () where they are not rising.
    """
    seconds = np.array(moments, np.float64) - moments[0] if moments else np.zeros(0)
    if len(seconds) < 2 or not np.isfinite(seconds).all() or (np.diff(seconds) <= 0).any():
        return None, ()
    mean = (len(seconds) - 1) / float(seconds[-1])
    if mean > _FASTEST:
        return None, ()
    uneven = np.abs(seconds - np.arange(len(seconds)) / mean).max()
    return mean, tuple(seconds.tolist()) if uneven > _JITTER / mean else ()


def _vector_times(steps: Any, frames: int) -> list[float]:
    """Times by the milliseconds from each frame to the next; the first of them is of no meaning.

    A vector that is too short says when frames were taken only where all its steps are the same.
    """
    try:
        values = [float(step) for step in steps or ()]
    except (TypeError, ValueError):
        return []
    if 1 < len(values) < frames and len(set(values[1:])) == 1:
        values = [0.0] + [values[1]] * (frames - 1)
    return (np.cumsum([0.0, *values[1:]]) / 1000.0).tolist() if values else []


def _group_times(dataset: Dataset) -> list[float]:
    """Times that the functional groups of an enhanced file give, [] unless each of them does."""
    found = [moment_of_groups(item) for item in dataset.get("PerFrameFunctionalGroupsSequence") or ()]
    known = [moment for moment in found if moment is not None]
    return known if len(known) == len(found) else []


def _positive(value: Any) -> float | None:
    """Return a finite number above 0."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) and number > 0 else None
