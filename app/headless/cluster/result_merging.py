"""Merging of what a worker has made of a job into the workspace as it is now."""

import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from app.domain.batch_jobs import BatchEntry
from app.domain.journal_merging import Work
from app.domain.propagation_merging import merge_propagated
from app.domain.sign_off import sign_off_in_force
from app.headless.cluster.cluster_job import ClusterResult
from app.storage.workspace.journal import Journal, JournalEntry
from app.storage.workspace.source_record import SourceRecord
from app.storage.workspace.stored_sequence import StoredSequence, work_of
from app.storage.workspace.workspace import Workspace


def merge_result(
    entry: BatchEntry, stored: StoredSequence, base: Work, result: ClusterResult, model: str, at: float
) -> BatchEntry:
    """Add the masks of a result in one edit; return the entry after it. Doing it twice changes nothing.

    base: what was sent. model: recorded with the edit. at: seconds since 1970. A sequence that was signed off meanwhile
    stays as it is, and the job has failed; one that was turned meanwhile waits to be done again. Raises WorkspaceBusy
    while the sequence is open elsewhere.
    """
    if result.entry.status != "done":
        return entry.fail(result.entry.problem, at)
    with TemporaryDirectory() as folder, Workspace(stored.folder) as workspace:
        path = Path(folder) / "theirs"
        path.write_bytes(result.journal)
        with Journal(path) as journal:
            theirs = work_of(journal.read(limit=0))
        if _current_journal(stored) != stored.journal:
            # What is merged beside the direction in use would be gone when the scan is turned back.
            return entry.put_off(
                "The scan was turned meanwhile: it is done again in the direction that it has now."
            )
        workspace.switch_journal(stored.journal.name)
        known = workspace.journal.read(limit=0)
        if (signed := sign_off_in_force(known.sign_offs)) is not None:
            return entry.fail(f"Signed off by {signed.by} meanwhile: nothing in it was changed.", at)
        made = merge_propagated(base, work_of(known), theirs, known.next_edit)
        if made.edit.cells:
            workspace.journal.write([JournalEntry(made.edit, "done", time.time(), model=model)])
    if made.outdated:
        return entry.put_off("A person has changed what it was propagated from: it is done again.")
    found = result.entry
    return replace(
        entry,
        status="done",
        frames=found.frames,
        lowest_score=found.lowest_score,
        stopped_at=found.stopped_at,
        ended=at,
    )


def _current_journal(stored: StoredSequence) -> Path:
    """Return the journal of the direction in which a sequence was annotated last, as it is now."""
    record = SourceRecord.read(stored.folder)
    return stored.journal if record is None else replace(stored, record=record).journal
