"""Requests to the inspector, which looks over frames for text and faces."""

from dataclasses import dataclass
from pathlib import Path

from app.domain.finding import Finding
from app.pipeline.requests.source_spec import SourceSpec
from app.pipeline.workers.request import Request, WorkerKind


class InspectorKind(WorkerKind):
    """Looks over the frames of a sequence while nobody needs the machine."""

    role = "app.pipeline.roles.inspector:InspectorRole"


@dataclass(frozen=True, slots=True)
class InspectProgress:
    """What was found on a frame."""

    frame: int
    found: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class InspectRequest(Request[InspectorKind, None, InspectProgress]):
    """Look at frames and keep what is found beside the journal. Raises SequenceError or ModelError."""

    source: SourceSpec
    journal: Path
    frames: tuple[int, ...]
