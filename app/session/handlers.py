"""The table of handlers by event; each takes the State and the event and returns the orders that follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from app.messages import events as ev
from app.messages.events import night as ne
from app.messages.events import pictures as pe
from app.messages.events import sign_offs as se
from app.messages.events import worklist as we
from app.messages.events.comparison import ComparisonRequested
from app.messages.orders import Order
from app.session import (
    clicks,
    comments,
    engines,
    exporting,
    files,
    importing,
    labels,
    mask_copies,
    mask_edits,
    models,
    navigation,
    night,
    objects,
    pictures,
    polygons,
    propagation,
    reshapes,
    review,
    scans,
    second_series,
    sheet,
    shots,
    sign_offs,
    tiers,
    tools,
    undoing,
    view3d,
    worklist,
)
from app.session.state import State

E = TypeVar("E", bound=ev.Event)
Handler = Callable[[State, ev.Event], list[Order]]


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
        _on(ev.SequenceAwaited, files.on_sequence_awaited),
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
        _on(ev.Undone, undoing.on_undone),
        _on(ev.Redone, undoing.on_redone),
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
        _on(ev.TierAdded, tiers.on_tier_added),
        _on(ev.TierDeleted, tiers.on_tier_deleted),
        _on(ev.TiersRecalled, tiers.on_recalled),
        _on(ev.TiersSaveRequested, tiers.on_save),
        _on(ev.MarkingToggled, tiers.on_marking),
        _on(ev.TermPressed, tiers.on_pressed),
        _on(ev.UnmaskedStepped, tiers.on_unmasked),
        _on(ev.SheetFiltered, sheet.on_filtered),
        _on(ev.IntervalAdded, tiers.on_added),
        _on(ev.IntervalChanged, tiers.on_changed),
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
        _on(ev.ThumbnailsWanted, shots.on_wanted),
        _on(ev.CutsFound, shots.on_found),
        _on(ev.CutStepped, shots.on_stepped),
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
        _on(ev.SecondSeriesRequested, second_series.on_requested),
        _on(ev.SecondSeriesOffered, second_series.on_offered),
        _on(ev.SecondSeriesChosen, second_series.on_chosen),
        _on(ev.SecondSeriesOpened, second_series.on_opened),
        _on(ev.SecondSeriesFailed, second_series.on_failed),
        _on(ev.SecondWindowChanged, second_series.on_window),
        _on(ev.SecondSeriesClosed, second_series.on_closed),
        _on(ev.ScanMeasured, scans.on_measured),
        _on(ev.ExportRequested, exporting.on_export_requested),
        _on(ev.ArchiveRequested, exporting.on_archive_requested),
        _on(ev.ArchiveExported, exporting.on_archive_exported),
        _on(ev.DataSetRequested, exporting.on_data_set_requested),
        _on(ComparisonRequested, exporting.on_comparison_requested),
        _on(ev.ExportAdvanced, exporting.on_export_advanced),
        _on(ev.ExportEnded, exporting.on_export_ended),
        _on(ev.ExportCancelled, exporting.on_export_cancelled),
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
        _on(ev.SiteLearningRequested, models.on_site_learning),
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
        _on(pe.PicturesRefused, pictures.on_refused),
        _on(pe.PictureChoiceDismissed, pictures.on_dismissed),
        _on(pe.PicturesReleased, pictures.on_released),
        _on(se.SequenceSignedOff, sign_offs.on_signed_off),
        _on(se.SignOffWithdrawn, sign_offs.on_withdrawn),
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
