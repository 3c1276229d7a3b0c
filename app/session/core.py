"""The state machine: events in, orders out. No I/O, no clock, no threads, no arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar, cast

from app.domain.annotation import Color, Mask
from app.domain.history import Edit
from app.domain.object_colors import object_colors, target_color
from app.messages import events as ev
from app.messages.events import night as ne
from app.messages.events import worklist as we
from app.messages.orders import HideView3D, Order, Record, RecordCursor, ShowFrame, ShowView3D
from app.messages.snapshot import EditsState, Snapshot
from app.session import (
    clicks,
    comments,
    engines,
    files,
    importing,
    labels,
    mask_copies,
    mask_edits,
    models,
    navigation,
    night,
    objects,
    polygons,
    propagation,
    reshapes,
    review,
    scans,
    sheet,
    tools,
    view3d,
    worklist,
)
from app.session.state import State

E = TypeVar("E", bound=ev.Event)
Handler = Callable[[State, ev.Event], list[Order]]


def _undo(state: State, _event: ev.Undone) -> list[Order]:
    """Undo a click of the pending mask, or else the last edit."""
    if state.pending is not None and state.pending.frame != state.sequence.frame:
        return clicks.drop_pending(state)
    if state.pending is not None and state.pending.prompts:
        return clicks.undo_click(state)
    if state.waiting_edits:
        return mask_edits.undo_last(state)
    if state.reshapes:
        return reshapes.undo_last(state)
    if not state.history.done:
        return []
    orders = clicks.drop_pending(state) + propagation.cancel(state)
    edit = state.history.undo()
    if edit is None:
        return orders
    state.apply(edit.inverse)
    return [
        *orders,
        Record(edit, "undone"),
        *labels.keep_labels(state, edit),
        *_follow(state, edit, "Undone"),
    ]


def _redo(state: State, _event: ev.Redone) -> list[Order]:
    """Redo a click of the pending mask, or else the last undone edit."""
    if state.pending is not None and state.pending.undone:
        return clicks.redo_click(state)
    if not state.history.undone:
        return []
    orders = clicks.drop_pending(state) + propagation.cancel(state)
    edit = state.history.redo()
    if edit is None:
        return orders
    state.apply(edit)
    return [
        *orders,
        Record(edit, "redone"),
        *labels.keep_labels(state, edit),
        *_follow(state, edit, "Redone"),
    ]


def _follow(state: State, edit: Edit, what: str) -> list[Order]:
    """Show the frame that an undone or redone gesture was made on, and select its object where none is selected.

    What happened out of sight is said. what: "Undone" or "Redone".
    """
    state.is_finished = False
    labels.select_again(state, (change.object_id for change in edit.cells))
    touched = {change.frame for change in edit.cells}
    by_hand = {change.frame for change in edit.cells if change.after is None or change.after.reference}
    frames = by_hand if len(by_hand) == 1 else touched
    if edit.comments is not None:
        state.add_toast("info", f"{what}: {edit.title.lower()}.")
    if not frames or state.sequence.frame in frames:
        return polygons.refresh_outlines(state)
    where = f"frame {min(touched)}" if len(touched) == 1 else f"{len(touched)} frames"
    state.add_toast("info", f"{what}: {edit.title.lower()}, {where}.")
    if len(frames) > 1:
        return polygons.refresh_outlines(state)
    return navigation.on_requested(state, ev.FrameRequested(frames.pop()))


def _take_answer(state: State, event: ev.PendingSegmented) -> list[Order]:
    """Take the answer to prompts; edits that waited for its finish go on."""
    return clicks.on_segmented(state, event) + mask_edits.proceed(state)


def _take_failure(state: State, event: ev.SegmentationFailed) -> list[Order]:
    """Take the failure of a segmentation; edits that waited for it go on."""
    return clicks.on_segmentation_failed(state, event) + mask_edits.proceed(state)


def _add_propagated(state: State, event: ev.FramePropagated) -> list[Order]:
    """Add the results of one frame; outlines that are edited there follow the masks."""
    orders = propagation.on_propagated(state, event)
    return orders + polygons.refresh_outlines(state) if event.frame == state.sequence.frame else orders


def _on(kind: type[E], handler: Callable[[State, E], list[Order]]) -> tuple[type[ev.Event], Handler]:
    """Pair a kind of event with its handler, whose types must agree."""
    return kind, cast(Handler, handler)


HANDLERS: dict[type[ev.Event], Handler] = dict(
    (
        _on(ev.SequenceRequested, files.on_sequence_requested),
        _on(ev.SequenceOpened, files.on_sequence_opened),
        _on(ev.SequenceClosed, files.on_sequence_closed),
        _on(ev.FrameRequested, navigation.on_requested),
        _on(ev.FrameStepped, navigation.on_stepped),
        _on(ev.TimeStepped, navigation.on_time_stepped),
        _on(ev.WorstFrameRequested, navigation.on_worst),
        _on(ev.BestFrameRequested, navigation.on_best),
        _on(ev.ReferenceStepped, navigation.on_reference_stepped),
        _on(ev.PlayToggled, navigation.on_play_toggled),
        _on(ev.PlaybackAdvanced, navigation.on_advanced),
        _on(ev.SpeedChosen, navigation.on_speed),
        _on(ev.LoopToggled, navigation.on_loop),
        _on(ev.RangeMarked, navigation.on_marked),
        _on(ev.ClickAdded, clicks.on_click),
        _on(ev.PromptDrawn, clicks.on_prompt),
        _on(ev.ClicksCleared, clicks.on_cleared),
        _on(ev.PendingSegmented, _take_answer),
        _on(ev.SegmentationFailed, _take_failure),
        _on(ev.MaskFinished, clicks.on_finish),
        _on(ev.MaskSet, clicks.on_mask_set),
        _on(ev.MasksSet, clicks.on_masks_set),
        _on(ev.MaskDeleted, clicks.on_mask_deleted),
        _on(ev.Undone, _undo),
        _on(ev.Redone, _redo),
        _on(ev.PolygonsTraced, polygons.on_traced),
        _on(ev.VertexMoved, polygons.on_vertex_moved),
        _on(ev.VertexDeleted, polygons.on_vertex_deleted),
        _on(ev.VertexInserted, polygons.on_vertex_inserted),
        _on(ev.PolygonDeleted, polygons.on_polygon_deleted),
        _on(ev.MaskEditRequested, mask_edits.on_requested),
        _on(ev.ObjectCut, mask_edits.on_requested),
        _on(ev.ObjectsMerged, mask_edits.on_requested),
        _on(ev.GapsInterpolated, mask_edits.on_requested),
        _on(ev.MasksEdited, mask_edits.on_edited),
        _on(ev.MaskEditFailed, mask_edits.on_failed),
        _on(ev.MaskCopied, mask_copies.on_copied),
        _on(ev.MaskPasted, mask_copies.on_pasted),
        _on(ev.MaskCopiedOn, mask_copies.on_copied_on),
        _on(ev.RangeCleared, mask_copies.on_range_cleared),
        _on(ev.MaskReshaped, reshapes.on_reshaped),
        _on(ev.ReshapeFailed, reshapes.on_failed),
        _on(ev.LabelAdded, labels.on_added),
        _on(ev.LabelChanged, labels.on_changed),
        _on(ev.LabelCoded, labels.on_coded),
        _on(ev.LabelDeleted, labels.on_deleted),
        _on(ev.LabelMoved, labels.on_moved),
        _on(ev.LabelsRecalled, labels.on_recalled),
        _on(ev.LabelsReplaced, labels.on_replaced),
        _on(ev.LabelChosen, labels.on_chosen),
        _on(ev.ObjectAdded, labels.on_object_added),
        _on(ev.ObjectChosen, labels.on_object_chosen),
        _on(ev.ObjectPicked, clicks.on_picked),
        _on(ev.ObjectStepped, labels.on_object_stepped),
        _on(ev.ObjectRelabelled, labels.on_object_relabelled),
        _on(ev.CommentAdded, comments.on_added),
        _on(ev.CommentChanged, comments.on_changed),
        _on(ev.ObjectDescribed, objects.on_described),
        _on(ev.ObjectsHidden, objects.on_hidden),
        _on(ev.ObjectSplit, objects.on_split),
        _on(ev.ObjectDeleted, labels.on_object_deleted),
        _on(ev.PropagationRequested, propagation.on_requested),
        _on(ev.FramePropagated, _add_propagated),
        _on(ev.PropagationEnded, propagation.on_ended),
        _on(ev.PropagationCancelled, propagation.on_cancelled),
        _on(ev.PropagationResumed, propagation.on_resumed),
        _on(ev.FramesVerified, review.on_verified),
        _on(ev.SheetToggled, sheet.on_toggled),
        _on(ev.SheetOrdered, sheet.on_ordered),
        _on(ev.SheetScrolled, sheet.on_scrolled),
        _on(ev.FramesMarked, sheet.on_marked),
        _on(ev.SeenVerified, sheet.on_seen_verified),
        _on(ev.ToolChanged, tools.on_changed),
        _on(ev.LimitsChanged, tools.on_limits),
        _on(ev.ViewChanged, files.on_view_changed),
        _on(ev.WindowChanged, scans.on_window_changed),
        _on(ev.WindowFitted, scans.on_window_fitted),
        _on(ev.OrientationChosen, scans.on_orientation),
        _on(ev.CrossMoved, scans.on_cross),
        _on(ev.View3DChanged, view3d.on_changed),
        _on(ev.AreasRequested, scans.on_areas_requested),
        _on(ev.AreasMeasured, scans.on_areas_measured),
        _on(ev.PixelSizeGiven, scans.on_pixel_size),
        _on(ev.SeriesRequested, scans.on_series_requested),
        _on(ev.SeriesOffered, scans.on_series),
        _on(ev.ScanMeasured, scans.on_measured),
        _on(ev.ExportRequested, files.on_export_requested),
        _on(ev.ArchiveRequested, files.on_archive_requested),
        _on(ev.ArchiveExported, files.on_archive_exported),
        _on(ev.DataSetRequested, files.on_data_set_requested),
        _on(ev.ExportAdvanced, files.on_export_advanced),
        _on(ev.ExportEnded, files.on_export_ended),
        _on(ev.ExportCancelled, files.on_export_cancelled),
        _on(ev.MasksImportRequested, importing.on_requested),
        _on(ev.MasksImported, importing.on_imported),
        _on(ev.MasksImportConfirmed, importing.on_confirmed),
        _on(ev.MasksImportCancelled, importing.on_cancelled),
        _on(ev.MasksImportFailed, importing.on_failed),
        _on(ev.LabelsClashed, importing.on_clashed),
        _on(ev.LabelsLoadRequested, files.on_labels_load),
        _on(ev.LabelsSaveRequested, files.on_labels_save),
        _on(ev.EnginesRemembered, engines.on_remembered),
        _on(ev.EngineChosen, engines.on_chosen),
        _on(ev.ModelsChosen, engines.on_models_chosen),
        _on(ev.EngineAdvanced, engines.on_advanced),
        _on(ev.EngineReady, engines.on_ready),
        _on(ev.EngineFailed, engines.on_failed),
        _on(ev.EngineCancelled, engines.on_cancelled),
        _on(ev.ModelsRequested, models.on_requested),
        _on(ev.ModelsListed, models.on_listed),
        _on(ev.ModelDownloadRequested, models.on_download),
        _on(ev.ModelsImportRequested, models.on_import),
        _on(ev.TransferAdvanced, models.on_advanced),
        _on(ev.TransferEnded, models.on_ended),
        _on(ev.TransferCancelled, models.on_cancelled),
        _on(ev.Noticed, files.on_noticed),
        _on(ev.ToastDismissed, files.on_dismissed),
        _on(ev.StorageFailed, files.on_storage_failed),
        _on(ev.EditsStored, files.on_stored),
        _on(ev.OperatorChosen, files.on_operator),
        _on(we.WorklistChanged, worklist.on_changed),
        _on(we.WorklistSorted, worklist.on_sorted),
        _on(we.EntryRetried, worklist.on_retried),
        _on(we.DropFolderChosen, worklist.on_folder),
        _on(we.SequenceFinished, worklist.on_finished),
        _on(we.SequenceReopened, worklist.on_reopened),
        _on(we.UnseenRequested, navigation.on_unseen),
        _on(we.SequenceWarmed, worklist.on_warmed),
        _on(we.EffortRequested, worklist.on_effort_requested),
        _on(we.EffortMeasured, worklist.on_effort_measured),
        _on(ne.JobsQueued, night.on_queued),
        _on(ne.JobsRemoved, night.on_removed),
        _on(ne.JobMoved, night.on_moved),
        _on(ne.NightHoursChosen, night.on_hours),
        _on(ne.PersonSeen, night.on_person),
        _on(ne.NightQueueChanged, night.on_changed),
    )
)


class Session:
    """The state machine of the open sequence and its annotations."""

    def __init__(self) -> None:
        self._state = State()
        self._revision = 0
        self._shown: object = None
        self._view3d: object = None

    def handle(self, event: ev.Event) -> list[Order]:
        """Handle an event, return the orders that follow. Raises KeyError for an unknown kind of event."""
        orders = HANDLERS[type(event)](self._state, event)
        leaving = self._state.leaving
        if leaving is not None and not self._state.is_awaiting:
            self._state.leaving = None
            orders = [*orders, *HANDLERS[type(leaving)](self._state, leaving)]
        orders = [self._completed(order) for order in orders]
        self._state.gestures += sum(isinstance(order, Record) and order.is_gesture for order in orders)
        self._revision += 1
        shown = self._visible()
        if shown != self._shown and self._state.sequence.info is not None:
            orders = [
                *orders,
                self._show_frame(),
            ]
        self._shown = shown
        return [*orders, *self._follow_view3d()]

    def _completed(self, order: Order) -> Order:
        """Return an order with what it needs of the state after the event."""
        state = self._state
        if isinstance(order, Record):
            seen = bytes(state.seen) if order.edit.cells else b""
            return replace(order, operator=state.operator, seen=seen, selected=state.sequence.selected)
        if isinstance(order, RecordCursor):
            return replace(order, seen=bytes(state.seen), selected=state.sequence.selected)
        return order

    def layers(self) -> tuple[tuple[Mask, Color], ...]:
        """Return the masks to paint on the current frame, lower ones first, with their colours."""
        state = self._state
        if not state.view.overlay_visible:
            return ()
        rows = {label.value: row for row, label in enumerate(state.labels)}
        colors = object_colors(state.labels, state.sequence.objects)
        values = {item.object_id: item.label for item in state.sequence.objects}
        pending = state.pending_here
        hidden = pending.target if pending is not None and pending.mask is not None else None
        painted = []
        for object_id, cell in state.annotations_on(state.sequence.frame):
            if object_id != hidden and object_id not in state.sequence.hidden:
                painted.append((rows.get(values[object_id], len(rows)), cell.mask, colors[object_id]))
        ordered = [(mask, color) for _, mask, color in sorted(painted, key=lambda item: item[0])]
        if pending is not None and pending.mask is not None:
            ordered.append(
                (
                    pending.mask,
                    target_color(state.labels, state.sequence.objects, pending.target, state.label),
                )
            )
        return tuple(ordered)

    def snapshot(self) -> Snapshot:
        """Return the state for the views."""
        state = self._state
        active = state.propagation
        return Snapshot(
            revision=self._revision,
            sequence=state.sequence,
            labels=state.labels,
            label=state.label,
            begins_new=state.is_finished and not state.is_chosen,
            pending=state.pending_here,
            annotations=state.annotations_on(state.sequence.frame),
            polygons=tuple((key, found[1]) for key, found in sorted(state.polygons.items())),
            tracks=tuple(state.track_of(item) for item in state.sequence.objects),
            propagation=active.state if active is not None else None,
            edits=self._edits(),
            can_resume=state.unfinished is not None,
            tasks=state.tasks,
            playback=state.playback,
            tools=state.tools,
            view=state.view,
            view3d=state.view3d,
            sheet=state.sheet,
            models=state.models,
            toasts=state.toasts,
            operator=state.operator,
            worklist=state.worklist,
            night=state.night,
        )

    def _edits(self) -> EditsState:
        state, pending = self._state, self._state.pending_here
        can_undo = (pending is not None and pending.prompts) or state.reshapes or state.waiting_edits
        return EditsState(
            can_undo=bool(can_undo or state.history.done),
            can_redo=bool((pending is not None and pending.undone) or state.history.undone),
            editing=bool(state.waiting_edits),
            saved=state.stored_gestures >= state.gestures and not (state.storage_failed or state.is_awaiting),
            unreviewed=review.count_unreviewed(state),
        )

    @property
    def state(self) -> State:
        """The state, to be read from the thread that handles events only."""
        return self._state

    def _follow_view3d(self) -> list[Order]:
        """Return the orders that bring the 3D picture up to date."""
        state, before = self._state, self._view3d
        self._view3d = view3d.visible_scene(state)
        if self._view3d is None:
            return [] if before is None else [HideView3D()]
        if self._view3d == before and not state.dirty_frames:
            return []
        frames = frozenset(state.dirty_frames)
        state.dirty_frames.clear()
        return [ShowView3D(frames)]

    def _show_frame(self) -> ShowFrame:
        state = self._state
        return ShowFrame(
            state.sequence.frame, self.layers(), state.view.window, state.drawn, state.view.adjustment
        )

    def _visible(self) -> tuple[object, ...]:
        """Return everything that decides what the current frame looks like."""
        state = self._state
        return state.sequence.info, self._show_frame()
