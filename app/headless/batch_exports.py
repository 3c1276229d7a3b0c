"""Exports of a job that is done while nobody works: pictures with text or faces wait, and no kind stops another."""

from dataclasses import replace
from pathlib import Path

from app.domain.batch_jobs import BatchEntry
from app.domain.errors import ExportError, IdentifyingPictures, UsageError
from app.headless.annotator import Annotator
from app.messages.events import OperatorChosen


def export_job(annotator: Annotator, entry: BatchEntry, at: float) -> BatchEntry:
    """Write the exports of a job, whose sequence is open; return its entry. at: seconds since 1970.

    It is done, or failed where a kind could not be written, as one for scans of a film; the others are written all the
    same. It tells refused pictures too. Raises StorageFull.
    """
    job, client = entry.job, annotator.client
    refused, failed, frames = [], [], set[int]()
    operator = client.read_state(lambda state: state.operator)
    if job.operator:
        client.post(OperatorChosen(job.operator))
    try:
        for kind in job.exports:
            try:
                client.wait_until_durable()
                client.export((kind,), Path(job.export_folder), pictures=job.pictures)
            except IdentifyingPictures as error:
                refused.append(kind)
                frames.update(error.frames)
            except (ExportError, UsageError) as error:
                failed.append(f"{kind} was not written: {error}")
    finally:
        if job.operator:
            client.post(OperatorChosen(operator))
    ended = entry.finish(at, refused, len(frames))
    if not failed:
        return ended
    return replace(ended, status="failed", problem=" ".join([*failed, ended.problem]).strip())
