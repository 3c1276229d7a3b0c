"""Comments on frames, ranges and the sequence as CSV (RFC 4180)."""

from pathlib import Path

from app.domain.comment import Comment
from app.domain.errors import ExportError
from app.storage.exporters.csv_table import safe_cell, write_csv
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
        write_csv(target, HEADER, map(_row, comments))
    return [target]


def _row(comment: Comment) -> tuple[object, ...]:
    stop = None if comment.stop is None else comment.stop - 1
    tags = " ".join(comment.tags)
    texts = map(safe_cell, (tags, comment.text, comment.author))
    return comment.place, comment.start, stop, *texts
