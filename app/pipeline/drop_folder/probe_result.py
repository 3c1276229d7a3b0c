"""What a probe finds out about a candidate."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.domain.annotation import SequenceInfo
from app.domain.errors import FramewiseError


class ProbeUnavailable(FramewiseError):
    """Nothing can be probed at present, whatever it is."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """One sequence in a source. series: which one of a DICOM folder with several, else None.

    fingerprint: its identity by content. thumbnail: a small picture file, "" for none.
    is_worked_on: a workspace with edits exists for this content. problem: why this series cannot be opened though
    others of its folder can, "" when it can.
    """

    info: SequenceInfo
    fingerprint: str
    series: str | None = None
    thumbnail: str = ""
    is_worked_on: bool = False
    problem: str = ""


ProbeFunction = Callable[[Path], Awaitable[Sequence[ProbeResult]]]
"""Opens a source and answers what is in it. Raises FramewiseError when it cannot be opened."""
