"""Agreement by week and operator, so that drift is seen."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from app.headless.comparison import SequenceComparison


@dataclass(frozen=True, slots=True)
class WeeklyAgreement:
    """Agreement of what one operator made in one week."""

    week: str  #: of ISO 8601, such as 2026-W48
    operator: str
    masks: int
    mean_dice: float


def weekly_agreement(compared: Iterable[SequenceComparison]) -> tuple[WeeklyAgreement, ...]:
    """Return the agreement of the first work by week and operator; masks without a time are left out."""
    found: dict[tuple[str, str], list[float]] = {}
    for one in compared:
        for item in one.objects:
            for frame in item.frames:
                if not math.isnan(frame.made_at):
                    key = (_week(frame.made_at), frame.operator)
                    found.setdefault(key, []).append(frame.agreement.dice)
    return tuple(
        WeeklyAgreement(week, operator, len(dices), float(np.mean(dices)))
        for (week, operator), dices in sorted(found.items())
    )


def _week(at: float) -> str:
    year, week, _ = datetime.fromtimestamp(at, UTC).isocalendar()
    return f"{year}-W{week:02}"
