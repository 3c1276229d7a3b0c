"""A repeat reading begins with the labels of the first one and nothing else of it, in a workspace of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.annotation import Status
from app.domain.errors import WorkspaceBusy, WorkspaceError
from app.storage.workspace.readings import begin_reading, find_readings, is_repeat, withdraw_reading
from app.storage.workspace.workspace import Workspace, find_source
from framewise import Workspace as ReadableWorkspace
from tests.helpers.clips import write_images
from tests.helpers.workspaces import LABELS, SIZE, make_workspace


@pytest.fixture
def first(tmp_path: Path) -> ReadableWorkspace:
    write_images(tmp_path / "clip", ["a.png", "b.png"], SIZE)
    folder = make_workspace(tmp_path / "work", tmp_path / "clip", {(0, 1): (Status.EDITED, 1.0)})
    with Workspace(folder) as workspace:
        workspace.journal.write([], {"pixel_size": 0.5})
    return ReadableWorkspace(tmp_path / "work")


def begin(work: ReadableWorkspace) -> Path:
    return begin_reading(work.path, "clip", work["clip"].fingerprint, 9.0)


def test_it_has_the_labels_and_the_pixel_size_and_no_mask_while_the_first_is_open(
    first: ReadableWorkspace,
) -> None:
    sequence = first["clip"]
    before = {path.name: path.read_bytes() for path in sequence.stored.folder.iterdir()}
    with Workspace(sequence.stored.folder):
        folder = begin(first)
    assert is_repeat(folder) and not is_repeat(sequence.stored.folder)
    (read,) = (ReadableWorkspace(folder)[name] for name in ReadableWorkspace(folder).sequences)
    assert read.labels == LABELS and read.objects == () and not any(read.frames())
    assert read.stored.values("pixel_size") == {"pixel_size": 0.5}
    assert find_source(folder).name == "clip"
    assert {path.name: path.read_bytes() for path in sequence.stored.folder.iterdir()} == before
    assert list(ReadableWorkspace(first.path).sequences) == ["clip"]


def test_each_reading_has_a_number_and_is_paired_with_the_first(first: ReadableWorkspace) -> None:
    assert [begin(first).parent.name for _ in range(2)] == ["2", "3"]
    assert [pair[0].name for pair in first.repeat_readings] == ["clip", "clip"]


def test_a_withdrawn_reading_is_kept_where_no_report_finds_it(first: ReadableWorkspace) -> None:
    folder = begin(first)
    with Workspace(folder), pytest.raises(WorkspaceBusy):
        withdraw_reading(folder)
    kept = withdraw_reading(folder)
    assert (kept / "journal.sqlite3").is_file()
    assert list(find_readings(first.path)) == []
    assert withdraw_reading(begin(first)) != kept


def test_without_a_first_reading_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="no first reading"):
        begin_reading(tmp_path, "clip", "f" * 64, 9.0)
