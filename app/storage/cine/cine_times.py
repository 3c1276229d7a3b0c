"""When the frames of a DICOM file were taken (PS3.3 C.7.6.5 and C.7.6.16.2.2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import numpy as np
from pydicom.dataset import Dataset
from pydicom.valuerep import DT

_JITTER: Final = 0.05  # share of a frame that times may be off and still make a constant rate, as for videos
_FASTEST: Final = 100_000.0  # frames a second; above it the header is wrong


def frame_times(dataset: Dataset, frames: int) -> tuple[float | None, tuple[float, ...]]:
    """Return the frames a second, None where the file says nothing, and each frame's time in seconds.

    Times are () where the rate is constant. What times the frames wins over what only recommends a speed of display.
    """
    seconds = _stated_times(dataset, frames)
    if seconds is not None:
        return _rate_of(seconds)
    step = _positive(dataset.get("FrameTime")) or _positive(dataset.get("ActualFrameDuration"))
    if step is not None and step >= 1000 / _FASTEST:
        return 1000.0 / step, ()
    rate = next(
        (
            rate
            for name in ("CineRate", "RecommendedDisplayFrameRate")
            if (rate := _positive(dataset.get(name)))
        ),
        None,
    )
    return (rate if rate is not None and rate <= _FASTEST else None), ()


def _rate_of(seconds: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[float | None, tuple[float, ...]]:
    mean = (len(seconds) - 1) / float(seconds[-1])
    if mean > _FASTEST:
        return None, ()
    uneven = np.abs(seconds - np.arange(len(seconds)) / mean).max()
    return mean, tuple(seconds.tolist()) if uneven > _JITTER / mean else ()


def _stated_times(dataset: Dataset, frames: int) -> np.ndarray[Any, np.dtype[np.float64]] | None:
    """Return the times from the first frame, rising; None where they are not all there."""
    found = _vector_times(dataset.get("FrameTimeVector")) or _group_times(dataset)
    if frames < 2 or len(found) < frames:
        return None
    seconds = np.array(found[:frames], np.float64)
    seconds -= seconds[0]
    is_rising = np.isfinite(seconds).all() and bool((np.diff(seconds) > 0).all())
    return seconds if is_rising else None


def _vector_times(steps: Any) -> list[float]:
    """Times by the milliseconds from each frame to the next; the first of them is of no meaning."""
    try:
        values = [float(step) for step in steps or ()]
    except (TypeError, ValueError):
        return []
    return (np.cumsum([0.0, *values[1:]]) / 1000.0).tolist() if values else []


def _group_times(dataset: Dataset) -> list[float]:
    """Times that the functional groups of an enhanced file give."""
    found: list[float] = []
    for item in dataset.get("PerFrameFunctionalGroupsSequence") or ():
        content = (item.get("FrameContentSequence") or [Dataset()])[0]
        stamp = content.get("FrameReferenceDateTime") or content.get("FrameAcquisitionDateTime")
        moment = _moment(stamp)
        if moment is None:
            return []
        found.append(moment)
    return found


def _moment(stamp: Any) -> float | None:
    try:
        moment = stamp if isinstance(stamp, datetime) else DT(str(stamp))
        return None if moment is None else moment.replace(tzinfo=None).timestamp()
    except (TypeError, ValueError, AttributeError, OverflowError):
        return None


def _positive(value: Any) -> float | None:
    """Return a finite number above 0."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) and number > 0 else None
