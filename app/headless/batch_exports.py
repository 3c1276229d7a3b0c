"""Exports of a job that is done while nobody works: pictures with text or faces wait, and nothing else."""

from __future__ import annotations

from pathlib import Path

from app.domain.batch_jobs import BatchEntry
from app.domain.errors import IdentifyingPictures
from app.headless.annotator import Annotator
from app.messages.events import OperatorChosen


def export_job(annotator: Annotator, entry: BatchEntry, at: float) -> BatchEntry:
    """Write the exports of a job, whose sequence is open; return its entry, done. at: seconds since 1970.

    Raises ExportError or StorageFull; not IdentifyingPictures, which the entry tells.
    """
    job, client = entry.job, annotator.client
    refused, frames = [], set[int]()
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
    finally:
        if job.operator:
            client.post(OperatorChosen(operator))
    return entry.finish(at, refused, len(frames))
