"""Agreement by operator, or by pair of operators, as HTML."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from app.headless.comparison import SequenceComparison
from app.headless.report_parts import table


@dataclass(slots=True)
class _Group:
    """Masks of one operator, or of two on the same sequences."""

    sequences: set[str] = field(default_factory=set)
    dices: list[float] = field(default_factory=list)
    distances: list[float] = field(default_factory=list)  #: only where both have a mask


def operator_table(compared: Iterable[SequenceComparison]) -> str:
    """Return agreement by who made the first and the second masks; masks that nobody is known for stand under –."""
    groups: dict[tuple[str, str], _Group] = {}
    for one in compared:
        for item in one.objects:
            for frame in item.frames:
                group = groups.setdefault((frame.operator, frame.other), _Group())
                group.sequences.add(one.key)
                group.dices.append(frame.agreement.dice)
                if frame.agreement.hausdorff95 is not None:
                    group.distances.append(frame.agreement.hausdorff95)
    rows = [
        (
            *(name or "–" for name in operators),
            len(group.sequences),
            len(group.dices),
            f"{np.mean(group.dices):.3f}",
            f"{min(group.dices):.3f}",
            f"{np.mean(group.distances):.3g}" if group.distances else "–",
        )
        for operators, group in sorted(groups.items())
    ]
    return table(("First", "Second", "Sequences", "Masks", "Mean Dice", "Lowest", "Mean HD95"), rows)
