"""Events are facts that happened; they reach the Session from views, workers, clocks and disks.

Orders, in app.orders, are what the Session answers. Both are plain data with fields that msgpack can carry.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from app.annotation import (
    Annotation,
    Color,
    Extent,
    Label,
    Mask,
    Object,
    Orientation,
    Point,
    Polygon,
    SequenceInfo,
    SeriesInfo,
    Window,
)
from app.engines import EngineChoice, ModelKind, ModelRow
from app.history import Edit
from app.pose import Pose

TravelDirection = Literal["forward", "backward", "both"]
ExportKind = Literal[
    "png", "overlay", "mp4", "coco", "nifti", "nrrd", "dicom-seg", "stl", "obj", "csv", "effort"
]
ToastLevel = Literal["info", "warning", "error"]
Cells = tuple[tuple[int, int, Annotation], ...]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened."""


# -- sequences -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SequenceRequested(Event):
    """The annotator wants another sequence.

    series: chooses one of several in a DICOM folder. orientation: how to slice a scan, None for the way it was
    sliced the last time.
    """

    path: str
    series: str | None = None
    orientation: Orientation | None = None


@dataclass(frozen=True, slots=True)
class SequenceOpened(Event):
    """A sequence and all that its workspace holds.

    unfinished: arguments of a propagation that was cut off, or None. history: edits that can still be undone.
    seen: of each frame a byte, 1 when somebody has looked at it since its masks changed; b"" when unknown.
    cross: where on the frame a scan's cross-hairs meet; window: the last one; None for none yet.
    """

    info: SequenceInfo
    labels: tuple[Label, ...] = ()
    objects: tuple[Object, ...] = ()
    cells: Cells = ()
    history: tuple[Edit, ...] = ()
    undone: tuple[Edit, ...] = ()
    frame: int = 0
    next_object: int = 1
    next_edit: int = 1
    unfinished: PropagationRequested | None = None
    seen: bytes = b""
    cross: Point | None = None
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class SequenceClosed(Event):
    """The annotator leaves the sequence."""


# -- moving through time ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FrameRequested(Event):
    """Go to a frame; out of range is clamped."""

    frame: int


@dataclass(frozen=True, slots=True)
class FrameStepped(Event):
    """Go delta frames on; stops at the ends."""

    delta: int


@dataclass(frozen=True, slots=True)
class WorstFrameRequested(Event):
    """Go to the frame that most needs a look; again: to the next one."""


@dataclass(frozen=True, slots=True)
class ReferenceStepped(Event):
    """Go to the next (+1) or previous (-1) reference frame."""

    direction: Literal[1, -1]


@dataclass(frozen=True, slots=True)
class PlayToggled(Event):
    """Play or pause."""


@dataclass(frozen=True, slots=True)
class PlaybackAdvanced(Event):
    """The playback clock reached a frame."""

    frame: int


@dataclass(frozen=True, slots=True)
class SpeedChosen(Event):
    """Play at 0.25 to 10 times the sequence's own rate."""

    speed: float


@dataclass(frozen=True, slots=True)
class LoopToggled(Event):
    """Begin again at the end, or stop there."""


@dataclass(frozen=True, slots=True)
class RangeMarked(Event):
    """Frames [start, stop) are marked for propagation and verification; None leaves an end open."""

    start: int | None
    stop: int | None


# -- clicks ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClickAdded(Event):
    """A click on the canvas, in source pixels."""

    frame: int
    x: float
    y: float
    positive: bool


@dataclass(frozen=True, slots=True)
class ClicksCleared(Event):
    """Drop the pending clicks and their mask."""


@dataclass(frozen=True, slots=True)
class PendingSegmented(Event):
    """The segmenter answered job with a mask."""

    job: int
    mask: Mask


@dataclass(frozen=True, slots=True)
class SegmentationFailed(Event):
    """The segmenter could not answer job."""

    job: int
    what: str


