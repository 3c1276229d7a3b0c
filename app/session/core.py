"""The state machine: events in, orders out. No I/O, no clock, no threads, no arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.domain.annotation import Color, Mask
from app.messages import events as ev
from app.messages.events import worklist as we
from app.messages.orders import HideView3D, Order, Record, ShowFrame, ShowView3D
from app.messages.snapshot import Snapshot
from app.session import (
    clicks,
    engines,
    files,
    labels,
    models,
    navigation,
    polygons,
    propagation,
    reshapes,
    review,
    scans,
    view3d,
    worklist,
)
from app.session.state import State

Handler = Callable[[State, Any], list[Order]]


def _undo(state: State, _event: ev.Undone) -> list[Order]:
    """Take back a click of the pending mask, or else the last edit."""
    if state.pending is not None and state.pending.clicks:
        return clicks.undo_click(state)
    if state.reshapes:
        return reshapes.take_back(state)
    if not state.history.done:
        return []
    orders = clicks.drop(state) + propagation.cancel(state)
    edit = state.history.undo()
    if edit is None:
        return orders
    state.change(edit.inverse)
    return [*orders, Record(edit, "undone"), *_follow(state, edit)]


def _redo(state: State, _event: ev.Redone) -> list[Order]:
    """Bring back a click, or else the edit taken back last."""
    if state.pending is not None and state.pending.undone:
        return clicks.redo_click(state)
    if not state.history.undone:
        return []
    orders = clicks.drop(state) + propagation.cancel(state)
    edit = state.history.redo()
    if edit is None:
        return orders
    state.change(edit)
    return [*orders, Record(edit, "redone"), *_follow(state, edit)]


def _follow(state: State, edit: Any) -> list[Order]:
    """Show the frame that an undone or redone gesture was made on."""
    frames = {change.frame for change in edit.cells if change.after is None or change.after.reference}
    if len(frames) == 1 and state.frame not in frames:
        return navigation.on_requested(state, ev.FrameRequested(frames.pop()))
    return polygons.refresh(state)


HANDLERS: dict[type[ev.Event], Handler] = {
    ev.SequenceRequested: files.on_sequence_requested,
    ev.SequenceOpened: files.on_sequence_opened,
    ev.SequenceClosed: files.on_sequence_closed,
    ev.FrameRequested: navigation.on_requested,
    ev.FrameStepped: navigation.on_stepped,
    ev.WorstFrameRequested: navigation.on_worst,
    ev.ReferenceStepped: navigation.on_reference_stepped,
    ev.PlayToggled: navigation.on_play_toggled,
    ev.PlaybackAdvanced: navigation.on_advanced,
    ev.SpeedChosen: navigation.on_speed,
    ev.LoopToggled: navigation.on_loop,
    ev.RangeMarked: navigation.on_marked,
    ev.ClickAdded: clicks.on_click,
    ev.ClicksCleared: clicks.on_cleared,
    ev.PendingSegmented: clicks.on_segmented,
    ev.SegmentationFailed: clicks.on_segmentation_failed,
    ev.MaskFinished: clicks.on_finish,
    ev.MaskSet: clicks.on_mask_set,
    ev.MaskDeleted: clicks.on_mask_deleted,
    ev.Undone: _undo,
    ev.Redone: _redo,
    ev.PolygonsTraced: polygons.on_traced,
    ev.VertexMoved: polygons.on_vertex_moved,
    ev.VertexDeleted: polygons.on_vertex_deleted,
    ev.VertexInserted: polygons.on_vertex_inserted,
    ev.PolygonDeleted: polygons.on_polygon_deleted,
    ev.MaskReshaped: reshapes.on_reshaped,
    ev.ReshapeFailed: reshapes.on_failed,
    ev.LabelAdded: labels.on_added,
    ev.LabelChanged: labels.on_changed,
    ev.LabelDeleted: labels.on_deleted,
    ev.LabelMoved: labels.on_moved,
    ev.LabelsReplaced: labels.on_replaced,
    ev.LabelChosen: labels.on_chosen,
    ev.ObjectAdded: labels.on_object_added,
    ev.ObjectChosen: labels.on_object_chosen,
    ev.ObjectStepped: labels.on_object_stepped,
    ev.ObjectRelabelled: labels.on_object_relabelled,
    ev.ObjectDeleted: labels.on_object_deleted,
    ev.PropagationRequested: propagation.on_requested,
    ev.FramePropagated: propagation.on_propagated,
    ev.PropagationEnded: propagation.on_ended,
    ev.PropagationCancelled: propagation.on_cancelled,
    ev.PropagationResumed: propagation.on_resumed,
    ev.FramesVerified: review.on_verified,
    ev.ViewChanged: files.on_view_changed,
    ev.WindowChanged: scans.on_window_changed,
    ev.WindowFitted: scans.on_window_fitted,
    ev.OrientationChosen: scans.on_orientation,
    ev.CrossMoved: scans.on_cross,
    ev.View3DChanged: view3d.on_changed,
    ev.SeriesOffered: scans.on_series,
    ev.ScanMeasured: scans.on_measured,
    ev.ExportRequested: files.on_export_requested,
    ev.ExportAdvanced: files.on_export_advanced,
    ev.ExportEnded: files.on_export_ended,
    ev.ExportCancelled: files.on_export_cancelled,
    ev.MasksImportRequested: files.on_import_requested,
    ev.MasksImported: files.on_imported,
    ev.MasksImportCancelled: files.on_import_cancelled,
    ev.MasksImportFailed: files.on_import_failed,
    ev.LabelsLoadRequested: files.on_labels_load,
    ev.LabelsSaveRequested: files.on_labels_save,
    ev.EnginesRemembered: engines.on_remembered,
    ev.EngineChosen: engines.on_chosen,
    ev.ModelsChosen: engines.on_models_chosen,
    ev.EngineAdvanced: engines.on_advanced,
    ev.EngineReady: engines.on_ready,
    ev.EngineFailed: engines.on_failed,
    ev.EngineCancelled: engines.on_cancelled,
    ev.ModelsRequested: models.on_requested,
    ev.ModelsListed: models.on_listed,
    ev.ModelDownloadRequested: models.on_download,
    ev.ModelsImportRequested: models.on_import,
    ev.TransferAdvanced: models.on_advanced,
    ev.TransferEnded: models.on_ended,
    ev.TransferCancelled: models.on_cancelled,
    ev.Noticed: files.on_noticed,
    ev.ToastDismissed: files.on_dismissed,
    ev.StorageFailed: files.on_storage_failed,
    ev.EditsStored: files.on_stored,
    ev.OperatorChosen: files.on_operator,
    we.WorklistChanged: worklist.on_changed,
    we.WorklistSorted: worklist.on_sorted,
    we.EntryRetried: worklist.on_retried,
    we.DropFolderChosen: worklist.on_folder,
    we.SequenceFinished: worklist.on_finished,
    we.SequenceReopened: worklist.on_reopened,
    we.UnseenRequested: navigation.on_unseen,
    we.SequenceWarmed: worklist.on_warmed,
    we.EffortRequested: worklist.on_effort_requested,
    we.EffortMeasured: worklist.on_effort_measured,
}


class Session:
    """The open sequence and everything the annotator has made of it."""

    def __init__(self) -> None:
        self._state = State()
        self._revision = 0
        self._shown: object = None
        self._view3d: object = None

    def handle(self, event: ev.Event) -> list[Order]:
        """Take a fact, return what is to be done about it. Raises KeyError for an unknown kind of event."""
        orders = HANDLERS[type(event)](self._state, event)
        self._state.gestures += sum(isinstance(order, Record) and order.is_gesture for order in orders)
        self._revision += 1
        shown = self._visible()
        if shown != self._shown and self._state.sequence is not None:
            orders = [*orders, ShowFrame(self._state.frame)]
        self._shown = shown
        return [*orders, *self._follow_view3d()]

    def layers(self) -> tuple[tuple[Mask, Color], ...]:
        """The masks to paint on the current frame, lower ones first, with their colours."""
        state = self._state
        if not state.view.overlay_visible:
            return ()
        colors = {label.value: (row, label.color) for row, label in enumerate(state.labels)}
        values = {item.object_id: item.label for item in state.objects}
        pending = state.pending if state.pending is not None and state.pending.mask is not None else None
        hidden = pending.target if pending is not None and pending.base is not None else None
        painted = []
        for object_id, cell in state.on_frame(state.frame):
            row, color = colors.get(values[object_id], (len(colors), (255, 255, 255)))
            if object_id != hidden:
                painted.append((row, cell.mask, color))
        ordered = [(mask, color) for _, mask, color in sorted(painted, key=lambda item: item[0])]
        if pending is not None and pending.mask is not None:
            current = next((label.color for label in state.labels if label.value == state.label), (0, 255, 0))
            ordered.append((pending.mask, current))
        return tuple(ordered)

    def snapshot(self) -> Snapshot:
        """The state as the views see it."""
        state = self._state
        active = state.propagation
        pending = state.pending
        return Snapshot(
            revision=self._revision,
            sequence=state.sequence,
            opening=state.opening,
            series_choice=state.series_choice,
            frame=state.frame,
            cross=state.cross,
            extents=state.extents,
            playing=state.playing,
            speed=state.speed,
            loop=state.loop,
            mode=state.mode,
            labels=state.labels,
            label=state.label,
            objects=state.objects,
            selected=state.selected,
            pending=pending,
            annotations=state.on_frame(state.frame),
            polygons=tuple((key, found[1]) for key, found in sorted(state.polygons.items())),
            tracks=tuple(state.track(item) for item in state.objects),
            marks=state.marks,
            propagation=active.state if active is not None else None,
            export=state.export,
            importing=state.importing,
            warming=state.warming,
            effort=state.effort,
            can_resume=state.unfinished is not None,
            can_undo=bool((pending is not None and pending.clicks) or state.reshapes or state.history.done),
            can_redo=bool((pending is not None and pending.undone) or state.history.undone),
            view=state.view,
            view3d=state.view3d,
            toasts=state.toasts,
            engine=state.engine,
            device=state.device,
            engine_loading=state.engine_loading,
            choice=state.choice,
            choices=tuple(sorted(state.choices.items())),
            recent_models=state.recent_models,
            models=state.models,
            transfers=state.transfers,
            saved=state.stored_gestures >= state.gestures and not state.storage_failed,
            operator=state.operator,
            unreviewed=review.count_unreviewed(state),
            worklist=state.worklist,
            entry_id=state.entry_id,
            sorting=state.sorting,
        )

    @property
    def state(self) -> State:
        """The state itself, to read from the thread that handles events."""
        return self._state

    def _follow_view3d(self) -> list[Order]:
        """What the 3D picture needs since the last event."""
        state, before = self._state, self._view3d
        self._view3d = view3d.visible(state)
        if self._view3d is None:
            return [] if before is None else [HideView3D()]
        if self._view3d == before and not state.dirty_frames:
            return []
        frames = frozenset(state.dirty_frames)
        state.dirty_frames.clear()
        return [ShowView3D(frames)]

    def _visible(self) -> object:
        """Everything that decides what the current frame looks like."""
        state = self._state
        return state.sequence, state.frame, self.layers(), state.view.window
