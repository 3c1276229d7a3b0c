"""Orders of the Session, which the Pipeline carries out. Plain data."""

from dataclasses import dataclass
from typing import Literal

from app.domain.adjustment import Adjustment
from app.domain.annotation import Color, FrameAxis, Label, Lines, Mask, Orientation, Polygon, Window
from app.domain.cut_stop import CutStop
from app.domain.engine_choice import ModelKind
from app.domain.export_selection import ALL_SEQUENCES, DataSetChoice, ExportSelection
from app.domain.finding import PictureAction
from app.domain.history import Edit
from app.domain.label_clash import LabelAnswer
from app.domain.mask_operations import MaskOperation
from app.domain.model_prompts import Prompt
from app.domain.propagation_plan import PassPlan
from app.domain.sign_off import SignOff
from app.messages.events import PropagationRequested

MaskEntries = tuple[tuple[int, int, Mask], ...]
"""(frame, object_id, mask) each."""


@dataclass(frozen=True, slots=True)
class Order:
    """Base of all orders."""


@dataclass(frozen=True, slots=True)
class SequenceOrder(Order):
    """Something to do for the open sequence only; dropped when that was left before it is carried out."""


@dataclass(frozen=True, slots=True)
class OpenSequence(Order):
    """Open a source and its workspace; answer with SequenceOpened, SeriesOffered or Noticed."""

    path: str
    series: str | None
    orientation: Orientation | None = None


@dataclass(frozen=True, slots=True)
class ListSeries(SequenceOrder):
    """List the series of the open sequence's source; answer with SeriesOffered or Noticed."""


@dataclass(frozen=True, slots=True)
class FindOtherSeries(SequenceOrder):
    """Find what can be shown beside the open scan; answer with SecondSeriesOffered or Noticed."""


@dataclass(frozen=True, slots=True)
class CloseSequence(Order):
    """Finish what is under way for the open sequence and close its files."""


@dataclass(frozen=True, slots=True)
class TurnSequence(Order):
    """Slice the open scan in another direction, with all its masks; answer with SequenceOpened or Noticed."""

    orientation: Orientation
    along: FrameAxis = "space"


@dataclass(frozen=True, slots=True)
class FitWindow(Order):
    """Find the window that suits a frame; answer with WindowChanged."""

    frame: int


@dataclass(frozen=True, slots=True)
class MeasureAreas(SequenceOrder):
    """Measure the areas of the objects on all frames; answer with AreasMeasured."""


@dataclass(frozen=True, slots=True)
class RecordPixelSize(SequenceOrder):
    """Store the pixel size that a person gave; it holds once the sequence is opened again."""

    millimetres: float | None  #: None for what the source says


@dataclass(frozen=True, slots=True)
class RecordSignOffs(SequenceOrder):
    """Store who signed the sequence off and who reopened it."""

    records: tuple[SignOff, ...]  #: all of them, oldest first


@dataclass(frozen=True, slots=True)
class ReopenSequence(SequenceOrder):
    """Open the open sequence again; answer with SequenceOpened or Noticed."""


@dataclass(frozen=True, slots=True)
class RecordWindow(SequenceOrder):
    """Remember the window, for the next start."""

    window: Window


@dataclass(frozen=True, slots=True)
class ShowFrame(SequenceOrder):
    """Put a frame with its masks on the screen."""

    frame: int
    layers: tuple[tuple[Mask, Color], ...] = ()  #: masks to paint, lower ones first
    window: Window | None = None
    drawn: int = 0  #: gestures up to this one are in the layers; see MaskEditRequested
    adjustment: Adjustment = Adjustment()


@dataclass(frozen=True, slots=True)
class ShowView3D(Order):
    """Put the masks on the screen in 3D."""

    frames: frozenset[int]  #: those whose masks changed since the last such order


@dataclass(frozen=True, slots=True)
class HideView3D(Order):
    """Stop drawing in 3D."""


@dataclass(frozen=True, slots=True)
class Play(Order):
    """Run the playback clock from a frame; answer with PlaybackAdvanced, for unseen frames alone with UnseenDue."""

    frame: int
    speed: float  #: factor of the sequence's own rate, of unseen frames of LOOK_RATE
    loop: bool
    unseen: bool = False


@dataclass(frozen=True, slots=True)
class Pause(Order):
    """Stop the playback clock."""


@dataclass(frozen=True, slots=True)
class Segment(Order):
    """Answer a list of prompts with PendingSegmented or SegmentationFailed; every earlier job becomes stale."""

    job: int
    frame: int
    prompts: tuple[Prompt, ...]
    initial: Mask | None  #: the mask that the prompts correct
    threshold: float  #: probability from which a pixel is in the mask
    largest_component: bool
    tidy: bool = False
    window: Window | None = None
    references: tuple[
        tuple[int, Mask], ...
    ] = ()  #: frames and masks that tell the model of the object, nearest first


@dataclass(frozen=True, slots=True)
class DropSegmentation(Order):
    """Drop the job under way; no answer is needed."""


@dataclass(frozen=True, slots=True)
class TraceOutline(Order):
    """Trace the outline of a mask; answer with PolygonsTraced."""

    frame: int
    object_id: int
    mask: Mask


@dataclass(frozen=True, slots=True)
class Reshape(Order):
    """Replace a polygon of a mask; answer with MaskReshaped or ReshapeFailed."""

    frame: int
    object_id: int
    mask: Mask
    traced: Mask  #: the mask that the polygons were traced from, before any of their edits
    polygons: tuple[Polygon, ...]
    index: int  #: of the polygon that is replaced
    after: Polygon | None  #: None to delete it
    title: str


