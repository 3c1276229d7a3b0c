"""All state of the application and the open sequence, and the few ways to change it."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any

from app.domain.annotation import (
    ELSEWHERE,
    UNKNOWN,
    Annotation,
    Label,
    Lines,
    Mask,
    Object,
    Polygon,
    Status,
)
from app.domain.batch_jobs import NightQueue
from app.domain.cut_stop import CutStop, CutStops
from app.domain.engine_choice import ModelKind
from app.domain.frame_order import order_of
from app.domain.history import CellChange, Edit, History, merge_changes
from app.domain.tier import Tier
from app.domain.tool import ToolSettings
from app.domain.worklist.entry import WorklistSnapshot
from app.imaging.mask_likeness import look_alike
from app.messages import events as ev
from app.messages.orders import EditMasks, Order, Record, Reshape
from app.messages.snapshot import (
    ModelsState,
    Pending,
    PlaybackState,
    PropagationState,
    SequenceState,
    Sheet,
    TasksState,
    TimelineState,
    Toast,
    Track,
    View,
    View3D,
)

WaitingEdit = ev.MaskEditRequested | ev.ObjectCut | ev.ObjectsMerged | ev.GapsInterpolated
TOASTS_KEPT = 5  # chosen by hand: more would cover the frame


def given_fields(
    event: ev.ViewChanged | ev.View3DChanged | ev.ToolChanged | ev.ObjectDescribed,
) -> dict[str, Any]:
    """Return the fields of an event that are to change, by name."""
    values = ((item.name, getattr(event, item.name)) for item in fields(event))
    return {name: value for name, value in values if value is not None}


@dataclass(slots=True)
class Propagating:
    """A propagation under way."""

    state: PropagationState
    request: ev.PropagationRequested
    edit_id: int  #: the edit that its results belong to
    setbacks: int = 0  #: how often in a row the worker was lost without a result in between
    cuts: frozenset[int] = frozenset()  #: that it has stopped at and the annotator is to hear of


@dataclass(slots=True)
class TrackBuffer:
    """An object along the sequence: a byte for each frame, as in Track."""

    statuses: bytearray
    scores: bytearray
    outdated: bytearray
    track: Track | None = None  #: the frozen copy, None when out of date


@dataclass(slots=True)
class SequenceData:
    """Data of the open sequence, forgotten with it."""

    sequence: SequenceState = SequenceState()
    tasks: TasksState = TasksState()
    waiting_import: ev.MasksImported | None = None  #: what is shown
    sheet: Sheet = Sheet()
    timeline: TimelineState = TimelineState()
    #: by frame, 1 when looked at since its masks changed visibly
    seen: bytearray = field(default_factory=bytearray)
    #: what was looked at, by object_id on frames that count as seen, where a mask that looks like it took its place
    seen_masks: dict[int, dict[int, Mask]] = field(default_factory=dict)
    #: by object_id, of the tuple they were read from: hundreds of objects are looked up for every gesture
    known_objects: tuple[tuple[Object, ...], dict[int, Object]] = field(default_factory=lambda: ((), {}))
    #: a person has chosen the object or its label since a mask was finished on this frame
    is_chosen: bool = False
    #: a mask was just finished on this frame: a prompt away from it begins another object
    is_finished: bool = False
    cells: dict[tuple[int, int], Annotation] = field(default_factory=dict)  #: by (frame, object_id)
    changes: int = 0  #: how often a cell changed
    lines: dict[tuple[int, int], Lines] = field(default_factory=dict)  #: by object_id and time point
    references: dict[int, list[int]] = field(default_factory=dict)  #: sorted frames by object_id
    cut_stops: CutStops = field(default_factory=CutStops)  #: where propagation has stopped
    track_buffers: dict[int, TrackBuffer] = field(default_factory=dict)
    dirty_frames: set[int] = field(default_factory=set)  #: whose masks the 3D picture does not show yet
    history: History = field(default_factory=History)
    pending: Pending | None = None
    segment_job: int = 0  #: the newest one; answers to earlier ones are dropped
    finish_awaited: bool = False  #: commit the pending mask as soon as it is answered
    finish_label: int | None = None
    #: outlines on the current frame by object_id: the mask, its outlines, and the mask they were traced from
    polygons: dict[int, tuple[Mask, tuple[Polygon, ...], Mask]] = field(default_factory=dict)
    #: edits of outlines that the masks have not followed yet, oldest first; of each mask the first is under way
    reshapes: tuple[Reshape, ...] = ()
    #: opens or closes as soon as all that was drawn and clicked is a mask
    leaving: ev.SequenceRequested | ev.SequenceClosed | None = None
    copied: Mask | None = None  #: to be pasted
    waiting_edits: tuple[WaitingEdit, ...] = ()  #: by hand tools, oldest first
    mask_edit: EditMasks | None = None  #: the order for the first of them, while it is under way
    propagation: Propagating | None = None
    unfinished: ev.PropagationRequested | None = None  #: a propagation that was cut off
    propagation_order: dict[int, int] = field(default_factory=dict)  #: by frame, higher for later results
    next_object: int = 1  #: ids that are free
    next_edit: int = 1
    gestures: int = 0  #: given to the journal since opening, undoing and redoing included
    stored_gestures: int = 0  #: how many of them are durable
    storage_failed: bool = False


@dataclass(slots=True)
class State(SequenceData):
    """All data of the Session: its own fields outlive the sequence, the inherited ones are reset with it."""

    view: View = field(default_factory=View)
    tools: ToolSettings = ToolSettings()
    view3d: View3D = field(default_factory=View3D)
    playback: PlaybackState = field(default_factory=PlaybackState)
    shown_unseen: list[int] = field(default_factory=list)  #: frames that were played since unseen ones play
    drawn: int = 0  #: gestures of the canvas up to this one are done with; see MaskEditRequested
    labels: tuple[Label, ...] = ()
    label_kind: str = ""  #: kind of sequences that the labels are for, "" for any
    labels_by_kind: dict[str, tuple[Label, ...]] = field(default_factory=dict)  #: when last left
    tiers_by_kind: dict[str, tuple[Tier, ...]] = field(default_factory=dict)  #: last used for a kind
    label: int | None = None  #: value of the label that new objects get
    models: ModelsState = field(default_factory=ModelsState)
    awaited_models: dict[str, ModelKind] = field(default_factory=dict)  #: to be used once they are downloaded
    worklist: WorklistSnapshot = field(default_factory=WorklistSnapshot)
    is_source_missing: bool = False  #: the file of the open sequence is not there at present
    night: NightQueue = NightQueue()
    operator: str = ""
    toasts: tuple[Toast, ...] = ()
    next_job: int = 1
    next_toast: int = 1

    def new_job(self) -> int:
        """Return a new job id."""
        self.next_job += 1
        return self.next_job - 1

    def add_toast(self, level: ev.ToastLevel, text: str, *, stays: bool = False, action: str = "") -> None:
        """Show a message; the oldest are dropped, and the same text is not shown twice.

        action: id of the one that goes on from here.
        """
        others = tuple(item for item in self.toasts if item.text != text)
        self.toasts = (*others, Toast(self.next_toast, level, text, stays, action))[-TOASTS_KEPT:]
        self.next_toast += 1

    @property
    def is_awaiting(self) -> bool:
        """Whether something that the annotator finished is not a mask yet."""
        return bool(self.finish_awaited or self.reshapes or self.waiting_edits)

    def annotation(self, frame: int, object_id: int | None) -> Annotation | None:
        """Return the annotation of an object on a frame, None for no object."""
        return self.cells.get((frame, object_id)) if object_id is not None else None

    def refuses(self, frame: int, object_id: int | None) -> bool:
        """Whether a mask is verified or its object locked; a message tells how to unlock it."""
        item = self.object(object_id)
        if item is not None and item.locked:
            self.add_toast("warning", f"Object #{object_id} is locked. Unlock it first to change its masks.")
            return True
        cell = self.annotation(frame, object_id)
        if cell is None or cell.status != Status.VERIFIED:
            return False
        self.add_toast("warning", "This mask is verified and locked. Unlock the frame first to change it.")
        return True

    @property
    def pending_here(self) -> Pending | None:
        """The pending mask of the current frame; one that was left is finished when its answer comes."""
        return (
            self.pending if self.pending is not None and self.pending.frame == self.sequence.frame else None
        )

    def annotations_on(self, frame: int) -> tuple[tuple[int, Annotation], ...]:
        """Return the annotations on a frame by object_id, in object order."""
        found = ((item.object_id, self.annotation(frame, item.object_id)) for item in self.sequence.objects)
        return tuple((object_id, cell) for object_id, cell in found if cell is not None)

    def object(self, object_id: int | None) -> Object | None:
        """Return the object of an id."""
        if self.known_objects[0] is not self.sequence.objects:
            self.known_objects = (
                self.sequence.objects,
                {item.object_id: item for item in self.sequence.objects},
            )
        return self.known_objects[1].get(object_id) if object_id is not None else None

    def set_annotation(self, frame: int, object_id: int, annotation: Annotation | None) -> None:
        """Set the annotation of an object on a frame, and all that is derived from it."""
        self.changes += 1
        self.dirty_frames.add(frame)
        before = self.cells.pop((frame, object_id), None)
        was_reference = before is not None and before.reference
        is_reference = annotation is not None and annotation.reference
        if was_reference:
            self.references[object_id].remove(frame)
        if annotation is not None:
            self.cells[(frame, object_id)] = annotation
        if is_reference:
            insort(self.references.setdefault(object_id, []), frame)
        buffer = self._buffer(object_id)
        buffer.statuses[frame] = annotation.status if annotation is not None else 0
        buffer.scores[frame] = round(255 * annotation.score) if annotation is not None else 0
        buffer.track = None
        self._mark_outdated(object_id, frame, is_span=was_reference or is_reference)
        self._note_unseen(frame, object_id, before, annotation)

    def add_cut_stops(self, stops: tuple[CutStop, ...]) -> None:
        """Add cuts that propagation has stopped at; those of references that have changed are forgotten."""
        self.cut_stops.add(stops)
        self.drop_cut_stops(lambda stop: not self._holds(stop))
        self._mark_stopped(stops)

    def drop_cut_stops(self, is_over: Callable[[CutStop], bool]) -> tuple[CutStop, ...]:
        """Forget some of these cuts and return them."""
        over = self.cut_stops.drop(is_over)
        cuts = sorted({stop.cut for stop in self.cut_stops.all()})
        self.sequence = replace(self.sequence, stopped_at=tuple(cuts))
        self._mark_stopped(over)
        return over

    def mark_seen(self, seen: bytes = b"") -> None:
        """Mark the current frame as looked at; seen: a byte for each frame, from before."""
        frames = self.sequence.info.frames if self.sequence.info else 0
        if len(self.seen) != frames:
            self.seen = bytearray(seen if len(seen) == frames else frames)
        if frames:
            self.seen[self.sequence.frame] = 1
            self.seen_masks.pop(self.sequence.frame, None)

    def apply(self, edit: Edit) -> None:
        """Apply an edit."""
        if edit.labels is not None:
            self.labels = edit.labels[1]
        if edit.objects is not None:
            self._set_objects(edit.objects[1])
        if edit.comments is not None:
            self.sequence = replace(self.sequence, comments=edit.comments[1])
        if edit.tiers is not None:
            self.sequence = replace(self.sequence, tiers=self.sequence.tiers.changed(edit.tiers))
        for change in edit.cells:
            self.set_annotation(change.frame, change.object_id, change.after)
        if self.label not in {label.value for label in self.labels}:
            self.label = self.labels[0].value if self.labels else None

    def commit(self, edit: Edit, model: str = "") -> list[Order]:
        """Apply an edit, keep it for undo and order it to be recorded; a sequence that is signed off stays as it is."""
        if (signed := self.sequence.signed_off) is not None:
            self.add_toast("warning", signed.refusal)
            return []
        self.apply(edit)
        self.history.add(edit)
        self.next_edit = max(self.next_edit, edit.edit_id + 1)
        return [Record(edit, "done", model)]

    def extend_edit(self, edit_id: int, cells: tuple[CellChange, ...]) -> list[Order]:
        """Add changes to an edit that was committed before."""
        for change in cells:
            self.set_annotation(change.frame, change.object_id, change.after)
        self.history.extend(edit_id, cells)
        return [Record(Edit(edit_id, "", merge_changes(cells)), "grown", self.models.engine)]

    def track_of(self, item: Object) -> Track:
        """Return the object's statuses and scores; the same Track until something changes."""
        buffer = self._buffer(item.object_id)
        if buffer.track is None or buffer.track.label != item.label:
            data = bytes(buffer.statuses), bytes(buffer.scores), bytes(buffer.outdated)
            buffer.track = Track(item.object_id, item.label, *data)
        return buffer.track

    def reset(self) -> None:
        """Forget the sequence: its fields become those of a fresh SequenceData."""
        fresh = SequenceData()
        for item in fields(SequenceData):
            setattr(self, item.name, getattr(fresh, item.name))
        self.playback = replace(self.playback, playing=False)
        self.worklist = replace(self.worklist, entry_id="")

    def _note_unseen(
        self, frame: int, object_id: int, before: Annotation | None, after: Annotation | None
    ) -> None:
        """Let a frame count as unseen, except where a model's mask looks like its mask that a person looked at."""
        if frame == self.sequence.frame or frame >= len(self.seen):
            self.seen_masks.pop(frame, None)
            return
        is_by_model = not any(cell is None or cell.status.is_locked for cell in (before, after))
        if self.seen[frame] and before is not None and after is not None and is_by_model:
            looked_at = self.seen_masks.setdefault(frame, {}).setdefault(object_id, before.mask)
            if look_alike(looked_at, after.mask):
                return
        self.seen_masks.pop(frame, None)
        self.seen[frame] = 0

    def _mark_outdated(self, object_id: int, frame: int, *, is_span: bool) -> None:
        """Mark the propagated mask on a frame, or those from the reference before it to the one after it."""
        buffer, anchors, start, stop = (
            self._buffer(object_id),
            self.references.get(object_id, []),
            frame,
            frame + 1,
        )
        if is_span:
            before, after = bisect_left(anchors, frame), bisect_right(anchors, frame)
            run = self._run(frame)
            start = max(anchors[before - 1] + 1 if before else 0, run.start)
            stop = min(anchors[after] if after < len(anchors) else run.stop, run.stop)
        buffer.outdated[start:stop] = bytes(stop - start)
        found = buffer.statuses.find(Status.PROPAGATED, start, stop)
        while found >= 0:
            buffer.outdated[found] = self._is_outdated(object_id, found, anchors)
            found = buffer.statuses.find(Status.PROPAGATED, found + 1, stop)

    def _is_outdated(self, object_id: int, frame: int, anchors: list[int]) -> bool:
        """Return whether a mask was carried from others than the references that are nearest now."""
        sources = self.cells[frame, object_id].sources
        after, run = bisect_left(anchors, frame), self._run(frame)
        beside = anchors[max(after - 1, 0) : after], anchors[after : after + 1]
        nearest = [[anchor for anchor in found if anchor in run] for found in beside]
        if not any(nearest) or sources in (UNKNOWN, ELSEWHERE):
            return False
        known = [self._known_versions(object_id, found, frame) for found in nearest]
        return any(source not in versions for source, versions in zip(sources, known, strict=True))

    def _known_versions(self, object_id: int, nearest: list[int], frame: int) -> tuple[int, ...]:
        """Return what an up-to-date mask may have come from on the side of a reference; 0 stands for nothing."""
        if not nearest:
            return (0,)
        version, way = self.cells[nearest[0], object_id].version, 1 if nearest[0] < frame else -1
        stop = self.cut_stops.find(object_id, nearest[0], version, way)
        return (version, 0) if stop is not None and stop.hides(frame) else (version,)

    def _holds(self, stop: CutStop) -> bool:
        """Whether the reference of a stop is as it was."""
        cell = self.annotation(stop.reference, stop.object_id)
        return cell is not None and cell.reference and cell.version == stop.version

    def _mark_stopped(self, stops: tuple[CutStop, ...]) -> None:
        """Mark what is outdated around the references of stops."""
        for stop in filter(self._holds, stops):
            self._mark_outdated(stop.object_id, stop.reference, is_span=True)
            self._buffer(stop.object_id).track = None

    def _run(self, frame: int) -> range:
        """Return the frames between which masks propagate."""
        return order_of(self.sequence.info).run(frame) if self.sequence.info is not None else range(0)

    def _set_objects(self, objects: tuple[Object, ...]) -> None:
        self.sequence = replace(self.sequence, objects=objects)
        known = {item.object_id for item in objects}
        if self.sequence.selected not in known:
            self.sequence = replace(self.sequence, selected=None)
        self.next_object = max([self.next_object, *(object_id + 1 for object_id in known)])

    def _buffer(self, object_id: int) -> TrackBuffer:
        frames = self.sequence.info.frames if self.sequence.info else 0
        return self.track_buffers.setdefault(
            object_id, TrackBuffer(bytearray(frames), bytearray(frames), bytearray(frames))
        )
