"""Where maps change when their inputs change at some places, and what must be computed again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.models.openvino.receptive_field_split import STEP, ReceptiveField

WINDOW = 128
"""Pixels a side that are computed again; a click's disk of 11, and twice on either side what near operations see."""
Span = tuple[int, int]


def changed(a: NDArray[np.float32], b: NDArray[np.float32]) -> tuple[Span, Span] | None:
    """Return rows and columns (first, last) in which maps (1, channels, h, w) differ, None if they are equal."""
    differ = (a != b).any(axis=(0, 1))
    if not differ.any():
        return None
    rows, columns = (np.flatnonzero(differ.any(axis=axis)) for axis in (1, 0))
    return (int(rows[0]), int(rows[-1])), (int(columns[0]), int(columns[-1]))


def places(span: Span, sight: ReceptiveField, length: int) -> Span:
    """Return which places (first, end) of an axis of maps see any of these pixels; length: of the axis in pixels."""
    first, last = span
    begin = max(-(-(first - sight.after) // sight.step), 0)
    return begin, min((last + sight.before) // sight.step + 1, length // sight.step)


def origin(span: Span, sights: Sequence[ReceptiveField], length: int) -> int | None:
    """Return where along an axis a window begins that gives all places right which changed; None if it is too small.

    At the picture's own edges the window sees what the whole does; elsewhere its margin is lost.
    """
    seen = [(places(span, sight, length), sight) for sight in sights]
    least = min(begin * sight.step - sight.before for (begin, _), sight in seen)
    most = max((end - 1) * sight.step + sight.after for (_, end), sight in seen)
    start = min(max(least, 0) // STEP * STEP, length - WINDOW)
    return start if most < start + WINDOW or start + WINDOW == length else None
