"""Comparison of many sequences; one that cannot be compared stops no other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.domain.errors import FramewiseError
from app.headless.comparison import SequenceComparison, compare_sequences
from app.headless.stored_frames import ReadableSequence


@dataclass(frozen=True, slots=True)
class FailedComparison:
    """A sequence that could not be compared. Name and error may name a patient; key does not."""

    key: str  #: digits of its content
    name: str
    error: FramewiseError


def compare_pairs(
    pairs: Sequence[tuple[ReadableSequence, ReadableSequence]],
    tolerance: float,
    advance: Callable[[int, int], None],
) -> tuple[list[SequenceComparison], list[FailedComparison]]:
    """Compare works pair by pair; return what was compared, and what could not be.

    tolerance: as compare_sequences takes it. advance: called before each one with pairs (done, total).
    """
    compared: list[SequenceComparison] = []
    left_out: list[FailedComparison] = []
    for number, (one, other) in enumerate(pairs):
        advance(number, len(pairs))
        try:
            compared.append(compare_sequences(one, other, tolerance))
        except FramewiseError as error:
            left_out.append(FailedComparison(one.fingerprint[:8], one.name, error))
    return compared, left_out
