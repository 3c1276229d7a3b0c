"""The window of a picture that must be computed again when some input pixels change."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.models.openvino.receptive_field_split import STEP, ReceptiveField

# Pixels a side that are computed again: the 11 of a click's disk and 2 x 24 of receptive field on either side fit,
# and a multiple of STEP. A click at 400x400 then costs a tenth of the near operations.
WINDOW = 128
Span = tuple[int, int]


def find_change(a: NDArray[np.float32], b: NDArray[np.float32]) -> tuple[Span, Span] | None:
    """Return the rows and columns (first, last) in which maps (1, channels, h, w) differ; None if they are equal."""
    differ = (a != b).any(axis=(0, 1))
    if not differ.any():
        return None
    rows, columns = (np.flatnonzero(differ.any(axis=axis)) for axis in (1, 0))
    return (int(rows[0]), int(rows[-1])), (int(columns[0]), int(columns[-1]))


def affected_cells(span: Span, field: ReceptiveField, length: int) -> Span:
    """Return the cells (first, end) along an axis of maps whose receptive field meets a span of pixels.

    length: of the axis in pixels.
    """
    first, last = span
    begin = max(-(-(first - field.after) // field.step), 0)
    return begin, min((last + field.before) // field.step + 1, length // field.step)


def window_origin(span: Span, fields: Sequence[ReceptiveField], length: int) -> int | None:
    """Return where along an axis the window begins that covers all changed cells; None if it is too small.

    At the picture's own border the window has the padding of the whole; elsewhere its margin is invalid.
    """
    seen = [(affected_cells(span, field, length), field) for field in fields]
    least = min(begin * field.step - field.before for (begin, _), field in seen)
    most = max((end - 1) * field.step + field.after for (_, end), field in seen)
    start = min(max(least, 0) // STEP * STEP, length - WINDOW)
    return start if most < start + WINDOW or start + WINDOW == length else None
