"""Section of the report on sequences that were read more than once: one operator twice, or two operators."""

from collections.abc import Sequence

from app.headless.comparison import SequenceComparison
from app.headless.operator_table import operator_table
from app.headless.report_parts import table, title_of
from app.headless.worst_cases import worst_cases


def repeat_section(compared: Sequence[SequenceComparison], with_names: bool) -> str:
    """Return the section as HTML, "" without repeat readings. compared: first readings with repeated ones."""
    if not compared:
        return ""
    rows = [
        (f"{title_of(one, with_names)}: {item.label}", _kind(one), len(item.frames), f"{item.mean_dice:.3f}")
        for one in compared
        for item in one.objects
    ]
    return "\n".join(
        [
            "<h2>Repeat readings</h2>",
            "<p>The same sequences read again, without the masks of the first reading.</p>",
            operator_table(compared),
            table(("Object", "Read by", "Masks", "Mean Dice"), rows),
            worst_cases(compared, with_names, ("first reading", "repeat reading")),
        ]
    )


def _kind(one: SequenceComparison) -> str:
    """Say whether one person read a sequence twice (intra-observer) or two did (inter-observer)."""
    pairs = {(frame.operator, frame.other) for item in one.objects for frame in item.frames}
    known = [(first, second) for first, second in pairs if first and second]
    if not known:
        return "–"
    same = sum(first == second for first, second in known)
    if same == len(known):
        return "the same operator"
    return "another operator" if not same else "both"
