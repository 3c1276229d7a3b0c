"""Which part of the picture a click model sees (Sofiiuk et al., 2021, arXiv:2102.06583, and EISeg's settings)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.domain.annotation import Click
from app.models.engine import Probability

Span = tuple[int, int]
"""First and last index; both belong to it."""


@dataclass(frozen=True, slots=True)
class ZoomBox:
    """A part of the picture."""

    rows: Span
    columns: Span

    @property
    def height(self) -> int:
        """Rows in it."""
        return self.rows[1] - self.rows[0] + 1

    @property
    def width(self) -> int:
        """Columns in it."""
        return self.columns[1] - self.columns[0] + 1


@dataclass(frozen=True, slots=True)
class ZoomRules:
    """height, width: what the network sees; the box is stretched to it.

    expansion, smallest: how much larger than the object the box is, at least smallest source pixels a side.
    overlap: a kept box that overlaps the wanted one less is given up; threshold: what counts as object.
    """

    height: int = 400
    width: int = 400
    expansion: float = 1.4
    smallest: int = 480
    overlap: float = 0.5
    threshold: float = 0.5


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
    """Whether all positive clicks lie inside; its last row and column do not count, as in the original."""
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
