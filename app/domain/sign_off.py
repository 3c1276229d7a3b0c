"""Sign-offs of a sequence: who approved it and when, and who reopened it and why. Pure data."""

from collections.abc import Sequence
from dataclasses import dataclass

LONGEST = 2000  # characters of a reason that are kept


@dataclass(frozen=True, slots=True)
class SignOff:
    """An approval of a sequence, or the reopening of an approved one."""

    by: str
    at: float  #: seconds since 1970
    reason: str | None = None  #: why it was reopened; None for an approval

    @property
    def refusal(self) -> str:
        """What an approval says to somebody who wants to change the sequence."""
        return f"Signed off by {self.by}: nothing in it can be changed until it is reopened with a reason."


def sign_off_in_force(records: Sequence[SignOff]) -> SignOff | None:
    """Return the approval that locks a sequence, None where it is open. records: oldest first."""
    last = records[-1] if records else None
    return last if last is not None and last.reason is None else None


def merge_sign_offs(
    ours: Sequence[SignOff], theirs: Sequence[SignOff], at: float, *, is_as_approved: bool
) -> tuple[SignOff, ...]:
    """Return the sign-offs of two works that were merged, oldest first, each once.

    at: seconds since 1970. is_as_approved: whether the merged work is exactly theirs; otherwise an approval of theirs
    is no longer in force, since what is there now was approved by nobody.
    """
    merged = tuple(sorted({*ours, *theirs}, key=lambda record: record.at))
    if is_as_approved or sign_off_in_force(merged) is None:
        return merged
    return (*merged, SignOff("Merge", at, "It was merged with work that was not signed off."))


def sign_offs_to_wire(records: Sequence[SignOff]) -> list[list[str | float | None]]:
    """Return sign-offs as plain data, for the journal."""
    return [[record.by, record.at, record.reason] for record in records]


def sign_offs_from_wire(wire: object) -> tuple[SignOff, ...]:
    """Return the sign-offs of plain data; what is none is left out."""
    return tuple(found for row in wire if (found := _from_wire(row))) if isinstance(wire, list) else ()


def _from_wire(row: object) -> SignOff | None:
    match row:
        case [str(by), int() | float() as at, None]:
            return SignOff(by, float(at))
        case [str(by), int() | float() as at, str(reason)]:
            return SignOff(by, float(at), reason[:LONGEST])
    return None