@dataclass(frozen=True, slots=True)
class MaskChange:
    """An operation on the mask of an object on a frame."""

    frame: int
    object_id: int
    mask: Mask  #: as it is before
    operation: MaskOperation


@dataclass(frozen=True, slots=True)
class EditMasks(Order):
    """Change masks; answer with MasksEdited or MaskEditFailed."""

    job: int
    changes: tuple[MaskChange, ...]


@dataclass(frozen=True, slots=True)
class Record(SequenceOrder):
    """Make an edit durable."""

    edit: Edit
    how: Literal["done", "grown", "undone", "redone"]  #: grown: the edit holds only the added cells
    model: str = ""  #: name of the engine that helped
    operator: str = ""
    seen: bytes = b""  #: see RecordCursor; needed where cells change
    selected: int | None = None  #: object_id

    @property
    def is_gesture(self) -> bool:
        """Whether a person did it, not a propagation."""
        return self.how != "grown"


@dataclass(frozen=True, slots=True)
class RecordCursor(SequenceOrder):
    """Remember the current frame and the selected object for the next start."""

    frame: int
    seen: bytes = b""  #: one byte a frame, 1 when it was looked at since its masks changed
    selected: int | None = None  #: object_id


@dataclass(frozen=True, slots=True)
class RecordPropagation(SequenceOrder):
    """Remember the propagation under way, so that it can be resumed after a crash."""

    request: PropagationRequested | None  #: None when none is under way


@dataclass(frozen=True, slots=True)
class RecordCutStops(SequenceOrder):
    """Remember where propagation has stopped at cuts."""

    stops: tuple[CutStop, ...]


@dataclass(frozen=True, slots=True)
class Propagate(Order):
    """Carry out passes; answer with FramePropagated for each frame and PropagationEnded."""

    job: int
    passes: tuple[PassPlan, ...]
    references: MaskEntries  #: masks to start from
    kept: MaskEntries  #: locked masks, never overwritten
    earlier: MaskEntries  #: results from the far end of a span, to be fused with
    background: bool  #: a prefetch, which lets anything else go first
    window: Window | None = None
    #: by object_id and time point, rows and columns that stay as they are
    lines: tuple[tuple[tuple[int, int], Lines], ...] = ()
    held: MaskEntries = ()  #: the unlocked masks of objects that have lines
    stops_at_cuts: bool = False
    crossed: tuple[int, ...] = ()  #: cuts at which it does not stop all the same


@dataclass(frozen=True, slots=True)
class CancelPropagation(Order):
    """Stop the job; answer with PropagationEnded."""

    job: int


@dataclass(frozen=True, slots=True)
class Export(Order):
    """Write files for others."""

    job: int
    kinds: tuple[str, ...]
    folder: str
    selection: ExportSelection = ExportSelection()
    pictures: PictureAction = "refuse"


@dataclass(frozen=True, slots=True)
class SendToArchive(Order):
    """Send the masks to the archive as DICOM SEG; answer with ArchiveExported."""

    job: int


@dataclass(frozen=True, slots=True)
class ExportDataSet(Order):
    """Write annotated sequences as one data set; answer as to Export."""

    job: int
    kind: str
    folder: str
    choice: DataSetChoice = ALL_SEQUENCES
    pictures: PictureAction = "refuse"


@dataclass(frozen=True, slots=True)
class Compare(Order):
    """Write a report on the agreement with another work; answer as to Export."""

    job: int
    other: str  #: as in ComparisonRequested
    folder: str
    fingerprints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CancelExport(Order):
    """Stop the export."""

    job: int


@dataclass(frozen=True, slots=True)
class ImportMasks(Order):
    """Read masks; answer with MasksImported, or LabelsClashed where there is something to decide."""

    path: str
    answer: LabelAnswer | None = None


@dataclass(frozen=True, slots=True)
class CancelImport(Order):
    """Stop the import; answer with MasksImportFailed."""


@dataclass(frozen=True, slots=True)
class LoadLabels(Order):
    """Read a label list; answer with LabelsReplaced, and Noticed for bad lines."""

    path: str


@dataclass(frozen=True, slots=True)
class SaveLabels(Order):
    """Write the label list."""

    path: str


@dataclass(frozen=True, slots=True)
class KeepLabels(Order):
    """Remember the label list for sequences and starts to come."""

    labels: tuple[Label, ...]
    kind: str  #: of sequences, "" for all of them


@dataclass(frozen=True, slots=True)
class LoadEngine(Order):
    """Load an engine; answer with EngineAdvanced, then EngineReady or EngineFailed. See EngineChosen."""

    name: str
    propagation: str = ""
    kind: ModelKind | None = None


@dataclass(frozen=True, slots=True)
class ListModels(Order):
    """List the models; answer with ModelsListed."""

    recent: tuple[str, ...]  #: paths used last


@dataclass(frozen=True, slots=True)
class DownloadModel(Order):
    """Fetch a model of the catalogue; answer with TransferAdvanced and TransferEnded."""

    name: str


@dataclass(frozen=True, slots=True)
class ImportModels(Order):
    """Copy models into the library; answer with TransferAdvanced and TransferEnded."""

    path: str


@dataclass(frozen=True, slots=True)
class LearnSite(Order):
    """Tune a model that ships on verified masks; answer with TransferAdvanced and TransferEnded."""

    engine: str  #: in use for these sequences; tells which weights to begin with


@dataclass(frozen=True, slots=True)
class CancelTransfer(Order):
    """Stop a download, an import or the tuning."""

    name: str


@dataclass(frozen=True, slots=True)
class CancelEngine(Order):
    """Stop loading; the engine in use stays."""
