"""The sequence that is open, as the services know it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.domain.annotation import SequenceInfo
from app.pipeline.requests.source_spec import SourceSpec
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
