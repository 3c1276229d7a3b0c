"""What of a picture may identify a person: burned-in text and faces, and what somebody decided about it. Pure data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

FindingKind = Literal["text", "face", "room"]
"""A room is what an endoscope shows outside the body, where people may be: the whole picture."""
_KIND_WORDS: Final[Mapping[str, str]] = {"text": "text", "face": "faces", "room": "what is outside the body"}
PictureAction = Literal["refuse", "mask", "leave-out", "allow"]
"""What an export does with frames that show text or faces: it fails, paints them black, leaves those frames out, or
writes them as they are."""

# Pixels by which boxes of the same text differ from frame to frame: a twelfth of the tallest text that is found well,
# and as much again for the padding.
_SLACK: Final = 8


@dataclass(frozen=True, slots=True)
class Finding:
    """A box around text or a face, in whole pixels [x, x + width) and [y, y + height)."""

    x: int
    y: int
    width: int
    height: int
    kind: FindingKind = "text"

    def is_inside(self, other: Finding) -> bool:
        """Whether it lies within another one of its kind, give or take a few pixels."""
        return (
            self.kind == other.kind
            and self.x >= other.x - _SLACK
            and self.y >= other.y - _SLACK
            and self.x + self.width <= other.x + other.width + _SLACK
            and self.y + self.height <= other.y + other.height + _SLACK
        )

    def hull(self, other: Finding) -> Finding:
        """Return the box around it and another one of its kind."""
        left, top = min(self.x, other.x), min(self.y, other.y)
        right = max(self.x + self.width, other.x + other.width)
        bottom = max(self.y + self.height, other.y + other.height)
        return Finding(left, top, right - left, bottom - top, self.kind)

    @property
    def rows(self) -> slice:
        """Its rows in a picture."""
        return slice(max(self.y, 0), max(self.y + self.height, 0))

    @property
    def columns(self) -> slice:
        """Its columns in a picture."""
        return slice(max(self.x, 0), max(self.x + self.width, 0))

    def to_wire(self) -> list[int | str]:
        """Return it as plain data."""
        return [self.x, self.y, self.width, self.height, self.kind]


@dataclass(frozen=True, slots=True)
class PictureDecision:
    """A person's word on findings: what an export did with them, or that some are harmless."""

    by: str
    at: float  #: seconds since 1970
    action: str  #: a PictureAction, "harmless", or "not harmless" where that was taken back
    frames: int = 0  #: how many were concerned, 0 for the whole sequence
    harmless: tuple[Finding, ...] = ()  #: the boxes that it was said of


def harmless_findings(decisions: Sequence[PictureDecision]) -> tuple[Finding, ...]:
    """Return the boxes that are harmless on every frame. decisions: oldest first."""
    found: list[Finding] = []
    for decision in decisions:
        if decision.action == "harmless":
            found += [box for box in decision.harmless if box not in found]
        elif decision.action == "not harmless":
            found = [box for box in found if box not in decision.harmless]
    return tuple(found)


def describe_kinds(kinds: Iterable[str]) -> str:
    """Return what findings show, such as "text and faces"."""
    return " and ".join(_KIND_WORDS.get(kind, kind) for kind in kinds)


def join_findings(first: Sequence[Finding], second: Sequence[Finding]) -> tuple[Finding, ...] | None:
    """Return boxes that hold what two frames both show, give or take a few pixels; None where they differ."""
    joined = []
    if len(first) != len(second):
        return None
    for one in first:
        same = next((other for other in second if one.is_inside(other) and other.is_inside(one)), None)
        if same is None:
            return None
        joined.append(one.hull(same))
    return tuple(joined)


def without_harmless(found: Iterable[Finding], harmless: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings that lie in no harmless box."""
    return tuple(one for one in found if not any(one.is_inside(box) for box in harmless))


def findings_from_wire(wire: object) -> tuple[Finding, ...]:
    """Return the findings of plain data; what is none is left out."""
    return tuple(one for row in wire if (one := _finding(row))) if isinstance(wire, list) else ()


def decisions_to_wire(decisions: Sequence[PictureDecision]) -> list[list[object]]:
    """Return decisions as plain data, for the journal."""
    return [
        [one.by, one.at, one.action, one.frames, [box.to_wire() for box in one.harmless]] for one in decisions
    ]


def decisions_from_wire(wire: object) -> tuple[PictureDecision, ...]:
    """Return the decisions of plain data; what is none is left out."""
    return tuple(one for row in wire if (one := _decision(row))) if isinstance(wire, list) else ()


def _finding(row: object) -> Finding | None:
    match row:
        case [int() as x, int() as y, int() as width, int() as height, str() as kind] if kind in get_args(
            FindingKind
        ):
            return Finding(x, y, width, height, cast(FindingKind, kind))
    return None


def _decision(row: object) -> PictureDecision | None:
    match row:
        case [str(by), int() | float() as at, str(action), int() as frames, list() as boxes]:
            return PictureDecision(by, float(at), action, frames, findings_from_wire(boxes))
    return None
