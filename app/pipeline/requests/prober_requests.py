"""Requests to the prober, which opens what was dropped."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from app.domain.annotation import SequenceInfo
from app.pipeline.workers.request import Request, WorkerKind


class ProberKind(WorkerKind):
    """Opens files that were never opened before."""

    role = "app.pipeline.roles.prober:ProberRole"


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """One sequence in a source."""

    info: SequenceInfo
    fingerprint: str  #: identity by content
    series: str | None = None  #: which one of a DICOM folder with several
    thumbnail: str = ""  #: path of a small picture, "" for none
    is_worked_on: bool = False  #: a workspace with edits exists for this content
    problem: str = ""  #: why this series cannot be opened though others of its folder can, "" when it can


@dataclass(frozen=True, slots=True)
class ProbeReply:
    """Every sequence in the source."""

    results: tuple[ProbeResult, ...]


@dataclass(frozen=True, slots=True)
class ProbeRequest(Request[ProberKind, ProbeReply, None]):
    """Probe a source; its index and thumbnail go under root. Raises SequenceError when it cannot be opened."""

    still_limit: ClassVar[float] = 900.0  # a long video on a slow network drive is read to its end
    path: Path
    root: Path  #: folder of the workspaces
