"""Description of one kind of export."""

from dataclasses import dataclass
from typing import Literal

from app.domain.annotation import SequenceInfo
from app.domain.worklist.entry import WorklistEntry

ExportGroup = Literal["Pictures", "Training", "Scans and DICOM", "Tables"]

Pictures = Literal["none", "frames", "scan"]


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """One row of the registry: everything that menus, dialog, library and command line need of a format."""

    kind: str  #: its name in library, settings and command line; it never changes
    title: str  #: its line in the export dialog
    group: str  #: the heading above it; an ExportGroup, or one of its own
    #: "module:function" of a function (ExportJob, folder) -> written paths, imported in the exchange worker only;
    #: of one (Collection, root) for a format of data sets
    writer: str
    #: what stands behind the sequence's name in the paths that it writes; "*" for what is not known in advance
    endings: tuple[str, ...]
    #: "film": needs times of frames; "scan": the voxels of a scan; "dicom": a DICOM source, a scan or a cine
    source: Literal["any", "film", "scan", "dicom"] = "any"
    has_frames: bool = True  #: it says something of each frame, so that void ones are worth a word
    #: pixels of the source that it writes, which may show who the patient is: those of the frames that are exported, or
    #: of a scan as a whole
    pictures: Pictures = "frames"
    #: one file holds all time points of a scan; others of a scan are written for each
    holds_times: bool = False
    is_set: bool = False  #: it can hold many sequences: a folder that a Collection is written into

    @property
    def is_by_time(self) -> bool:
        """Whether each time point of a scan over time has files of its own."""
        return self.source in ("scan", "dicom") and not self.holds_times

    def fits(self, info: SequenceInfo | WorklistEntry) -> bool:
        """Whether a sequence can be exported so."""
        if self.source == "dicom":
            return bool(info.modality)
        if self.source == "film":
            return bool(info.fps)
        return self.source == "any" or info.kind == "volume"
