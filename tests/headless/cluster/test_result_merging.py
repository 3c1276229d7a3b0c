"""What a worker propagated comes as one edit, and never into a sequence that was signed off meanwhile."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.annotation import Status
from app.domain.batch_jobs import BatchEntry, BatchJob
from app.domain.errors import WorkspaceBusy
from app.headless.cluster.cluster_job import ClusterResult
from app.headless.cluster.result_merging import merge_result
from app.storage.workspace.journal import Journal
from app.storage.workspace.stored_sequence import StoredSequence, copy_database, find_sequences, work_of
from app.storage.workspace.workspace import Workspace
from tests.helpers.clips import write_images
from tests.helpers.workspaces import SIZE, make_workspace, write_edit

ENTRY = BatchEntry(BatchJob("/clip"), "job", status="running")


@pytest.fixture
def sent(tmp_path: Path) -> tuple[StoredSequence, ClusterResult]:
    """A sequence with one mask, and the journal that came back with a second one."""
    write_images(tmp_path / "clip", ["a.png", "b.png"], SIZE)
    for name in ("here", "there"):
        make_workspace(tmp_path / name, tmp_path / "clip", {(0, 1): (Status.EDITED, 1.0)})
    (there,) = find_sequences(tmp_path / "there")
    write_edit(there.folder, {(1, 1): (Status.PROPAGATED, 0)}, 20.0)
    copy_database(there.journal, tmp_path / "returned")
    done = BatchEntry(ENTRY.job, "job", status="done", frames=1)
    (here,) = find_sequences(tmp_path / "here")
    return here, ClusterResult(done, (tmp_path / "returned").read_bytes())


def merge(sent: tuple[StoredSequence, ClusterResult]) -> BatchEntry:
    stored, result = sent
    return merge_result(ENTRY, stored, work_of(stored.read()[0]), result, "classic", 30.0)


def test_masks_come_once_and_wait_while_somebody_has_it_open(
    sent: tuple[StoredSequence, ClusterResult],
) -> None:
    with Workspace(sent[0].folder), pytest.raises(WorkspaceBusy):
        merge(sent)
    assert [merge(sent).status for _ in range(2)] == ["done", "done"]
    contents = sent[0].read()[0]
    assert [(frame, cell.status) for frame, _, cell in contents.cells] == [
        (0, Status.EDITED),
        (1, Status.PROPAGATED),
    ]
    assert contents.next_edit == 3


def test_a_sequence_that_was_signed_off_meanwhile_stays_as_it_is(
    sent: tuple[StoredSequence, ClusterResult],
) -> None:
    with Workspace(sent[0].folder) as workspace:
        workspace.journal.write([], {"sign_offs": [["Ada", 10.0, None]]})
    ended = merge(sent)
    assert ended.status == "failed" and ended.problem.startswith("Signed off by Ada meanwhile")
    assert len(sent[0].read()[0].cells) == 1


def test_a_scan_that_was_turned_meanwhile_is_done_again_in_the_direction_that_it_has_now(
    sent: tuple[StoredSequence, ClusterResult],
) -> None:
    stored = sent[0]
    with Journal(stored.folder / "journal-coronal.sqlite3"):
        pass
    replace(stored.record, orientation="coronal").write(stored.folder)
    ended = merge(sent)
    assert ended.status == "waiting" and "turned meanwhile" in ended.problem
    assert len(stored.read()[0].cells) == 1
    stored.record.write(stored.folder)
    assert merge(sent).status == "done"
    assert len(stored.read()[0].cells) == 2
