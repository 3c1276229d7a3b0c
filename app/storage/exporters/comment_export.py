"""Comments on frames, ranges and the sequence as CSV (RFC 4180)."""

from __future__ import annotations

import csv
from pathlib import Path

from app.domain.comment import Comment
from app.domain.errors import ExportError
from app.files.atomic_file import atomic_file
from app.storage.exporters.effort_export import FORMULA
from app.storage.exporters.export_job import ExportJob, translate_write_errors
from app.storage.workspace.stored_values import read_comments
from app.storage.workspace.workspace import JOURNALS

HEADER = ("about", "first_frame", "last_frame", "tags", "text", "author")


def export_comments(job: ExportJob, folder: Path) -> list[Path]:
    """Write <name>_comments.csv, one row a comment. Raises ExportError, StorageFull or WorkspaceError."""
    if job.journal is None:
        raise ExportError("There is no journal, so no comment is known.", subject=job.info.name)
    target = folder / f"{job.name}_comments.csv"
    comments = [
        comment for path in sorted(job.journal.parent.glob(JOURNALS)) for comment in read_comments(path)
    ]
    with translate_write_errors(target):
        folder.mkdir(parents=True, exist_ok=True)
        with atomic_file(target) as draft, draft.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(HEADER)
            rows.writerows(_row(comment) for comment in comments)
    return [target]


def _row(comment: Comment) -> tuple[object, ...]:
    stop = None if comment.stop is None else comment.stop - 1
    tags = " ".join(comment.tags)
    return (
        comment.place,
        comment.start,
        stop,
        plain_text(tags),
        plain_text(comment.text),
        plain_text(comment.author),
    )


def plain_text(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
