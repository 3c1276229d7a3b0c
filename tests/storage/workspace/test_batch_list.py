"""The list of jobs: several programs change it, one does the jobs, and what is no list is left alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.batch_jobs import BatchJob
from app.domain.errors import UsageError, WorkspaceBusy, WorkspaceError
from app.storage.workspace.batch_list import BatchList

JOBS = [BatchJob(f"{name}.mp4") for name in "abc"]


@pytest.fixture
def listed(tmp_path: Path) -> BatchList:
    return BatchList(tmp_path / "work" / "night.json")


def sources(listed: BatchList) -> list[str]:
    return [entry.job.source[0] for entry in listed.read()]


def test_jobs_are_added_moved_and_removed_and_a_waiting_one_is_not_added_twice(listed: BatchList) -> None:
    assert listed.read() == ()
    first, *_ = listed.add(JOBS)
    listed.add(JOBS[1:])
    assert sources(listed) == ["a", "b", "c"]
    listed.move(first.job_id, 1)
    assert sources(listed) == ["b", "a", "c"]
    listed.remove([first.job_id, "unknown"])
    assert sources(listed) == ["b", "c"]
    listed.put(first)
    assert sources(listed) == ["b", "c"]
    assert listed.path.stat().st_mode & 0o077 == 0


def test_a_job_that_ended_is_replaced_when_it_is_asked_for_again(listed: BatchList) -> None:
    failed = replace(listed.add(JOBS[:1])[0], status="failed", problem="broken")
    listed.put(failed)
    (again,) = listed.add(JOBS[:1])
    assert (again.status, again.problem) == ("waiting", "")
    assert again.job_id != failed.job_id


def test_changes_of_several_programs_at_a_time_are_all_kept(listed: BatchList) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: BatchList(listed.path).add([BatchJob(str(number))]), range(24)))
    assert {entry.job.source for entry in listed.read()} == {str(number) for number in range(24)}


def test_one_program_does_the_jobs(listed: BatchList) -> None:
    with listed.running(), pytest.raises(WorkspaceBusy, match="Another program"), listed.running():
        pass
    with listed.running():
        listed.add(JOBS)
    with pytest.raises(OSError, match="of the work"), listed.running():
        raise OSError("of the work")


@pytest.mark.parametrize(
    "text", ["", "{}", '{"format": 2, "jobs": [{}]}', '{"format": 99, "jobs": []}', "[1]"]
)
def test_what_is_no_list_is_named_and_left_as_it_is(listed: BatchList, text: str) -> None:
    listed.path.parent.mkdir()
    listed.path.write_text(text)
    with pytest.raises(UsageError, match="night.json"):
        listed.add(JOBS)
    assert listed.path.read_text() == text


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="cannot be written"):
        BatchList(tmp_path / "file" / "night.json").add(JOBS)
