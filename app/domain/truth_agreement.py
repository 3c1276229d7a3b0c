"""Agreement of one operator's work on one sequence with its known truth. Pure data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TruthAgreement:
    """What the lead sees of a sequence whose truth is known."""

    fingerprint: str  #: of the sequence
    operator: str  #: who made the masks, "" where it is not known
    masks: int  #: of one or of both
    mean_dice: float
    lowest_dice: float


@dataclass(frozen=True, slots=True)
class TruthReport:
    """The result of a comparison with known truth."""

    found: tuple[TruthAgreement, ...] = ()
    page: str = ""  #: path of the report, "" where none was written
    problem: str = ""  #: why there is none
    left_out: tuple[str, ...] = ()  #: a sentence for each sequence that could not be compared
    #: fingerprints of all sequences that have a truth, as far as they can be told
    known: frozenset[str] = frozenset()
