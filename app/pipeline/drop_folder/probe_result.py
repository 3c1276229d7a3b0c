"""Result of probing a candidate."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.domain.annotation import SequenceInfo
from app.domain.errors import FramewiseError


class ProbeUnavailable(FramewiseError):
    """Raised when no source can be probed at present."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """One sequence in a source."""

    info: SequenceInfo
    fingerprint: str  #: identity by content
    series: str | None = None  #: UID in a DICOM folder with several series, else None
    thumbnail: str = ""  #: path of a small picture, "" for none
    is_worked_on: bool = False  #: a workspace with edits exists for this content
    problem: str = ""  #: why this series cannot be opened though others of its folder can, "" when it can


ProbeFunction = Callable[[Path], Awaitable[Sequence[ProbeResult]]]
"""Opens a source and returns what is in it. Raises FramewiseError when it cannot be opened."""
