"""Exports, imports and label lists."""

from dataclasses import dataclass

from app.domain.annotation import Label, Mask, Status
from app.domain.export_selection import ALL_SEQUENCES, DataSetChoice, ExportSelection
from app.domain.finding import PictureAction
from app.domain.label_clash import LabelAnswer, LabelClash
from app.domain.tier import TierTable
from app.messages.events.event import Event


@dataclass(frozen=True, slots=True)
class ExportRequested(Event):
    """Write files of these kinds under a folder."""

    kinds: tuple[str, ...]
    folder: str
    selection: ExportSelection = ExportSelection()
    pictures: PictureAction = "refuse"  #: what becomes of frames that show text or faces


@dataclass(frozen=True, slots=True)
class ArchiveRequested(Event):
    """Send the masks to the archive as DICOM SEG."""


@dataclass(frozen=True, slots=True)
class ArchiveExported(Event):
    """The files for the archive are in the outbox, from where they are sent, or could not be made."""

    job: int
    count: int = 0  #: files
    error: str = ""


@dataclass(frozen=True, slots=True)
class DataSetRequested(Event):
    """Write annotated sequences as one data set of a kind under a folder."""

    kind: str
    folder: str
    choice: DataSetChoice = ALL_SEQUENCES
    pictures: PictureAction = "refuse"  #: what becomes of frames that show text or faces


@dataclass(frozen=True, slots=True)
class ExportAdvanced(Event):
    """An export goes on."""

    job: int
    kind: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ExportEnded(Event):
    """An export is over."""

    job: int
    paths: tuple[str, ...] = ()  #: what was written
    note: str = ""  #: what the annotator has to know of it
    error: str = ""  #: why it failed, if it did


@dataclass(frozen=True, slots=True)
class ExportCancelled(Event):
    """The annotator stops the export; files that were there before stay as they were."""


@dataclass(frozen=True, slots=True)
class MasksImportRequested(Event):
    """Read masks made elsewhere, and ask before they change anything."""

    path: str
    answer: LabelAnswer | None = None  #: what was decided about label values that mean something else here


@dataclass(frozen=True, slots=True)
class LabelsClashed(Event):
    """Nothing was imported yet: label values of a file mean something else here."""

    path: str
    clashes: tuple[LabelClash, ...]


@dataclass(frozen=True, slots=True)
class ImportedMask:
    """One mask of a file."""

    frame: int
    mask: Mask
    status: Status = Status.IMPORTED  #: that of our own exports comes back
    score: float = 1.0  #: in [0, 1], as the file says
    author: str = ""  #: as the file says, "" where it does not


@dataclass(frozen=True, slots=True)
class ImportedObject:
    """One object of a file."""

    label: int  #: a Label's value
    masks: tuple[ImportedMask, ...]
    own_id: int = 0  #: of the object that one of our own exports was written from, 0 for another file


@dataclass(frozen=True, slots=True)
class MasksImported(Event):
    """Masks were read from files."""

    labels: tuple[Label, ...]  #: those that the masks need
    objects: tuple[ImportedObject, ...]
    warnings: tuple[str, ...] = ()
    title: str = ""  #: of the format
    tiers: TierTable = TierTable()  #: what happens when, beside the masks


@dataclass(frozen=True, slots=True)
class MasksImportConfirmed(Event):
    """The annotator agrees to the import that is shown."""


@dataclass(frozen=True, slots=True)
class MasksImportCancelled(Event):
    """The annotator stops the import, or does not agree to what is shown; nothing is changed."""


@dataclass(frozen=True, slots=True)
class MasksImportFailed(Event):
    """No masks were imported."""

    what: str  #: why not


@dataclass(frozen=True, slots=True)
class LabelsLoadRequested(Event):
    """Load a label list from a file."""

    path: str


@dataclass(frozen=True, slots=True)
class LabelsSaveRequested(Event):
    """Save the label list to a file."""

    path: str
