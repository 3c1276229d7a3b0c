"""What the views see: immutable pictures of the Session's state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.domain.annotation import (
    Annotation,
    Click,
    Extent,
    Label,
    Mask,
    Object,
    Point,
    Polygon,
    SequenceInfo,
    SeriesInfo,
    Status,
    Window,
)
from app.domain.camera import OrbitCamera
from app.domain.effort import EffortReport
from app.domain.engine_choice import EngineChoice, EngineLoad, ModelKind, ModelRow, Transfer
from app.domain.worklist.entry import WorklistEntry, WorklistSnapshot
from app.domain.worklist.sorting import Sorting
from app.messages.events import ToastLevel

Mode = Literal["annotate", "edit"]


@dataclass(frozen=True, slots=True)
class Pending:
    """Clicks that are not committed yet.

    target: the object they correct or extend, None for one to be made. base: its mask before the clicks.
    mask: the answer so far; awaiting: a newer answer is on its way.
    """

    frame: int
    target: int | None
    base: Mask | None
    clicks: tuple[Click, ...]
    undone: tuple[Click, ...] = ()
    mask: Mask | None = None
    awaiting: bool = False


@dataclass(frozen=True, slots=True)
class Track:
    """One object along the whole sequence: a Status and a score (0..255) for each frame, one byte each."""

    object_id: int
    label: int
    statuses: bytes
    scores: bytes

    @property
    def is_empty(self) -> bool:
        """Whether there is no mask on any frame."""
        return not self.statuses.strip(b"\0")


@dataclass(frozen=True, slots=True)
class PropagationState:
    """A propagation under way. remaining: seconds, or None while unknown. frame: where it is now."""

    job: int
    done: int
    total: int
    frame: int
    remaining: float | None
    prefetch: bool


@dataclass(frozen=True, slots=True)
class ExportState:
    """An export under way."""

    job: int
    kind: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Toast:
    """A message that goes away by itself, unless it is an error or stays."""

    toast_id: int
    level: ToastLevel
    text: str
    stays: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """How masks are drawn and made. threshold, opacity in [0, 1]; click_radius in screen pixels.

    window: of a scan, None for anything else. linked: the two other directions of a scan are shown.
    """

    threshold: float = 0.5
    opacity: float = 0.6
    click_radius: int = 4
    largest_component: bool = False
    overlay_visible: bool = True
    prefetch: bool = True
    window: Window | None = None
    linked: bool = True


@dataclass(frozen=True, slots=True)
class View3D:
    """The masks in 3D, beside the frame.

    size: of the picture in pixels; nothing is drawn while it is (0, 0). opacity: in [0, 1]. hidden: values of
    labels that are not drawn; left_out: ids of objects that are not. slice_shown: whether the frame stands in
    it as a plane. close: whether the masks fill the picture, not the whole volume.
    """

    shown: bool = False
    size: tuple[int, int] = (0, 0)
    camera: OrbitCamera = OrbitCamera()
    opacity: float = 1.0
    hidden: frozenset[int] = frozenset()
    left_out: frozenset[int] = frozenset()
    slice_shown: bool = True
    close: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything there is to draw, but for the pixels; see app.messages.picture for these.

    revision grows with every change. annotations: the objects on the frame, in object order.
    polygons: outlines by object id, while mode is "edit". marks: the marked range [start, stop).
    saved: every edit is durable. offer: a propagation that was cut off can go on.
    importing: where masks are being read from. warming: the sequence that is being prepared. effort: as it was
    when it was asked for.
    unsettled: frames that nobody has looked at or accepted. entry_id: of the open sequence in the worklist.
    choice: the models in use; choices: those chosen for kinds of sequences.
    cross: where on the frame a scan's cross-hairs meet, None for its middle. extents: how large the objects of
    a scan are, by object id, a moment late.
    several: the path that was to be opened, and the series in it to choose from.
    """

    revision: int = 0
    sequence: SequenceInfo | None = None
    opening: str = ""
    series_choice: tuple[str, tuple[SeriesInfo, ...]] = ("", ())
    frame: int = 0
    cross: Point | None = None
    extents: tuple[tuple[int, Extent], ...] = ()
    playing: bool = False
    speed: float = 1.0
    loop: bool = True
    mode: Mode = "annotate"
    labels: tuple[Label, ...] = ()
    label: int | None = None
    objects: tuple[Object, ...] = ()
    selected: int | None = None
    pending: Pending | None = None
    annotations: tuple[tuple[int, Annotation], ...] = ()
    polygons: tuple[tuple[int, tuple[Polygon, ...]], ...] = ()
    tracks: tuple[Track, ...] = ()
    marks: tuple[int | None, int | None] = (None, None)
    propagation: PropagationState | None = None
    export: ExportState | None = None
    importing: str = ""
    warming: str = ""
    effort: EffortReport | None = None
    can_resume: bool = False
    can_undo: bool = False
    can_redo: bool = False
    view: View = View()
    view3d: View3D = View3D()
    toasts: tuple[Toast, ...] = ()
    engine: str = ""
    device: str = ""
    engine_loading: EngineLoad | None = None
    choice: EngineChoice = EngineChoice()
    choices: tuple[tuple[ModelKind, EngineChoice], ...] = ()
    recent_models: tuple[str, ...] = ()
    models: tuple[ModelRow, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    saved: bool = True
    operator: str = ""
    unreviewed: int = 0
    worklist: WorklistSnapshot = WorklistSnapshot()
    entry_id: str = ""
    sorting: Sorting = "arrival"

    @property
    def entry(self) -> WorklistEntry | None:
        """The open sequence in the worklist."""
        return self.worklist.entry(self.entry_id) if self.entry_id else None

    def label_of(self, object_id: int) -> Label | None:
        """The label of an object."""
        value = next((item.label for item in self.objects if item.object_id == object_id), None)
        return next((label for label in self.labels if label.value == value), None)

    def unverified(self) -> int:
        """How many (frame, object) cells hold a mask that nobody has verified or made."""
        return sum(track.statuses.count(bytes([Status.PROPAGATED])) for track in self.tracks)
