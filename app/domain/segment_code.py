"""The meaning of a label in coded terms: category, type and side of a segment (DICOM PS3.3 C.8.20.4). Pure data."""

from dataclasses import dataclass

LONGEST_MEANING = 64  # characters of a meaning (PS3.5 6.2, LO), and of ours for a value
CodeWire = list[list[str]]


@dataclass(frozen=True, slots=True)
class CodedTerm:
    """A term of a terminology."""

    value: str
    scheme: str  #: SCT for SNOMED CT, DCM for DICOM
    meaning: str  #: for people

    def __str__(self) -> str:
        return f"{self.scheme} {self.value}"


@dataclass(frozen=True, slots=True)
class SegmentCode:
    """Coded meaning of a segment."""

    category: CodedTerm
    type: CodedTerm
    side: CodedTerm | None = None  #: of the body

    @property
    def meaning(self) -> str:
        """The type in words, and the side where there is one."""
        return self.type.meaning if self.side is None else f"{self.type.meaning}, {self.side.meaning.lower()}"


def code_to_wire(code: SegmentCode) -> CodeWire:
    """Return a code as plain data."""
    terms = (code.category, code.type, *((code.side,) if code.side else ()))
    return [[term.value, term.scheme, term.meaning] for term in terms]


def code_from_wire(wire: object) -> SegmentCode:
    """Return the code of plain data. Raises ValueError for data that are none."""
    match wire:
        case [category, kind]:
            return SegmentCode(_term(category), _term(kind))
        case [category, kind, side]:
            return SegmentCode(_term(category), _term(kind), _term(side))
    raise ValueError(f"{wire!r:.100} is no code of a segment")


def _term(wire: object) -> CodedTerm:
    match wire:
        case [str(value), str(scheme), str(meaning)] if (
            0 < len(value) <= LONGEST_MEANING
            and 0 < len(scheme) <= LONGEST_MEANING
            and len(meaning) <= LONGEST_MEANING
        ):
            return CodedTerm(value, scheme, meaning)
    raise ValueError(f"{wire!r:.100} is no coded term")
