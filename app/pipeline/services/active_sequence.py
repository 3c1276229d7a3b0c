"""The sequence that is open, as the services know it."""

from dataclasses import dataclass
from pathlib import Path

from app.domain.annotation import SequenceInfo
from app.pipeline.requests.source_spec import SourceSpec
from app.storage.workspace.readings import is_repeat
from app.storage.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ActiveSequence:
    """A sequence that is open."""

    key: str  #: names it to the decoder
    path: Path
    series: str | None
    info: SequenceInfo
    workspace: Workspace
    fingerprint: str  #: identity by content

    @property
    def source(self) -> SourceSpec:
        """Description of the source for workers."""
        info = self.info
        size = info.spacing[2] if info.spacing and info.is_calibrated else None
        folder = self.workspace.index_folder
        return SourceSpec(self.path, self.series, folder, info.orientation, size, info.along)

    @property
    def place(self) -> Path:
        """What is opened to come back to it: the source, of a repeat reading its workspace."""
        return self.workspace.folder if is_repeat(self.workspace.folder) else self.path

    @property
    def export_owner(self) -> str:
        """Name of the work in records of exports: a repeat reading replaces no files of the first one."""
        folder = self.workspace.folder
        return f"{self.fingerprint}/{folder.parent.name}" if is_repeat(folder) else self.fingerprint
