"""Whether something grows: a line through what was measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# As many simulated hours are one point of the line, the least that was held: the rest comes and goes.
BLOCK_HOURS = 0.5


@dataclass(frozen=True, slots=True)
class Trend:
    """Growth an hour, and its standard error."""

    slope: float
    error: float

    def __str__(self) -> str:
        return f"{self.slope:+.2f} ± {self.error:.2f}"

    def is_above(self, bound: float) -> bool:
        """Whether it grows faster than a bound, beyond doubt of two standard errors."""
        return self.slope - 2 * self.error > bound


def trend(hours: Sequence[float], values: Sequence[float]) -> Trend:
    """Fit a line through the least value of every whole half hour; not known below three of them."""
    blocks: dict[int, list[tuple[float, float]]] = {}
    for hour, value in zip(hours, values, strict=True):
        blocks.setdefault(int(hour / BLOCK_HOURS), []).append((hour, value))
    blocks.pop(max(blocks, default=0), None)
    if len(blocks) < 3:
        return Trend(math.nan, math.nan)
    x, y = np.array([min(block, key=lambda point: point[1]) for block in blocks.values()]).T
    x = x - x.mean()
    slope = float(x @ y / (x @ x))
    rest = y - y.mean() - slope * x
    return Trend(slope, math.sqrt(float(rest @ rest) / (len(x) - 2) / float(x @ x)))