@dataclass(frozen=True, slots=True)
class MaskFinished(Event):
    """Space: commit the pending mask to the label's object, or else toggle polygon editing.

    label: None for the current one. merged: a mask to commit in place of the pending one.
    """

    label: int | None = None
    merged: Mask | None = None


@dataclass(frozen=True, slots=True)
class MaskSet(Event):
    """A mask made elsewhere becomes the object's mask; the frame becomes a reference."""

    frame: int
    object_id: int
    mask: Mask


@dataclass(frozen=True, slots=True)
class MaskDeleted(Event):
    """The object is not on this frame, says the annotator; the empty mask is an edit like any other."""

    frame: int
    object_id: int


# -- history ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Undone(Event):
    """Take back the last click, or else the last edit."""


@dataclass(frozen=True, slots=True)
class Redone(Event):
    """Bring back the last click or edit that was taken back."""


# -- polygons --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PolygonsTraced(Event):
    """The outlines of an object on a frame, traced from exactly this mask."""

    frame: int
    object_id: int
    mask: Mask
    polygons: tuple[Polygon, ...]


@dataclass(frozen=True, slots=True)
class VertexMoved(Event):
    """A vertex was dragged to (x, y) and let go."""

    frame: int
    object_id: int
    polygon: int
    ring: int
    vertex: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class VertexDeleted(Event):
    """A vertex was double-clicked."""

    frame: int
    object_id: int
    polygon: int
    ring: int
    vertex: int


@dataclass(frozen=True, slots=True)
class VertexInserted(Event):
    """An edge (from vertex edge to the next) was double-clicked at (x, y)."""

    frame: int
    object_id: int
    polygon: int
    ring: int
    edge: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class PolygonDeleted(Event):
    """A whole polygon, holes and all, was deleted."""

    frame: int
    object_id: int
    polygon: int


@dataclass(frozen=True, slots=True)
class MaskReshaped(Event):
    """A polygon edit was carried out on the mask that it was ordered for."""

    frame: int
    object_id: int
    before: Mask
    after: Mask
    polygons: tuple[Polygon, ...]
    title: str


# -- labels and objects ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LabelAdded(Event):
    """Add a label; value 0 and color None mean the next free ones."""

    name: str
    value: int = 0
    color: Color | None = None


@dataclass(frozen=True, slots=True)
class LabelChanged(Event):
    """Rename or recolour the label of this value."""

    value: int
    name: str | None = None
    color: Color | None = None


@dataclass(frozen=True, slots=True)
class LabelDeleted(Event):
    """Delete a label; refused while an object has it."""

    value: int


@dataclass(frozen=True, slots=True)
class LabelMoved(Event):
    """Move a label to another row; lower rows are painted over upper ones."""

    value: int
    row: int


@dataclass(frozen=True, slots=True)
class LabelsReplaced(Event):
    """A label list was loaded; labels in use and missing from it are kept."""

    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class LabelChosen(Event):
    """The label for the next objects; its latest object becomes the selected one."""

    value: int


@dataclass(frozen=True, slots=True)
class ObjectAdded(Event):
    """Start another object of a label (None: the current one) and select it."""

    label: int | None = None


@dataclass(frozen=True, slots=True)
class ObjectChosen(Event):
    """Select an object, or none."""

    object_id: int | None


@dataclass(frozen=True, slots=True)
class ObjectStepped(Event):
    """Select the next (+1) or previous (-1) object."""

    direction: Literal[1, -1]


@dataclass(frozen=True, slots=True)
class ObjectRelabelled(Event):
    """Give an object another label."""

    object_id: int
    label: int


@dataclass(frozen=True, slots=True)
class ObjectDeleted(Event):
    """Delete an object with all its masks."""

    object_id: int


# -- propagation -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PropagationRequested(Event):
    """Carry masks from the reference frames to others.

    start, stop: frames [start, stop), None for the ends; objects: () for all; prefetch: started by itself;
    force: compute again what is there already.
    """

    start: int | None = None
    stop: int | None = None
    direction: TravelDirection = "both"
    objects: tuple[int, ...] = ()
    prefetch: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True)
