"""Agreement by operator, or by pair of operators."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from app.headless.comparison import FrameAgreement, SequenceComparison
from app.headless.report_parts import table
from app.headless.stored_frames import ReadableSequence


@dataclass(slots=True)
class _Group:
    """Masks of one operator, or of two on the same sequences."""

    sequences: set[str] = field(default_factory=set)
    frames: list[FrameAgreement] = field(default_factory=list)

    @property
    def dices(self) -> list[float]:
        return [frame.agreement.dice for frame in self.frames]

    @property
    def mean_distance(self) -> str:
        found = [frame.agreement.hausdorff95 for frame in self.frames]
        known = [distance for distance in found if distance is not None]
        return f"{np.mean(known):.3g}" if known else "–"


def operator_table(compared: Iterable[SequenceComparison]) -> str:
    """Return agreement by who made the first and the second masks as HTML, – for masks that nobody is known for."""
    groups: dict[tuple[str, str], _Group] = {}
    for one in compared:
        for first, second, frame in _by_operators(one):
            group = groups.setdefault((first, second), _Group())
            group.sequences.add(one.first.fingerprint)
            group.frames.append(frame)
    rows = []
    for operators, group in sorted(groups.items()):
        dices = group.dices
        counts = (len(group.sequences), len(dices), f"{np.mean(dices):.3f}", f"{min(dices):.3f}")
        rows.append((*(name or "–" for name in operators), *counts, group.mean_distance))
    return table(("First", "Second", "Sequences", "Masks", "Mean Dice", "Lowest", "Mean HD95"), rows)


def agreement_by_operator(compared: Iterable[SequenceComparison]) -> list[list[str | int | float]]:
    """Return the fields of a TruthAgreement for each sequence and operator of the first work, as plain data."""
    found: dict[tuple[str, str], list[float]] = {}
    for one in compared:
        for operator, _, frame in _by_operators(one):
            found.setdefault((one.first.fingerprint, operator), []).append(frame.agreement.dice)
    return [[*key, len(dices), float(np.mean(dices)), min(dices)] for key, dices in sorted(found.items())]


def _by_operators(one: SequenceComparison) -> Iterator[tuple[str, str, FrameAgreement]]:
    """Yield the operators of each frame's masks; one that is missing is laid to who made most of the others."""
    first, second = _main_operator(one.first), _main_operator(one.second)
    for item in one.objects:
        for frame in item.frames:
            yield frame.operator or first, frame.other or second, frame


def _main_operator(sequence: ReadableSequence) -> str:
    edits = Counter(edit.operator for edit in sequence.history() if edit.by_hand and edit.operator)
    return edits.most_common(1)[0][0] if edits else ""
