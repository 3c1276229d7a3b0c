"""Parts of the report of a comparison that its sections share: tables, curves and the style, as HTML."""

import html
from collections.abc import Iterable, Sequence
from typing import Final

from app.headless.comparison import ObjectAgreement, SequenceComparison
from app.headless.weekly_drift import WeeklyAgreement

_PLOT: Final = (640, 120)  # pixels of a curve
STYLE: Final = """
body{font:15px sans-serif;max-width:60em;margin:2em auto;color:#222}
table{border-collapse:collapse;margin:1em 0}
td,th{padding:.3em .8em;border-bottom:1px solid #ddd;text-align:right}
td:first-child,th:first-child{text-align:left}
figure{display:inline-block;margin:.5em}
figcaption{font-size:13px;color:#555}
"""


def title_of(one: SequenceComparison, with_names: bool) -> str:
    """Return the name of a sequence, which may name a patient, or else digits of its content."""
    return one.name if with_names else one.key


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table of texts and numbers."""
    cells = "".join(f"<th>{html.escape(name)}</th>" for name in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><tr>{cells}</tr>{body}</table>"


def weekly_table(weeks: Sequence[WeeklyAgreement]) -> str:
    """Return agreement by week and operator."""
    rows = [(one.week, one.operator or "–", one.masks, f"{one.mean_dice:.3f}") for one in weeks]
    if not rows:
        return "<p>No times are recorded.</p>"
    return table(("Week", "Operator", "Masks", "Mean Dice"), rows)


def dice_curve(item: ObjectAgreement, title: str) -> str:
    """Return Dice over the frames as a picture of lines with a title; "" where there is one frame at most."""
    if len(item.frames) < 2:
        return ""
    width, height = _PLOT
    last = max(item.frames[-1].frame, 1)
    points = " ".join(
        f"{frame.frame / last * width:.1f},{(1 - frame.agreement.dice) * height:.1f}" for frame in item.frames
    )
    line = f'<polyline points="{points}" fill="none" stroke="#d08000" stroke-width="1.5"/>'
    border = f'<rect width="{width}" height="{height}" fill="none" stroke="#ccc"/>'
    caption = f"<figcaption>{html.escape(title)}: Dice (0 to 1) over frames 0 to {last}</figcaption>"
    return f'<figure><svg width="{width}" height="{height}">{border}{line}</svg>{caption}</figure>'
