"""How far a sequence was looked over for text and faces, also one that is not open."""

from dataclasses import dataclass, field
from pathlib import Path

from app.domain.finding import Finding, harmless_findings, without_harmless
from app.domain.worklist.entry import WorklistEntry
from app.pipeline.requests.inspector_requests import InspectRequest
from app.pipeline.requests.source_spec import SourceSpec
from app.storage.workspace.frame_inspection import known_findings
from app.storage.workspace.source_record import SourceRecord
from app.storage.workspace.stored_sequence import StoredSequence
from app.storage.workspace.stored_values import read_decisions
from app.storage.workspace.workspace import JOURNAL, folder_for


@dataclass(slots=True)
class InspectionTally:
    """What is known of a sequence's frames."""

    frames: int
    seen: dict[int, tuple[Finding, ...]] = field(default_factory=dict)  #: what is on those looked at
    harmless: tuple[Finding, ...] = ()

    @property
    def share(self) -> float:
        """Share of the frames that were looked at, in [0, 1]."""
        return min(len(self.seen) / max(self.frames, 1), 1.0)

    @property
    def is_complete(self) -> bool:
        """Whether every frame was looked at."""
        return len(self.seen) >= self.frames

    @property
    def flagged(self) -> int:
        """How many frames show what is not called harmless."""
        return sum(bool(without_harmless(found, self.harmless)) for found in self.seen.values())


def find_waiting(root: Path, entry: WorklistEntry) -> tuple[InspectRequest, InspectionTally]:
    """Return what is to be looked at of a sequence that is not open, as it was annotated last, and what is known of it.

    root: folder of the workspaces; that of the sequence need not be there yet. Raises WorkspaceError for a journal that
    cannot be read.
    """
    path = Path(entry.path)
    folder = folder_for(root, path.name, entry.fingerprint)
    record = SourceRecord.read(folder)
    spec = SourceSpec(path, entry.series, folder / "index")
    journal, frames = folder / JOURNAL, entry.frames
    if record is not None:
        spec = SourceSpec(path, entry.series, folder / "index", record.orientation, along=record.along)
        journal, frames = StoredSequence(folder, record).journal, record.frames
    harmless = harmless_findings(read_decisions(journal)) if journal.is_file() else ()
    known = known_findings(journal)
    return InspectRequest(spec, journal, tuple(range(frames))), InspectionTally(frames, known, harmless)
