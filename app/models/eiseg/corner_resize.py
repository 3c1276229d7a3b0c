"""Bilinear resizing with aligned corners, as the click models were trained with; OpenCV lacks it."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def resize_array(x: NDArray[Any], height: int, width: int) -> Array:
    """Resize (h, w) or (h, w, channels) to (height, width[, channels]), float32.

    Corner pixels keep their values: output i lies at input i * (old - 1) / (new - 1).
    """
    # The axis that shrinks most, or grows least, first: the other then has fewer pixels.
    if height * x.shape[1] <= width * x.shape[0]:
        return _resize_columns(_resize_rows(x, height), width)
    return _resize_rows(_resize_columns(x, width), height)


def _resize_rows(x: NDArray[Any], size: int) -> Array:
    if size == x.shape[0]:
        return x.astype(np.float32, copy=False)
    first, second, share = _sample_positions(x.shape[0], size)
    share = share.reshape(-1, *(1,) * (x.ndim - 1))
    return _interpolate(x[first], x[second], share)


def _resize_columns(x: NDArray[Any], size: int) -> Array:
    if size == x.shape[1]:
        return x.astype(np.float32, copy=False)
    if size > x.shape[1]:
        # Whole rows are gathered faster than single pixels, and before growing a transposition is cheap.
        return np.asarray(cv2.transpose(_resize_rows(cv2.transpose(x), size)), np.float32)
    first, second, share = _sample_positions(x.shape[1], size)
    share = share.reshape(-1, *(1,) * (x.ndim - 2))
    return _interpolate(x.take(first, 1), x.take(second, 1), share)


def _sample_positions(old: int, new: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
    step = np.float32((old - 1) / (new - 1)) if new > 1 else np.float32(0)
    place = np.arange(new, dtype=np.float32) * step
    first = np.minimum(place.astype(np.intp), old - 1)
    return first, np.minimum(first + 1, old - 1), place - first.astype(np.float32)


def _interpolate(a: NDArray[Any], b: NDArray[Any], share: Array) -> Array:
    """Interpolate between two arrays that may be overwritten."""
    joined = b.astype(np.float32, copy=False)
    start = a.astype(np.float32, copy=False)
    joined -= start
    joined *= share
    joined += start
    return joined
