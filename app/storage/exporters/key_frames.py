"""Frames that leave as key images; apart from their writer, which loads highdicom."""

from app.domain.comment import KEY_TAG
from app.domain.errors import ExportError
from app.storage.exporters.export_job import ExportJob
from app.storage.workspace.stored_values import read_comments


def key_frames(job: ExportJob) -> tuple[int, ...]:
    """Return the frames that were asked for, or marked, in order. Raises ExportError where there is none."""
    selected = job.selected()
    wanted = frozenset(selected.shown)
    if job.selection.frames is None:
        marks = () if job.journal is None else read_comments(job.journal)
        keys = {
            frame
            for mark in marks
            if KEY_TAG in mark.tags and mark.start is not None and mark.stop is not None
            for frame in range(mark.start, mark.stop)
        }
        wanted &= keys
    if not wanted:
        raise ExportError(
            "No frame is marked as a key image.",
            subject=job.name,
            remedy=f"Mark one, or comment it with #{KEY_TAG}.",
        )
    return tuple(sorted(wanted))
