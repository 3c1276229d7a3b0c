"""All state of the open sequence, and the few ways to change it."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field

from app.domain.annotation import (
    Annotation,
    Extent,
    Label,
    Lines,
    Mask,
    Object,
    Point,
    Polygon,
    SequenceInfo,
    SeriesInfo,
    Status,
)
from app.domain.effort import EffortReport
from app.domain.engine_choice import Choices, EngineChoice, EngineLoad, ModelKind, ModelRow, Transfer
from app.domain.history import CellChange, Edit, History, merge
from app.domain.worklist.entry import WorklistSnapshot
from app.domain.worklist.sorting import Sorting
from app.messages.events import PropagationRequested, ToastLevel
from app.messages.orders import Order, Record, Reshape
from app.messages.snapshot import ExportState, Mode, Pending, PropagationState, Toast, Track, View, View3D

TOASTS_KEPT = 5
# What outlives the sequence.
KEPT = frozenset((
    "view", "view3d", "toasts", "engine", "device", "engine_loading", "choice", "choices", "recent_models", "models",
    "transfers", "awaited", "operator", "next_job", "next_toast", "labels", "label", "speed", "loop",
    "worklist", "sorting",
))  # fmt: skip


@dataclass(slots=True)
class Propagating:
    """A propagation under way: what was asked for, and the edit that its results belong to.

    setbacks: how often the worker was lost in a row without a result in between.
    """

    state: PropagationState
    request: PropagationRequested
    edit_id: int
    setbacks: int = 0


@dataclass(slots=True)
class TrackBuffer:
    """An object along the sequence; track is the frozen copy, None when out of date."""

    statuses: bytearray
    scores: bytearray
    track: Track | None = None


@dataclass(slots=True)
class State:
    """What the Session knows.

    cells: by (frame, object_id); changes: how often one changed. lines: by object id.
    polygons: of the current frame, by object id: the mask, its outlines, and the
    mask that they were traced from before any of their edits. reshapes: edits that their masks have not followed
    yet, oldest first; for each mask the first one is under way. seen: of each frame a byte, 1 when somebody has
    looked at it since its masks changed. carried: when the frame was last propagated, in steps.
    gestures: how many the journal was told of since the sequence was opened, undoing and redoing included;
    stored_gestures: how many of them are durable.
    altered: frames whose masks the 3D picture has not followed yet.
    """

    sequence: SequenceInfo | None = None
    opening: str = ""
    series_choice: tuple[str, tuple[SeriesInfo, ...]] = ("", ())
    frame: int = 0
    seen: bytearray = field(default_factory=bytearray)
    propagation_order: dict[int, int] = field(default_factory=dict)
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
    cells: dict[tuple[int, int], Annotation] = field(default_factory=dict)
    changes: int = 0
    lines: dict[int, Lines] = field(default_factory=dict)
    dirty_frames: set[int] = field(default_factory=set)
    references: dict[int, list[int]] = field(default_factory=dict)
    track_buffers: dict[int, TrackBuffer] = field(default_factory=dict)
    history: History = field(default_factory=History)
    pending: Pending | None = None
    segment_job: int = 0
    finish_label: int | None = None
    finish_awaited: bool = False
    polygons: dict[int, tuple[Mask, tuple[Polygon, ...], Mask]] = field(default_factory=dict)
    reshapes: tuple[Reshape, ...] = ()
    propagation: Propagating | None = None
    export: ExportState | None = None
    importing: str = ""
    warming: str = ""
    effort: EffortReport | None = None
    unfinished: PropagationRequested | None = None
    marks: tuple[int | None, int | None] = (None, None)
    view: View = field(default_factory=View)
    view3d: View3D = field(default_factory=View3D)
    toasts: tuple[Toast, ...] = ()
    engine: str = ""
    device: str = ""
    engine_loading: EngineLoad | None = None
    choice: EngineChoice = field(default_factory=EngineChoice)
    choices: Choices = field(default_factory=dict)
    recent_models: tuple[str, ...] = ()
    models: tuple[ModelRow, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    awaited: dict[str, ModelKind] = field(default_factory=dict)
    operator: str = ""
    worklist: WorklistSnapshot = WorklistSnapshot()
    entry_id: str = ""
    sorting: Sorting = "arrival"
    next_job: int = 1
    next_object: int = 1
    next_edit: int = 1
    next_toast: int = 1
    gestures: int = 0
    stored_gestures: int = 0
    storage_failed: bool = False

    def job(self) -> int:
        """Return a job id never used before."""
        self.next_job += 1
        return self.next_job - 1

    def toast(self, level: ToastLevel, text: str, *, stays: bool = False) -> None:
        """Show a message; the oldest give way, and the same text is not shown twice."""
        others = tuple(item for item in self.toasts if item.text != text)
        self.toasts = (*others, Toast(self.next_toast, level, text, stays))[-TOASTS_KEPT:]
        self.next_toast += 1

    def annotation(self, frame: int, object_id: int) -> Annotation | None:
        """What is known of an object on a frame."""
        return self.cells.get((frame, object_id))

    def refuses(self, frame: int, object_id: int | None) -> bool:
        """Whether a mask is verified, and so locked; the annotator is told how to unlock it."""
        cell = self.cells.get((frame, object_id)) if object_id is not None else None
        if cell is None or cell.status != Status.VERIFIED:
            return False
        self.toast("warning", "This mask is verified and locked. Unlock the frame first to change it.")
        return True

    def on_frame(self, frame: int) -> tuple[tuple[int, Annotation], ...]:
        """The objects that have a mask on a frame, in object order."""
        found = ((item.object_id, self.annotation(frame, item.object_id)) for item in self.objects)
        return tuple((object_id, cell) for object_id, cell in found if cell is not None)

    def object(self, object_id: int | None) -> Object | None:
        """The object of this id."""
        return next((item for item in self.objects if item.object_id == object_id), None)

    def put(self, frame: int, object_id: int, annotation: Annotation | None) -> None:
        """Set what is known of an object on a frame, and all that follows from it."""
        self.changes += 1
        self.dirty_frames.add(frame)
        before = self.cells.pop((frame, object_id), None)
        if before is not None and before.reference:
            self.references[object_id].remove(frame)
        if annotation is not None:
            self.cells[(frame, object_id)] = annotation
            if annotation.reference:
                insort(self.references.setdefault(object_id, []), frame)
        buffer = self._buffer(object_id)
        buffer.statuses[frame] = annotation.status if annotation is not None else 0
        buffer.scores[frame] = round(255 * annotation.score) if annotation is not None else 0
        buffer.track = None
        if frame != self.frame and frame < len(self.seen):
            self.seen[frame] = 0

    def mark_seen(self, seen: bytes = b"") -> None:
        """The annotator looks at the current frame; seen: what is known of all frames from before."""
        frames = self.sequence.frames if self.sequence else 0
        if len(self.seen) != frames:
            self.seen = bytearray(seen if len(seen) == frames else frames)
        if frames:
            self.seen[self.frame] = 1

    def change(self, edit: Edit) -> None:
        """Carry out an edit."""
        if edit.labels is not None:
            self.labels = edit.labels[1]
        if edit.objects is not None:
            self._set_objects(edit.objects[1])
        for change in edit.cells:
            self.put(change.frame, change.object_id, change.after)
        if self.label not in {label.value for label in self.labels}:
            self.label = self.labels[0].value if self.labels else None

    def commit(self, edit: Edit, model: str = "") -> list[Order]:
        """Carry out an edit, keep it for undo and have it recorded."""
        self.change(edit)
        self.history.add(edit)
        self.next_edit = max(self.next_edit, edit.edit_id + 1)
        return [Record(edit, "done", model)]

    def grow(self, edit_id: int, cells: tuple[CellChange, ...]) -> list[Order]:
        """Add changes to an edit that was committed before."""
        for change in cells:
            self.put(change.frame, change.object_id, change.after)
        self.history.extend(edit_id, cells)
        return [Record(Edit(edit_id, "", merge(cells)), "grown", self.engine)]

    def track(self, item: Object) -> Track:
        """The object's statuses and scores along the sequence; the same Track until something changes."""
        buffer = self._buffer(item.object_id)
        if buffer.track is None or buffer.track.label != item.label:
            buffer.track = Track(item.object_id, item.label, bytes(buffer.statuses), bytes(buffer.scores))
        return buffer.track

    def reset(self) -> None:
        """Forget the sequence; engine, view and messages stay."""
        fresh = State()
        for name in State.__slots__:
            if name not in KEPT:
                setattr(self, name, getattr(fresh, name))

    def _set_objects(self, objects: tuple[Object, ...]) -> None:
        self.objects = objects
        known = {item.object_id for item in objects}
        if self.selected not in known:
            self.selected = None
        self.next_object = max([self.next_object, *(object_id + 1 for object_id in known)])

    def _buffer(self, object_id: int) -> TrackBuffer:
        frames = self.sequence.frames if self.sequence else 0
        return self.track_buffers.setdefault(object_id, TrackBuffer(bytearray(frames), bytearray(frames)))