class FramePropagated(Event):
    """Results of one step.

    results: (object_id, mask, score, sources as in Annotation) each. remaining: seconds, None while unknown.
    """

    job: int
    frame: int
    results: tuple[tuple[int, Mask, float, tuple[int, int]], ...]
    done: int
    total: int
    remaining: float | None = None


@dataclass(frozen=True, slots=True)
class PropagationEnded(Event):
    """The job is over.

    finished: nothing is left of it. error: why it failed, if it did. worker_lost: it failed because the worker
    died or hung, so that trying again makes sense.
    """

    job: int
    finished: bool
    error: str = ""
    worker_lost: bool = False


@dataclass(frozen=True, slots=True)
class PropagationCancelled(Event):
    """The annotator stops the propagation; what is done stays."""


@dataclass(frozen=True, slots=True)
class PropagationResumed(Event):
    """The annotator accepts (or declines) to go on with a propagation that was cut off."""

    accepted: bool


# -- review ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FramesVerified(Event):
    """A person has looked at frames [start, stop) and accepts them, or takes that back.

    objects: () for all.
    """

    start: int
    stop: int
    objects: tuple[int, ...] = ()
    verified: bool = True


# -- view settings ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ViewChanged(Event):
    """Only the fields that are not None change.

    threshold, opacity in [0, 1]; click_radius 0..10 screen pixels.
    """

    threshold: float | None = None
    opacity: float | None = None
    click_radius: int | None = None
    largest_component: bool | None = None
    overlay_visible: bool | None = None
    prefetch: bool | None = None
    linked: bool | None = None


@dataclass(frozen=True, slots=True)
class SolidChanged(Event):
    """Only the fields that are not None change; see app.snapshot.Solid."""

    shown: bool | None = None
    size: tuple[int, int] | None = None
    pose: Pose | None = None
    opacity: float | None = None
    hidden: frozenset[int] | None = None
    slice_shown: bool | None = None
    close: bool | None = None


@dataclass(frozen=True, slots=True)
class WindowChanged(Event):
    """Another intensity window for a scan."""

    width: float
    center: float


@dataclass(frozen=True, slots=True)
class WindowFitted(Event):
    """The annotator wants the window that suits the frame."""


@dataclass(frozen=True, slots=True)
class OrientationChosen(Event):
    """Annotate the open scan in another direction; all masks come along."""

    orientation: Orientation


@dataclass(frozen=True, slots=True)
class CrossMoved(Event):
    """The cross-hairs of a scan meet at (x, y) of a frame."""

    frame: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class ScanMeasured(Event):
    """How large the objects of the open scan are now: (object_id, extent) each."""

    extents: tuple[tuple[int, Extent], ...]


@dataclass(frozen=True, slots=True)
class SeriesOffered(Event):
    """A folder that was to be opened holds several series; () takes the offer back."""

    path: str
    series: tuple[SeriesInfo, ...] = ()


# -- files for others ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ExportRequested(Event):
    """Write files of these kinds under a folder."""

    kinds: tuple[ExportKind, ...]
    folder: str


@dataclass(frozen=True, slots=True)
class ExportAdvanced(Event):
    """An export came on."""

    job: int
    kind: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ExportEnded(Event):
    """An export is over. paths: what was written; error: why it failed, if it did."""

    job: int
    paths: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class ExportCancelled(Event):
    """The annotator stops the export; files that were there before stay as they were."""


@dataclass(frozen=True, slots=True)
class MasksImportRequested(Event):
    """Read masks made elsewhere as edits."""

    path: str


