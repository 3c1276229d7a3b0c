"""Requests to the exchange worker: exports and imports."""

from dataclasses import dataclass
from pathlib import Path

from app.domain.annotation import Label, Mask, SequenceInfo, Status, Window
from app.domain.export_selection import DataSetChoice, ExportSelection, SelectedFrames
from app.domain.finding import PictureAction
from app.domain.label_clash import LabelAnswer
from app.domain.tier import TierTable
from app.pipeline.requests.source_spec import SourceSpec
from app.pipeline.workers.request import Request, WorkerKind


class ExchangeKind(WorkerKind):
    """Writes and reads files of other programs."""

    role = "app.pipeline.roles.exchange:ExchangeRole"


@dataclass(frozen=True, slots=True)
class ExportProgress:
    """Progress of one kind of file."""

    kind: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ExportReply:
    """The files and folders that were written, and which frames are void in them."""

    paths: tuple[Path, ...]
    selected: SelectedFrames
    flagged: tuple[int, ...] = ()  #: frames that show text or faces, which were dealt with as was asked
    warnings: tuple[str, ...] = ()  #: on what a data set lacks


@dataclass(frozen=True, slots=True)
class ExportRequest(Request[ExchangeKind, ExportReply, ExportProgress]):
    """Write files of some kinds under a folder. Raises ExportError, StorageFull or what the source raises."""

    journal: Path  #: holds every edit
    source: SourceSpec
    window: Window | None
    kinds: tuple[str, ...]
    folder: Path
    fingerprint: str  #: of the sequence, whose earlier exports may be replaced
    opacity: float  #: of masks over frames, 0 to 1
    with_identity: bool  #: whether files may name the patient
    selection: ExportSelection = ExportSelection()
    #: what becomes of frames with text or faces; None to look for none
    pictures: PictureAction | None = "refuse"
    name: str = ""  #: with which the files begin, in place of the sequence's own name
    objects: tuple[int, ...] = ()  #: those to write, () for all
    overwrite: bool = False  #: also where that name is another sequence's


@dataclass(frozen=True, slots=True)
class DataSetRequest(Request[ExchangeKind, ExportReply, ExportProgress]):
    """Write annotated sequences of a workspace folder as one data set. Raises ExportError or StorageFull."""

    workspaces: Path
    kind: str
    folder: Path
    choice: DataSetChoice
    pictures: PictureAction | None = "refuse"  #: as in ExportRequest
    operator: str = ""  #: who said so


@dataclass(frozen=True, slots=True)
class FoundMask:
    """A mask in a file. key: the same for all masks of one object."""

    frame: int
    key: str
    label: int
    mask: Mask
    status: Status
    score: float
    author: str
    own_id: int  #: of the object that one of our own exports was written from, 0 for another file


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """Some of the masks."""

    masks: tuple[FoundMask, ...]


@dataclass(frozen=True, slots=True)
class ImportReply:
    """The last masks, and what there is to say of all."""

    masks: tuple[FoundMask, ...]
    labels: tuple[Label, ...]
    warnings: tuple[str, ...]
    title: str  #: of the format
    tiers: TierTable = TierTable()  #: what happens when, beside the masks


@dataclass(frozen=True, slots=True)
class ImportRequest(Request[ExchangeKind, ImportReply, ImportProgress]):
    """Read the masks of a file or folder. Raises ImportMasksError or LabelsClash."""

    path: Path
    source: SourceSpec
    info: SequenceInfo
    labels: tuple[Label, ...]
    fingerprint: str  #: of the sequence, whose own exports are read first
    #: what was decided about label values that mean something else here; None: LabelsClash is raised
    answer: LabelAnswer | None = None
    asks: bool = False  #: whether LabelsClash is raised also for values that are only too large
    time: int = 0  #: time point that masks of one volume go to, unless they say another
