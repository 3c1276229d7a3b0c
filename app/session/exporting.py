"""Handlers of exports, of which one is under way at a time."""

import os
from dataclasses import replace
from typing import Final

from app.messages import events as ev
from app.messages.events.comparison import ComparisonRequested
from app.messages.orders import CancelExport, Compare, Export, ExportDataSet, Order, SendToArchive
from app.messages.snapshot import ExportState
from app.session import pictures
from app.session.state import State

MIXED: Final = (
    "Masks are still being propagated ({} of {} frames): these files mix old and new ones. "
    "Export again when it has ended."
)
NAMED_PATHS: Final = 3  # in one message; chosen by hand: more would cover the frame


def on_export_requested(state: State, event: ev.ExportRequested) -> list[Order]:
    """Start an export, one at a time."""
    if state.sequence.info is None or not pictures.may_begin(state, event.pictures):
        return []
    job = _begin(state, event.kinds[0])
    return (
        [Export(job, event.kinds, event.folder, event.selection, event.pictures)] if job is not None else []
    )


def on_archive_requested(state: State, _event: ev.ArchiveRequested) -> list[Order]:
    """Send the masks to the archive, one export at a time."""
    job = _begin(state, "dicom-seg") if state.sequence.info is not None else None
    return [SendToArchive(job)] if job is not None else []


def on_archive_exported(state: State, event: ev.ArchiveExported) -> list[Order]:
    """Say that the files wait to be sent, or why there are none."""
    text = f"{event.count} DICOM SEG for the archive; a message tells when it has arrived."
    _end(state, event.job, event.error, text)
    return []


def on_data_set_requested(state: State, event: ev.DataSetRequested) -> list[Order]:
    """Start the export of a data set, one export at a time."""
    if not pictures.may_begin(state, event.pictures):
        return []
    job = _begin(state, event.kind, mixes=False)
    return (
        [ExportDataSet(job, event.kind, event.folder, event.choice, event.pictures)]
        if job is not None
        else []
    )


def on_comparison_requested(state: State, event: ComparisonRequested) -> list[Order]:
    """Start the comparison with another work, one export at a time."""
    job = _begin(state, "comparison", mixes=False)
    return [Compare(job, event.other, event.folder, event.fingerprints)] if job is not None else []


def on_export_advanced(state: State, event: ev.ExportAdvanced) -> list[Order]:
    """Show the progress of the export."""
    if state.tasks.export is not None and state.tasks.export.job == event.job:
        export = ExportState(event.job, event.kind, event.done, event.total)
        state.tasks = replace(state.tasks, export=export)
    return []


def on_export_ended(state: State, event: ev.ExportEnded) -> list[Order]:
    """Show what was written, or the error."""
    text = f"Exported to {_named(event.paths)}."
    if _end(state, event.job, event.error, text) and event.note and not event.error:
        state.add_toast("warning", event.note)
    return []


def _named(paths: tuple[str, ...]) -> str:
    """Return the paths for a message, or the folder and count of many."""
    if len(paths) <= NAMED_PATHS:
        return ", ".join(paths)
    return f"{os.path.commonpath(paths)}: {len(paths)} files and folders"


def on_export_cancelled(state: State, _event: ev.ExportCancelled) -> list[Order]:
    """Stop the export."""
    return [CancelExport(state.tasks.export.job)] if state.tasks.export is not None else []


def _begin(state: State, kind: str, *, mixes: bool = True) -> int | None:
    """Return the job of a new export, None while another one is under way. mixes: warn of masks under way."""
    if state.tasks.export is not None:
        return None
    export = ExportState(state.new_job(), kind, 0, 0)
    state.tasks = replace(state.tasks, export=export)
    if mixes and state.propagation is not None:
        progress = state.propagation.state
        state.add_toast("warning", MIXED.format(progress.done, progress.total))
    return export.job


def _end(state: State, job: int, error: str, text: str) -> bool:
    """End an export with its error or a text; return whether it was the one under way."""
    if state.tasks.export is None or state.tasks.export.job != job:
        return False
    state.tasks = replace(state.tasks, export=None)
    state.add_toast("error" if error else "info", error or text)
    return True