@dataclass(frozen=True, slots=True)
class MasksImported(Event):
    """Masks that were read: new labels, and (key, label) for each object with its (frame, mask) list."""

    labels: tuple[Label, ...]
    objects: tuple[tuple[int, tuple[tuple[int, Mask], ...]], ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MasksImportCancelled(Event):
    """The annotator stops the import; nothing is changed."""


@dataclass(frozen=True, slots=True)
class MasksImportFailed(Event):
    """No masks were imported. what: why not."""

    what: str


@dataclass(frozen=True, slots=True)
class LabelsLoadRequested(Event):
    """Load a label list from a file."""

    path: str


@dataclass(frozen=True, slots=True)
class LabelsSaveRequested(Event):
    """Save the label list to a file."""

    path: str


# -- engines and trouble ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EngineChosen(Event):
    """Use another engine: "best", "classic", "default", or the path of a model.

    propagation: what carries masks; when empty, a built-in engine does it too, and beside a model from a file
    it stays what it is. kind: of the sequences that it is chosen for from now on, None for this time only.
    """

    name: str
    propagation: str = ""
    kind: ModelKind | None = None


@dataclass(frozen=True, slots=True)
class ModelsChosen(Event):
    """The annotator chooses models for a kind of sequences; they are loaded unless another kind is open."""

    choice: EngineChoice
    kind: ModelKind


@dataclass(frozen=True, slots=True)
class EngineAdvanced(Event):
    """Loading goes on. share: of what is done, in [0, 1]."""

    name: str
    words: str
    share: float


@dataclass(frozen=True, slots=True)
class EngineReady(Event):
    """The engine is loaded and warm. kind: of the sequences that it was chosen for."""

    name: str
    device: str
    choice: EngineChoice = field(default_factory=EngineChoice)
    kind: ModelKind | None = None


@dataclass(frozen=True, slots=True)
class EngineFailed(Event):
    """The engine could not be loaded; the one in use stays in use. what: empty when somebody stopped it."""

    name: str
    what: str


@dataclass(frozen=True, slots=True)
class EngineCancelled(Event):
    """The annotator does not want to wait for the engine that is being loaded."""


@dataclass(frozen=True, slots=True)
class EnginesRemembered(Event):
    """What was chosen before this start: models for kinds of sequences, and the paths used last."""

    choices: tuple[tuple[ModelKind, EngineChoice], ...] = ()
    recent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelsRequested(Event):
    """Look again at what models there are."""


@dataclass(frozen=True, slots=True)
class ModelsListed(Event):
    """The models that there are or could be, and those of the paths used last that still lead to one."""

    rows: tuple[ModelRow, ...]
    recent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelDownloadRequested(Event):
    """Fetch a model of the catalogue. kind: of the sequences that it is to be used for once it is here."""

    name: str
    kind: ModelKind | None = None


@dataclass(frozen=True, slots=True)
class ModelsImportRequested(Event):
    """Copy the models in a folder, beside a file or in a zip archive into the library."""

    path: str


@dataclass(frozen=True, slots=True)
class TransferAdvanced(Event):
    """A download or an import goes on. done, total: bytes; total is 0 while unknown."""

    name: str
    words: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class TransferEnded(Event):
    """A download or an import is over. models: that are here now; problems: why others are not.

    error: why there is nothing; empty too when somebody stopped it.
    """

    name: str
    models: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class TransferCancelled(Event):
    """The annotator stops a download or an import; what has been downloaded is kept for later."""

    name: str


@dataclass(frozen=True, slots=True)
class Noticed(Event):
    """Something the annotator should read."""

    level: ToastLevel
    text: str


@dataclass(frozen=True, slots=True)
class ToastDismissed(Event):
    """The annotator has read a toast, or its time is over."""

    toast_id: int


@dataclass(frozen=True, slots=True)
class StorageFailed(Event):
    """An edit could not be made durable; the program goes on and says so until it can."""

    what: str


@dataclass(frozen=True, slots=True)
class EditsStored(Event):
    """So many more gestures are durable, and the journal can be written."""

    gestures: int


@dataclass(frozen=True, slots=True)
class OperatorChosen(Event):
    """The name that edits are recorded under."""

    name: str
