"""Effort and authorship of a sequence, from its journals to CSV."""

import sqlite3
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from app.domain.annotation import Status
from app.domain.effort import CellEdit, Effort, LoggedEdit, effort_of_objects
from app.domain.errors import ExportError
from app.storage.exporters.csv_table import safe_cell, write_csv
from app.storage.exporters.export_job import ExportJob, translate_write_errors
from app.storage.volume.reorient import REORIENT_TITLE
from app.storage.workspace import payloads
from app.storage.workspace.database import reading
from app.storage.workspace.workspace import JOURNALS

HEADER = (
    "object", "label", "operators", "edits", "clicks", "seconds", "frames_made", "frames_corrected",
    "frames_verified", "models", "first", "last",
)  # fmt: skip


def export_effort(job: ExportJob, folder: Path) -> list[Path]:
    """Write <name>_effort.csv: the work that each object took. Raises ExportError, StorageFull or WorkspaceError."""
    if job.journal is None:
        raise ExportError("There is no journal, so nothing is known of the work.", subject=job.info.name)
    names = {label.value: label.name for label in job.labels}
    labels = {item.object_id: names.get(item.label, "") for item in job.objects}
    target = folder / f"{job.name}_effort.csv"
    write_effort(target, effort_of_objects(read_logged_edits(job.journal)), labels)
    return [target]


def read_logged_edits(journal: Path) -> tuple[LoggedEdit, ...]:
    """Return every edit of a sequence, oldest first in each journal; what turning a scan carried over is none.

    journal: one of those of the sequence, one for each direction, all in one folder; they may be open elsewhere.
    Raises WorkspaceError when one cannot be read.
    """
    beside = set(journal.parent.glob(JOURNALS))
    return tuple(act for path in sorted({journal} | beside) for act in _read(path))


def _read(journal: Path) -> tuple[LoggedEdit, ...]:
    with reading(journal) as db:
        touches = _touches(db)
        return tuple(_acts(db, touches, journal.name))


def write_effort(path: Path, efforts: Mapping[int, Effort], labels: Mapping[int, str]) -> None:
    """Write one row an object. labels: names by object id. Raises ExportError or StorageFull."""
    with translate_write_errors(path):
        write_csv(path, HEADER, (_row(key, labels.get(key, ""), effort) for key, effort in efforts.items()))


def _row(object_id: int, label: str, effort: Effort) -> tuple[object, ...]:
    return (
        object_id,
        safe_cell(label),
        safe_cell("; ".join(effort.operators)),
        effort.edits,
        effort.clicks,
        round(effort.seconds, 1),
        effort.frames_made,
        effort.frames_corrected,
        effort.frames_verified,
        safe_cell("; ".join(effort.models)),
        _time(effort.first),
        _time(effort.last),
    )


def _time(at: float | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def _acts(
    db: sqlite3.Connection, touches: Mapping[int, tuple[CellEdit, ...]], journal: str
) -> Iterator[LoggedEdit]:
    columns = {row[1] for row in db.execute("PRAGMA table_info(edits)")}
    clicks = "clicks" if "clicks" in columns else "0"
    query = f"SELECT edit_id, title, at, operator, model, undone, {clicks} FROM edits ORDER BY edit_id"
    for edit_id, title, at, operator, model, undone, count in db.execute(query):
        if not title.startswith(REORIENT_TITLE):
            found = touches.get(edit_id, ())
            yield LoggedEdit(edit_id, title, at, operator, model, undone != 0, count, found, journal)


def _touches(db: sqlite3.Connection) -> dict[int, tuple[CellEdit, ...]]:
    found: dict[int, list[CellEdit]] = {}
    query = "SELECT edit_id, frame, object_id, before, after FROM changes ORDER BY rowid"
    for edit_id, frame, object_id, before, after in db.execute(query):
        found.setdefault(edit_id, []).append(CellEdit(frame, object_id, _status(before), _status(after)))
    return {edit_id: tuple(touches) for edit_id, touches in found.items()}


def _status(payload: bytes | None) -> Status | None:
    """Return the status of a mask; what a person made elsewhere is no work done here."""
    annotation = payloads.unpack_annotation(payload)
    if annotation is None:
        return None
    is_foreign = annotation.author is not None and annotation.status is Status.EDITED
    return Status.IMPORTED if is_foreign else annotation.status
