"""A workspace whose source is not what it was: masks go where they belong, the rest is kept and named."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.domain.annotation import Annotation, Label, Object, SequenceInfo, Status
from app.domain.comment import Comment, comments_from_wire
from app.domain.errors import WorkspaceError
from app.domain.history import CellChange, Edit
from app.domain.tier import TAKE_OVER_TITLE, Interval, Term, Tier, TierChange, TierTable
from app.imaging import masks
from app.storage.workspace.earlier_work import leave_out_strays, set_unplaced_work_aside, take_over_work
from app.storage.workspace.identity import sequence_identity
from app.storage.workspace.journal import JournalEntry
from app.storage.workspace.stored_values import read_tiers
from app.storage.workspace.workspace import Workspace, find_source, folder_for, folders_of_path

SQUARE = Annotation(masks.encode(np.eye(5, 4, dtype=bool)), Status.VERIFIED, reference=True, version=1)
WORK = Edit(
    1,
    "Set mask",
    tuple(CellChange(frame, 1, None, SQUARE) for frame in range(3)),
    ((), (Label(1, "tool", (1, 2, 3)),)),
    ((), (Object(1, 1),)),
)
FOLDER = SequenceInfo("f", "/f", "folder", 3, 4, 5, frame_names=("a.png", "b.png", "c.png"))
CONTENT = {"a.png": b"1", "b.png": b"2", "c.png": b"3"}
SCAN = SequenceInfo("s", "/s", "volume", 3, 4, 5, orientation="axial")


def annotate(workspace: Workspace, info: SequenceInfo) -> None:
    workspace.describe(info, "fingerprint")
    workspace.journal.write([JournalEntry(WORK, "done", 0.0)])


def test_masks_of_a_folder_go_with_their_images_with_all_that_is_known_of_them(tmp_path: Path) -> None:
    with Workspace(tmp_path / "old") as old:
        take_over_work(old, FOLDER, CONTENT, ())
        annotate(old, FOLDER)
    grown = replace(FOLDER, frames=4, frame_names=("0.png", "a.png", "c.png", "x.png"))
    samples = {"0.png": b"0", "a.png": b"1", "c.png": b"3", "x.png": b"4"}
    with Workspace(tmp_path / "new") as new:
        (said,) = take_over_work(new, grown, samples, folders_of_path(tmp_path, "/f", None))
        found = new.journal.read()
        assert found.cells == ((1, 1, SQUARE), (2, 1, SQUARE))
        assert WORK.labels is not None and found.labels == WORK.labels[1] and found.next_edit == 3
        assert "1 removed" in said and "1 mask was not" in said and "old" in said
        # Only what nobody worked in takes masks over: a second opening changes nothing.
        assert take_over_work(new, grown, samples, folders_of_path(tmp_path, "/f", None)) == ()
        assert new.journal.read() == found


def test_tiers_of_another_sequence_alone_are_no_work_of_a_person(tmp_path: Path) -> None:
    tier = Tier("phase", "phases", (Term("rest", "1"),))
    with Workspace(tmp_path / "w") as workspace:
        given = Edit(1, TAKE_OVER_TITLE, tiers=TierChange(tiers=((), (tier,))))
        workspace.journal.write([JournalEntry(given, "done", 0.0)])
        assert workspace.journal.is_empty
        marked = Edit(2, "Mark rest", tiers=TierChange(added=(Interval("phase", "rest", 0, 1),)))
        workspace.journal.write([JournalEntry(marked, "done", 0.0)])
        assert not workspace.journal.is_empty


def test_phases_of_a_folder_go_with_their_images(tmp_path: Path) -> None:
    tier = Tier("phase", "phases", (Term("rest", "1"), Term("cut", "2")))
    marked = Interval("phase", "rest", 0, 2, "Ada"), Interval("phase", "cut", 2, None, "Ada")
    with Workspace(tmp_path / "old") as old:
        take_over_work(old, FOLDER, CONTENT, ())
        annotate(old, FOLDER)
        change = TierChange(added=marked, tiers=((), (tier,)))
        old.journal.write([JournalEntry(Edit(2, "Mark", tiers=change), "done", 0.0)])
    grown = replace(FOLDER, frames=4, frame_names=("a.png", "a2.png", "b.png", "c.png"))
    samples = {**CONTENT, "a2.png": b"9"}
    with Workspace(tmp_path / "new") as new:
        take_over_work(new, grown, samples, folders_of_path(tmp_path, "/f", None))
        assert read_tiers(new.journal.path) == TierTable(
            (tier,),
            (
                Interval("phase", "rest", 0, 1, "Ada"),
                Interval("phase", "rest", 2, 3, "Ada"),
                Interval("phase", "cut", 3, 4, "Ada"),
            ),
        )


def test_comments_of_a_folder_go_with_their_images(tmp_path: Path) -> None:
    made = (
        Comment(1, "blurred #key", 2, 3, "Ada"),
        Comment(2, "a polyp", 0, 3),
        Comment(4, "bad light"),
        Comment(5, "noise", 1, 2),
    )
    with Workspace(tmp_path / "old") as old:
        take_over_work(old, FOLDER, CONTENT, ())
        annotate(old, FOLDER)
        old.journal.write([JournalEntry(Edit(2, "Comment", comments=((), made)), "done", 0.0)])
    now = replace(FOLDER, frames=4, frame_names=("0.png", "a.png", "a2.png", "c.png"))
    samples = {"0.png": b"0", "a.png": b"1", "a2.png": b"9", "c.png": b"3"}
    with Workspace(tmp_path / "new") as new:
        take_over_work(new, now, samples, folders_of_path(tmp_path, "/f", None))
        assert comments_from_wire(new.journal.meta("comments")) == (
            Comment(1, "blurred #key", 3, 4, "Ada"),
            Comment(2, "a polyp", 1, 2),
            Comment(3, "a polyp", 3, 4),
            Comment(4, "bad light"),
        )


@pytest.mark.parametrize("info", [replace(FOLDER, kind="video", frame_names=()), SCAN])
def test_work_on_another_file_of_the_same_name_is_named(tmp_path: Path, info: SequenceInfo) -> None:
    with Workspace(tmp_path / "old") as old:
        annotate(old, info)
    with Workspace(tmp_path / "new") as new:
        (said,) = take_over_work(new, info, {"": b"other"}, [tmp_path / "old"])
        assert "has changed" in said and "old" in said and new.journal.is_empty


def test_a_scan_that_is_read_with_other_slices_begins_afresh_and_keeps_the_old_masks(tmp_path: Path) -> None:
    with Workspace(tmp_path / "w") as workspace:
        annotate(workspace, SCAN)
        assert set_unplaced_work_aside(workspace, SCAN) == ()
        (said,) = set_unplaced_work_aside(workspace, replace(SCAN, frames=2))
        assert "w/earlier-1" in said and not workspace.journal.read().cells
    with Workspace(tmp_path / "w" / "earlier-1") as kept:
        assert len(kept.journal.read().cells) == 3


@pytest.mark.parametrize("info", [replace(FOLDER, frames=2), replace(FOLDER, width=9)])
def test_masks_that_do_not_fit_are_left_out_and_counted(tmp_path: Path, info: SequenceInfo) -> None:
    with Workspace(tmp_path / "w") as workspace:
        annotate(workspace, FOLDER)
        found = leave_out_strays(workspace.journal.read(), info)
        assert len(found.cells) == (2 if info.frames == 2 else 0)
        assert not found.history and "do not fit" in found.damage[0]


@pytest.mark.parametrize("is_deleted", [True, False])
def test_a_workspace_deleted_or_replaced_while_open_is_written_again(
    tmp_path: Path, is_deleted: bool
) -> None:
    with Workspace(tmp_path / "w") as workspace:
        annotate(workspace, FOLDER)
        assert not workspace.restore()
        (tmp_path / "w").rename(tmp_path / "elsewhere")
        if not is_deleted:
            with Workspace(tmp_path / "w"):
                pass
        assert workspace.restore() and not workspace.restore()
        workspace.journal.write([JournalEntry(replace(WORK, edit_id=2, cells=()), "done", 0.0)])
    with Workspace(tmp_path / "w") as workspace:
        assert len(workspace.journal.read().cells) == 3 and len(workspace.journal.read().history) == 2
    assert bool(list((tmp_path / "w").glob("*.replaced1"))) == (not is_deleted)


def test_a_workspace_is_not_opened_on_another_video(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"frames")
    info = SequenceInfo("clip", str(clip), "video", 3, 4, 5)
    name = sequence_identity(clip)
    with Workspace(folder_for(tmp_path / "work", "clip.mp4", name)) as workspace:
        workspace.describe(info, name)
        folder = workspace.folder
    clip.write_bytes(b"other frames")
    with pytest.raises(WorkspaceError, match="another file"):
        find_source(folder)
    (folder.parent / "clip.mp4").write_bytes(b"frames")
    assert find_source(folder) == folder.parent / "clip.mp4"


def test_of_two_copies_of_a_workspace_the_one_used_last_is_taken(tmp_path: Path) -> None:
    for name, time in (("a-0123456789ab", 2), ("b-0123456789ab", 1)):
        with Workspace(tmp_path / name) as workspace:
            annotate(workspace, FOLDER)
        for file in (tmp_path / name).iterdir():
            os.utime(file, (time, time))
    assert folder_for(tmp_path, "clip", "0123456789abcdef").name == "a-0123456789ab"
