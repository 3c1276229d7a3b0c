"""Immutable records of the Session's state: made on the pipeline's thread, read by the views on theirs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.domain.adjustment import Adjustment
from app.domain.annotation import (
    Annotation,
    AreaCurve,
    Extent,
    Label,
    Mask,
    Object,
    Point,
    Polygon,
    SequenceInfo,
    SeriesInfo,
    SeriesPlace,
    Status,
    Window,
)
from app.domain.batch_jobs import NightQueue
from app.domain.camera import OrbitCamera
from app.domain.comment import Comment
from app.domain.effort import EffortReport
from app.domain.engine_choice import EngineChoice, EngineLoad, ModelKind, ModelRow, Transfer
from app.domain.finding import Finding, PictureDecision
from app.domain.model_prompts import Prompt
from app.domain.sign_off import SignOff, sign_off_in_force
from app.domain.tier import TierTable
from app.domain.tool import ToolSettings
from app.domain.worklist.entry import WorklistEntry, WorklistSnapshot
from app.messages.events import LabelsClashed, ReviewOrder, ToastLevel
from app.messages.events.pictures import PicturesRefused

Mode = Literal["annotate", "edit"]


@dataclass(frozen=True, slots=True)
class Pending:
    """Prompts that are not committed yet, and the mask that answers them."""

    frame: int
    target: int | None  #: object_id that the prompts correct or extend, None for a new object
    base: Mask | None  #: the target's mask before the prompts
    prompts: tuple[Prompt, ...]
    undone: tuple[Prompt, ...] = ()
    mask: Mask | None = None  #: the newest answer
    awaiting: bool = False  #: a newer answer is on its way
    is_new: bool = False  #: they begin another object, although one of the label is there


@dataclass(frozen=True, slots=True)
class SecondSeries:
    """Another series of the study, beside the frame at the same place in the patient; it is never changed."""

    place: SeriesPlace
    opening: bool = True
    trouble: str = ""  #: why it cannot be shown
    window: Window | None = None  #: None until it is open
    own_window: Window | None = None  #: that it opened with


@dataclass(frozen=True, slots=True)
class SequenceState:
    """The open sequence: where the annotator is in it, and what is in it beside the masks."""

    info: SequenceInfo | None = None  #: None while no sequence is open
    frame: int = 0
    cross: Point | None = None  #: where on the frame a scan's cross-hairs meet, None for its middle
    #: frames [start, stop) for propagation and verification; None leaves an end open
    marks: tuple[int | None, int | None] = (None, None)
    mode: Mode = "annotate"
    objects: tuple[Object, ...] = ()
    selected: int | None = None  #: object_id of the object that is edited
    hidden: frozenset[int] = frozenset()  #: ids of objects that are not drawn
    comments: tuple[Comment, ...] = ()
    tiers: TierTable = TierTable()
    marking: bool = False  #: the keys of terms mark what happens
    cuts: tuple[int, ...] = ()  #: first frames of a film's shots but the first one, as far as they are known
    stopped_at: tuple[int, ...] = ()  #: cuts that nothing was carried over, as first frames of shots
    areas: tuple[AreaCurve, ...] = ()  #: of the objects over the frames, when they were last asked for
    extents: tuple[tuple[int, Extent], ...] = ()  #: sizes of a scan's objects by object_id, a moment late
    effort: EffortReport | None = None  #: as it was when it was last asked for
    second: SecondSeries | None = None
    sign_offs: tuple[SignOff, ...] = ()  #: approvals and reopenings, oldest first
    picture_decisions: tuple[PictureDecision, ...] = ()  #: on text and faces in its frames, oldest first
    #: what was found so far on frames that show text or faces, by frame, without what somebody called harmless
    findings: Mapping[int, tuple[Finding, ...]] = field(default_factory=dict)

    @property
    def signed_off(self) -> SignOff | None:
        """The approval that locks it, None where it can be changed."""
        return sign_off_in_force(self.sign_offs)


@dataclass(frozen=True, slots=True)
class EditsState:
    """State of the edits: whether they can be undone, are stored, and were reviewed."""

    can_undo: bool = False
    can_redo: bool = False
    editing: bool = False  #: edits by hand tools are not carried out yet
    saved: bool = True  #: every edit is durable
    unreviewed: int = 0  #: frames that were neither looked at nor accepted


@dataclass(frozen=True, slots=True)
class Track:
    """One object along the whole sequence."""

    object_id: int
    label: int
    statuses: bytes  #: a Status for each frame
    scores: bytes  #: 0..255 for each frame
    outdated: bytes = b""  #: 1 for each frame whose mask was propagated from references that have changed

    def is_outdated(self, frame: int) -> bool:
        """Return whether the mask on a frame was propagated from references that have changed."""
        return any(self.outdated[frame : frame + 1])

    @property
    def is_empty(self) -> bool:
        """Whether there is no mask on any frame."""
        return not self.statuses.strip(b"\0")


@dataclass(frozen=True, slots=True)
class PropagationState:
    """A propagation under way."""

    job: int
    done: int  #: frames
    total: int  #: frames
    frame: int  #: the frame done last
    remaining: float | None  #: seconds, None while unknown
    prefetch: bool


@dataclass(frozen=True, slots=True)
class ExportState:
    """An export under way."""

    job: int
    kind: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """Changes that an import would make."""

    path: str
    title: str  #: what was found, such as "CVAT 1.1, 3 objects, 120 frames"
    lines: tuple[str, ...]  #: what goes where
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TasksState:
    """Background work that belongs to the open sequence or replaces it."""

    opening: str = ""  #: path of the sequence that is being opened
    series_choice: tuple[str, tuple[SeriesInfo, ...]] = (
        "",
        (),
    )  #: a path, and the series in it to choose from
    second_choice: tuple[SeriesPlace, ...] = ()  #: to choose the second series from
    importing: str = ""  #: path that masks are being read from
    label_choice: LabelsClashed | None = None  #: what is to be decided before masks are imported
    import_preview: ImportPreview | None = None  #: what waits for the annotator's yes
    export: ExportState | None = None
    picture_choice: PicturesRefused | None = None  #: what is to be decided before pictures are exported
    warming: str = ""  #: name of the sequence that is being prepared


@dataclass(frozen=True, slots=True)
class PlaybackState:
    """Playback of the sequence."""

    playing: bool = False
    speed: float = 1.0  #: times the sequence's own rate
    loop: bool = True
    unseen: bool = False  #: while it plays: only the frames that were not looked at


@dataclass(frozen=True, slots=True)
class ModelsState:
    """The engine in use, and the models to choose from."""

    engine: str = ""
    device: str = ""
    loading: EngineLoad | None = None
    choice: EngineChoice = EngineChoice()  #: the models in use
    choices: tuple[tuple[ModelKind, EngineChoice], ...] = ()  #: those chosen for kinds of sequences
    recent: tuple[str, ...] = ()  #: paths of the models used last, newest first
    rows: tuple[ModelRow, ...] = ()
    transfers: tuple[Transfer, ...] = ()

    def choice_for(self, kind: ModelKind) -> EngineChoice:
        """Return the models chosen for a kind of sequences, those in use where none were."""
        return dict(self.choices).get(kind, self.choice)


@dataclass(frozen=True, slots=True)
class Toast:
    """A message that goes away by itself, unless it is an error or stays."""

    toast_id: int
    level: ToastLevel
    text: str
    stays: bool = False
    action: str = ""  #: id of the action that goes on from here, shown with its keys


@dataclass(frozen=True, slots=True)
class View:
    """Settings of how masks are drawn and made."""

    threshold: float = 0.5  #: in [0, 1]
    opacity: float = 0.6  #: in [0, 1]
    click_radius: int = 4  #: screen pixels, 0..10
    largest_component: bool = False
    overlay_visible: bool = True
    prefetch: bool = True  #: propagation starts by itself after each commit
    window: Window | None = None  #: of a scan, None for anything else
    adjustment: Adjustment = Adjustment()  #: of anything but a scan
    linked: bool = True  #: the two other directions of a scan are shown
    tile_height: int = 160  #: of the contact sheet's tiles, pixels of the design
    tidy: bool = False  #: small holes of the pending mask are filled, and small pieces dropped
    #: of the frames to look at: the lowest score first, or one after the other
    review_order: ReviewOrder = "doubt"
    stop_at_cuts: bool = True  #: propagation over a cut needs a person's word, or the same object beyond it
    wheel_steps: bool = True  #: over a scan the wheel steps through slices, and zooms with Ctrl


@dataclass(frozen=True, slots=True)
class Sheet:
    """The contact sheet: all frames as tiles, in place of the frame."""

    shown: bool = False
    #: frames as they lie on it: those that most need a look first, or those of a term alone; empty for all of them
    order: tuple[int, ...] = ()
    term: tuple[str, str] | None = None  #: tier and term of which only frames without a mask lie on it
    seen: tuple[int, int] = (0, 0)  #: tiles [start, stop) in that order that are on the screen
    tile: tuple[int, int] = (0, 0)  #: width and height of a tile at most, screen pixels
    marked: frozenset[int] = frozenset()  #: frames to be verified together


@dataclass(frozen=True, slots=True)
class TimelineState:
    """The small pictures that the timeline has room for."""

    stretches: tuple[tuple[int, int], ...] = ()  #: frames [start, stop) of which each shows one
    size: tuple[int, int] = (0, 0)  #: width and height of a picture, screen pixels


@dataclass(frozen=True, slots=True)
class View3D:
    """Settings of the 3D view beside the frame."""

    shown: bool = False
    size: tuple[int, int] = (0, 0)  #: pixels; nothing is drawn while it is (0, 0)
    camera: OrbitCamera = OrbitCamera()
    opacity: float = 1.0  #: in [0, 1]
    hidden: frozenset[int] = frozenset()  #: values of labels that are not drawn
    left_out: frozenset[int] = frozenset()  #: ids of objects that are not drawn
    slice_shown: bool = True  #: the frame is drawn as a plane in the volume
    close: bool = False  #: the masks fill the picture, not the whole volume


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything there is to draw, except for the pixels, which are in app.messages.picture."""

    revision: int = 0  #: grows with every event
    sequence: SequenceState = SequenceState()
    labels: tuple[Label, ...] = ()
    label: int | None = None  #: value of the current label
    begins_new: bool = False  #: a click away from the masks begins another object
    pending: Pending | None = None
    annotations: tuple[tuple[int, Annotation], ...] = ()  #: on the frame, by object_id, in object order
    polygons: tuple[tuple[int, tuple[Polygon, ...]], ...] = ()  #: by object_id, while the mode is "edit"
    tracks: tuple[Track, ...] = ()
    propagation: PropagationState | None = None
    edits: EditsState = EditsState()
    can_resume: bool = False  #: a propagation that was cut off can go on
    tasks: TasksState = TasksState()
    playback: PlaybackState = PlaybackState()
    tools: ToolSettings = ToolSettings()
    view: View = View()
    view3d: View3D = View3D()
    sheet: Sheet = Sheet()
    timeline: TimelineState = TimelineState()
    models: ModelsState = ModelsState()
    toasts: tuple[Toast, ...] = ()
    operator: str = ""
    worklist: WorklistSnapshot = WorklistSnapshot()
    night: NightQueue = NightQueue()

    @property
    def entry(self) -> WorklistEntry | None:
        """The open sequence in the worklist."""
        return self.worklist.entry(self.worklist.entry_id) if self.worklist.entry_id else None

    def label_of(self, object_id: int) -> Label | None:
        """Return the label of an object."""
        value = next((item.label for item in self.sequence.objects if item.object_id == object_id), None)
        return next((label for label in self.labels if label.value == value), None)

    def name_of(self, object_id: int) -> str:
        """Return the number of an object with its own name, or else that of its label."""
        own = next((item.name for item in self.sequence.objects if item.object_id == object_id), "")
        label = self.label_of(object_id)
        return f"#{object_id} {own or (label.name if label is not None else '?')}"

    def unverified(self) -> int:
        """Return how many (frame, object) cells hold a propagated mask that was not verified."""
        return sum(track.statuses.count(bytes([Status.PROPAGATED])) for track in self.tracks)
