"""Effort and authorship, counted from journals that really were written."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.annotation import Annotation, Object, Status
from app.domain.effort import CellEdit, Effort, LoggedEdit, effort_of_objects, effort_of_operators, time_edits
from app.domain.errors import ExportError, WorkspaceError
from app.domain.history import CellChange, Edit
from app.imaging.masks import encode
from app.storage.exporters.effort_export import read_logged_edits, write_effort
from app.storage.volume.reorient import REORIENT_TITLE
from app.storage.workspace.journal import Journal, JournalEntry

MASK = encode(np.ones((4, 5), bool))


def cell(status: Status) -> Annotation:
    return Annotation(MASK, status, reference=status is Status.EDITED)


def act(number: int, at: float, *touches: CellEdit, **fields) -> LoggedEdit:
    return LoggedEdit(number, "act", at, cells=touches, **fields)


def made(frame: int, object_id: int = 1) -> CellEdit:
    return CellEdit(frame, object_id, None, Status.EDITED)


def corrected(frame: int, object_id: int = 1) -> CellEdit:
    return CellEdit(frame, object_id, Status.PROPAGATED, Status.EDITED)


def verified(frame: int, object_id: int = 1) -> CellEdit:
    return CellEdit(frame, object_id, Status.PROPAGATED, Status.VERIFIED)


def travelled(frame: int, object_id: int = 1) -> CellEdit:
    return CellEdit(frame, object_id, None, Status.PROPAGATED)


def test_a_journal_tells_who_did_what(tmp_path: Path) -> None:
    path = tmp_path / "journal ?#%.sqlite3"
    with Journal(path) as journal:
        edits = [
            Edit(1, "Add object", objects=((), (Object(1, 1),))),
            Edit(2, "Finish mask", (CellChange(0, 1, None, cell(Status.EDITED)),)),
            Edit(3, "Propagate", tuple(CellChange(n, 1, None, cell(Status.PROPAGATED)) for n in range(1, 9))),
            Edit(4, "Finish mask", (CellChange(3, 1, cell(Status.PROPAGATED), cell(Status.EDITED)),)),
            Edit(5, "Verify", (CellChange(4, 1, cell(Status.PROPAGATED), cell(Status.VERIFIED)),)),
            Edit(6, "Delete mask", (CellChange(3, 1, cell(Status.EDITED), None),)),
        ]
        for edit, at in zip(edits, (100.0, 110.0, 111.0, 130.0, 135.0, 140.0), strict=True):
            journal.write([JournalEntry(edit, "done", at, operator="Ana", model="net")])
        journal.write([JournalEntry(edits[-1], "undone", 141.0)])
        acts = read_logged_edits(path)
    assert effort_of_objects(acts) == {
        1: Effort(
            edits=4,
            seconds=40.0,
            frames_made=1,
            frames_corrected=1,
            frames_verified=1,
            operators=("Ana",),
            models=("net",),
            first=110.0,
            last=140.0,
        )
    }
    assert effort_of_operators(acts)["Ana"].edits == 5


def test_the_effort_of_a_scan_counts_every_direction_once(tmp_path: Path) -> None:
    axial, sagittal = tmp_path / "journal.sqlite3", tmp_path / "journal-sagittal.sqlite3"
    finish = CellChange(3, 1, None, cell(Status.EDITED))
    with Journal(axial) as journal:
        edits = [Edit(number, "Finish mask", (finish,), clicks=2) for number in (1, 2)]
        for edit, at in zip(edits, (100.0, 150.0), strict=True):
            journal.write([JournalEntry(edit, "done", at, operator="Ana")])
    with Journal(sagittal) as journal:
        carried = tuple(CellChange(n, 1, None, cell(Status.EDITED)) for n in range(8))
        journal.write([JournalEntry(Edit(1, f"{REORIENT_TITLE}axial", carried), "done", 110.0)])
        edit = Edit(2, "Finish mask", (CellChange(3, 1, cell(Status.EDITED), cell(Status.EDITED)),), clicks=3)
        journal.write([JournalEntry(edit, "done", 120.0, operator="Ana")])
    for path in (axial, sagittal):
        effort = effort_of_objects(read_logged_edits(path))[1]
        assert (effort.edits, effort.clicks, effort.seconds) == (3, 7, 50.0)
        assert (effort.frames_made, effort.frames_corrected) == (1, 1)


def test_an_edit_is_read_with_the_clicks_that_it_took(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.sqlite3") as journal:
        journal.write([JournalEntry(Edit(1, "Finish mask", clicks=7), "done", 0.0)])
    (only,) = read_logged_edits(tmp_path / "journal.sqlite3")
    assert only.clicks == 7


def test_time_counts_between_the_edits_of_one_operator_without_pauses() -> None:
    acts = [
        act(1, 100.0, made(0), operator="Ana"),
        act(2, 105.0, made(0), operator="Bo"),
        act(3, 130.0, made(1), operator="Ana"),
        act(4, 131.0, travelled(2), operator="Ana"),
        act(5, 150.0, made(3), operator="Ana"),
        act(6, 9000.0, made(4), operator="Ana"),
        act(7, 8000.0, made(5), operator="Ana"),
        act(8, 8010.0, made(6), operator="Ana"),
    ]
    assert [(item.edit_id, spent) for item, spent in time_edits(acts)] == [
        (1, 0.0),
        (2, 0.0),
        (3, 30.0),
        (5, 20.0),
        (6, 0.0),
        (7, 0.0),
        (8, 10.0),
    ]
    assert effort_of_operators(acts)["Ana"].seconds == 60.0


def test_an_edit_of_several_objects_is_shared_among_them() -> None:
    acts = [act(1, 0.0, made(0, 1)), act(2, 10.0, verified(1, 1), verified(1, 2), clicks=4)]
    efforts = effort_of_objects(acts)
    assert (efforts[1].seconds, efforts[2].seconds) == (5.0, 5.0)
    assert (efforts[1].clicks, efforts[2].clicks) == (2, 2)


def test_what_was_undone_took_time_but_made_no_frame() -> None:
    acts = [act(1, 0.0, made(0)), act(2, 10.0, corrected(3), is_undone=True, clicks=5)]
    effort = effort_of_objects(acts)[1]
    assert (effort.clicks, effort.seconds, effort.frames_corrected) == (5, 10.0, 0)


def test_a_frame_counts_once_however_often_it_is_corrected() -> None:
    acts = [act(number, float(number), corrected(3), verified(4)) for number in range(1, 6)]
    effort = effort_of_objects(acts)[1]
    assert (effort.edits, effort.frames_corrected, effort.frames_verified) == (5, 1, 1)


TOUCHES = st.builds(made, st.integers(0, 3), st.integers(1, 2)) | st.builds(
    travelled, st.integers(0, 3), st.integers(1, 2)
)
ACTS = st.lists(
    st.tuples(
        st.floats(0, 1e6),
        st.lists(TOUCHES, max_size=3),
        st.sampled_from(["", "Ana", "Bo"]),
        st.integers(0, 9),
    )
)


@given(ACTS)
def test_operators_and_objects_share_the_same_time_and_never_take_negative_ones(found) -> None:
    acts = [
        act(n, at, *touches, operator=who, clicks=clicks)
        for n, (at, touches, who, clicks) in enumerate(found)
    ]
    of_operators = effort_of_operators(acts).values()
    of_objects = effort_of_objects(acts).values()
    assert all(effort.seconds >= 0 for effort in (*of_operators, *of_objects))
    assert (
        sum(effort.seconds for effort in of_objects) <= sum(effort.seconds for effort in of_operators) + 1e-6
    )


def test_the_table_can_be_opened_and_holds_no_formula(tmp_path: Path) -> None:
    effort = Effort(3, 12, 61.25, 1, 2, 3, ("=cmd()", "Bo"), ("net",), 0.0, 60.0)
    write_effort(tmp_path / "effort.csv", {2: effort}, {2: "Schere; groß"})
    with (tmp_path / "effort.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row["label"] == "Schere; groß" and row["operators"] == "'=cmd(); Bo"
    assert (row["clicks"], row["seconds"], row["last"]) == ("12", "61.2", "1970-01-01T00:01:00+00:00")


def test_what_cannot_be_read_or_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="cannot be read"):
        read_logged_edits(tmp_path / "none.sqlite3")
    with pytest.raises(ExportError, match="cannot be written"):
        (tmp_path / "file").touch()
        write_effort(tmp_path / "file" / "effort.csv", {}, {})
