"""Section of the report on how much of what models proposed was changed, where, and by whom."""

import html
from collections.abc import Iterable, Sequence

import numpy as np

from app.headless.comparison import FrameAgreement, SequenceComparison
from app.headless.report_parts import dice_curve, table, title_of, weekly_table
from app.headless.weekly_drift import weekly_agreement
from app.headless.worst_cases import worst_cases

_HEAD = ("Proposals answered", "Taken as they were", "Changed", "Deleted", "Mean Dice")


def proposal_section(compared: Sequence[SequenceComparison], title: str, with_names: bool) -> str:
    """Return the section as HTML, "" where no proposal was answered. compared: as compare_proposals returns them."""
    if not compared:
        return ""
    labels: dict[str, list[FrameAgreement]] = {}
    rows, curves = [], []
    for one in compared:
        for item in one.objects:
            labels.setdefault(item.label, []).extend(item.frames)
            name = f"{title_of(one, with_names)}: {item.label} #{item.first_id}"
            rows.append((name, *_counts(item.frames)))
            curves.append(dice_curve(item, name))
    parts = [f"<h2>{html.escape(title)}</h2>"]
    parts += ["<p>What propagation proposed last on a frame, and what a person made of it.</p>"]
    parts += [table(("Label", *_HEAD), [(label, *_counts(frames)) for label, frames in labels.items()])]
    parts += [table(("Object", *_HEAD), rows), *curves]
    parts += [weekly_table(weekly_agreement(compared)), "<h3>Largest corrections</h3>"]
    return "\n".join([*parts, worst_cases(compared, with_names, ("result", "proposal"))])


def _counts(frames: Iterable[FrameAgreement]) -> tuple[object, ...]:
    dices = [frame.agreement.dice for frame in frames]
    same = dices.count(1.0)
    gone = sum(not frame.agreement.first and frame.agreement.second > 0 for frame in frames)
    return len(dices), same, len(dices) - same - gone, gone, f"{np.mean(dices):.3f}"
