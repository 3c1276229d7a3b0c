"""Zoom-in of click models: the box of the picture that the network sees.

Sofiiuk et al., 2021, arXiv:2102.06583, with EISeg's settings.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.domain.annotation import Click
from app.models.engine import Probability

Span = tuple[int, int]  # First and last index, both inclusive.


@dataclass(frozen=True, slots=True)
class ZoomBox:
    """A part of the picture, source pixels."""

    rows: Span
    columns: Span

    @property
    def height(self) -> int:
        """Number of rows."""
        return self.rows[1] - self.rows[0] + 1

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.columns[1] - self.columns[0] + 1


@dataclass(frozen=True, slots=True)
class ZoomRules:
    """Settings of the zoom-in, those of EISeg."""

    height: int = 400  #: network pixels, to which the box is stretched, as width
    width: int = 400
    expansion: float = 1.4  #: side of the box, in sides of the object
    smallest: int = 480  #: source pixels a side at least
    overlap: float = 0.5  #: of the kept and the wanted box, below which the kept one is replaced
    threshold: float = 0.5  #: probability from which a pixel counts as object


def choose_box(
    rules: ZoomRules,
    shape: tuple[int, int],
    clicks: Sequence[Click],
    earlier: Probability | None,
    kept: ZoomBox | None,
) -> ZoomBox:
    """Return the kept box while it fits, else the box of the earlier result and the positive clicks."""
    wanted = _object_box(rules, shape, clicks, earlier)
    if kept is None or not _contains_clicks(kept, clicks) or _box_overlap(kept, wanted) < rules.overlap:
        return wanted
    return kept


def _object_box(
    rules: ZoomRules, shape: tuple[int, int], clicks: Sequence[Click], earlier: Probability | None
) -> ZoomBox:
    found = None if earlier is None else earlier > rules.threshold
    if found is None or not found.any():
        return ZoomBox((0, shape[0] - 1), (0, shape[1] - 1))
    positive = [click for click in clicks if click.positive]
    rows = [*np.flatnonzero(found.any(1))[[0, -1]], *(click.y for click in positive)]
    columns = [*np.flatnonzero(found.any(0))[[0, -1]], *(click.x for click in positive)]
    return ZoomBox(_expand_span(rules, rows, shape[0]), _expand_span(rules, columns, shape[1]))


def _expand_span(rules: ZoomRules, places: Sequence[float], length: int) -> Span:
    first, last = float(min(places)), float(max(places))
    centre = (first + last) / 2
    half = max(rules.expansion * (last - first + 1), rules.smallest) / 2
    return max(0, round(centre - half)), min(length - 1, round(centre + half))


def _contains_clicks(box: ZoomBox, clicks: Sequence[Click]) -> bool:
    """Whether all positive clicks are inside; the last row and column do not count, as in EISeg."""
    return all(
        box.rows[0] <= click.y < box.rows[1] and box.columns[0] <= click.x < box.columns[1]
        for click in clicks
        if click.positive
    )


def _box_overlap(a: ZoomBox, b: ZoomBox) -> float:
    return _span_overlap(a.rows, b.rows) * _span_overlap(a.columns, b.columns)


def _span_overlap(a: Span, b: Span) -> float:
    shared = min(a[1], b[1]) - max(a[0], b[0]) + 1
    return max(0, shared) / (max(a[1], b[1]) - min(a[0], b[0]) + 1)
