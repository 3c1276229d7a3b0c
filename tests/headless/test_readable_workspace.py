"""A workspace is read without engine, lock or source, and merged with another one without loss."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from app.domain.annotation import Label, Status
from app.domain.errors import SequenceError, UsageError, WorkspaceBusy, WorkspaceError
from app.domain.history import Edit
from app.domain.sign_off import SignOff
from app.domain.tier import Interval, Term, Tier, TierChange
from app.storage.workspace.journal import Journal, JournalEntry
from app.storage.workspace.workspace import Workspace as LockedWorkspace
from framewise import Workspace
from tests.helpers.clips import write_images
from tests.helpers.workspaces import LABELS, SIZE, make_folders, make_workspace, square


@pytest.fixture
def root(tmp_path: Path) -> Path:
    make_folders(tmp_path, 2)
    return tmp_path


def test_masks_labels_and_history_are_there_while_another_holds_the_lock_and_without_the_source(
    root: Path,
) -> None:
    shutil.rmtree(root / "sources/clip1")
    before = {path: path.read_bytes() for path in (root / "work").rglob("*") if path.is_file()}
    workspace = Workspace(root / "work")
    assert list(workspace.sequences) == ["clip0", "clip1"] and "2 sequences" in repr(workspace)
    sequence = workspace["clip1"]
    with LockedWorkspace(sequence.stored.folder):
        assert sequence.labels == LABELS and len(sequence) == 7 and (sequence.width, sequence.height) == SIZE
        frame = sequence[2]
        assert np.array_equal(frame.masks[1], square(2, 1))
        assert set(np.unique(frame.label_map)) == {0, 3, 4} and set(np.unique(frame.instance_map)) == {
            0,
            1,
            2,
        }
        assert frame.status(1) is Status.EDITED and sequence[6].status(1) is Status.EMPTY
        assert frame.boxes[2] == (4, 8, 8, 6) and len(frame.polygons[1]) == 1
        stack = sequence.masks(2)
        assert stack.shape == (7, SIZE[1], SIZE[0])
        assert np.array_equal(stack[1:3], [square(1, 2), square(2, 2)])
        assert np.asarray(stack).sum() == 5 * square(0, 2).sum()
        [edit] = sequence.history()
        assert (edit.operator, edit.model, len(edit.cells)) == ("ada", "classic", 10)
    assert [found.index for found in sequence.frames(status="edited", step=2)] == [0, 2, 4]
    assert sequence[-1].index == 6
    with pytest.raises(SequenceError, match="no frame 7"):
        sequence[7]
    with pytest.raises(WorkspaceError, match="not here"):
        sequence.open_source()
    with pytest.raises(UsageError, match="There are: clip0, clip1"):
        workspace["clip9"]
    assert {path: data for path, data in before.items() if path.read_bytes() != data} == {}


def test_voxels_and_affine_are_those_that_nibabel_reads(tmp_path: Path) -> None:
    import nibabel
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(np.arange(60, dtype=np.int16).reshape(3, 4, 5))
    image.SetSpacing((0.5, 0.75, 2.0))
    image.SetOrigin((-3.0, 4.0, 5.0))
    sitk.WriteImage(image, tmp_path / "ct.nii.gz")
    make_workspace(tmp_path / "work", tmp_path / "ct.nii.gz", {})
    [sequence] = Workspace(tmp_path / "work").sequences.values()
    truth = nibabel.load(tmp_path / "ct.nii.gz")
    assert np.array_equal(sequence.voxels(), np.asarray(truth.dataobj).T)
    affine = sequence.affine
    assert affine is not None and np.allclose(affine, truth.affine)


def annotators(tmp_path: Path) -> tuple[Path, Path]:
    """Two workspaces of one source: ben has another label list, and drew other frames and one that ada verified."""
    write_images(tmp_path / "clip", ["a.png", "b.png", "c.png"], SIZE)
    write_images(tmp_path / "own", ["a.png"], SIZE)
    ada, ben = tmp_path / "ada", tmp_path / "ben"
    make_workspace(ada, tmp_path / "clip", {(0, 1): (Status.VERIFIED, 1.0), (1, 1): (Status.EDITED, 1.0)})
    swapped = (Label(4, "tool", (1, 2, 3)), Label(3, "cyst", (9, 9, 9)))
    cells = {(0, 2): (Status.EDITED, 1.0), (1, 2): (Status.EDITED, 1.0), (2, 2): (Status.PROPAGATED, 0.7)}
    make_workspace(ben, tmp_path / "clip", cells, swapped, "ben")
    make_workspace(ben, tmp_path / "own", {(0, 1): (Status.EDITED, 1.0)}, operator="ben")
    return ada, ben


def test_a_merge_keeps_status_score_and_author_and_finds_labels_by_name(tmp_path: Path) -> None:
    ada, ben = annotators(tmp_path)
    report = Workspace(ada, mode="a").merge(Workspace(ben), match="label")
    assert (report.sequences, report.added, report.masks) == (1, ("own",), 1)
    merged = Workspace(ada)["clip"]
    assert [label.name for label in merged.labels] == ["tool", "polyp", "cyst"]
    cell = merged.annotations(2)[1]
    assert (cell.status, cell.score, cell.author) == (Status.PROPAGATED, 0.7, "ben"), (
        "ben's tool is ada's tool"
    )
    assert np.array_equal(merged[1].masks[1], square(1, 1)), "ada's own mask stays"
    assert Workspace(ada)["own"][0].status(1) is Status.EDITED
    assert merged.history()[-1].title == "Merge"


def test_a_merge_brings_phases_where_ours_have_none(tmp_path: Path) -> None:
    ada, ben = annotators(tmp_path)
    for work, term, start in ((ada, "rest", 0), (ben, "cut", 0)):
        tier = Tier("phase", "phases", (Term(term, "1"),))
        change = TierChange(
            added=(Interval("phase", term, start, 2 if work is ada else 3),), tiers=((), (tier,))
        )
        stored = Workspace(work)["clip"].stored
        with Journal(stored.journal) as journal:
            journal.write([JournalEntry(Edit(99, "Mark", tiers=change), "done", 0.0)])
    Workspace(ada, mode="a").merge(Workspace(ben), match="label")
    merged = Workspace(ada)["clip"].tiers
    assert [(one.term, one.start, one.stop) for one in merged.intervals] == [("rest", 0, 2), ("cut", 2, 3)]
    assert [(term.name, term.key) for term in merged.tiers[0].terms] == [("rest", "1"), ("cut", "2")]


def test_a_merge_can_take_theirs_but_never_a_verified_mask_of_ours(tmp_path: Path) -> None:
    ada, ben = annotators(tmp_path)
    assert Workspace(ada, mode="a").merge(Workspace(ben), "label", "take").masks == 2
    merged = Workspace(ada)["clip"]
    assert np.array_equal(merged[0].masks[1], square(0, 1))
    assert np.array_equal(merged[1].masks[1], square(1, 2))


def test_objects_of_a_merge_can_stay_apart_and_a_second_merge_by_track_adds_nothing(tmp_path: Path) -> None:
    ada, ben = annotators(tmp_path)
    assert Workspace(ada, mode="a").merge(Workspace(ben), "new").masks == 3
    assert len(Workspace(ada)["clip"].objects) == 4
    shutil.copytree(ada, tmp_path / "copy")
    assert Workspace(ada, mode="a").merge(Workspace(tmp_path / "copy")).masks == 0


def test_a_workspace_that_is_only_read_or_in_use_is_not_merged_into(tmp_path: Path) -> None:
    ada, ben = annotators(tmp_path)
    with pytest.raises(UsageError, match="only read"):
        Workspace(ada).merge(Workspace(ben))
    with LockedWorkspace(Workspace(ada)["clip"].stored.folder), pytest.raises(WorkspaceBusy):
        Workspace(ada, mode="a").merge(Workspace(ben), "new")
    with pytest.raises(UsageError, match="no such match"):
        Workspace(ada, mode="a").merge(Workspace(ben), "best")  # type: ignore[arg-type]
    with pytest.raises(WorkspaceError, match="no such folder"):
        Workspace(tmp_path / "nowhere")


def test_sequences_are_found_as_in_a_mapping_and_by_the_names_of_their_files(tmp_path: Path) -> None:
    write_images(tmp_path / "sources", ["a.png", "b.png"])
    for name in ("a.png", "b.png"):
        make_workspace(tmp_path / "work", tmp_path / "sources" / name, {(0, 1): (Status.EDITED, 1.0)})
    workspace = Workspace(tmp_path / "work")
    assert len(workspace) == 2 and list(workspace) == list(workspace.sequences)
    assert list(workspace)[0] in workspace and "a.png" in workspace and "c.png" not in workspace
    assert workspace["a.png"].file_name == "a.png"
    assert [item.file_name for item in workspace.find("b*")] == ["b.png"]
    assert workspace.find("*.mp4") == ()


def test_frames_of_some_objects_and_their_pictures(root: Path) -> None:
    sequence = Workspace(root / "work")["clip0"]
    wanted = [frame.index for frame in sequence if 2 in frame.masks]
    assert [frame.index for frame in sequence.frames(objects=[2])] == wanted
    assert list(sequence.frames(objects=[])) == []
    with sequence.open_source() as source:
        whole = [source.read(frame) for frame in range(len(sequence))]
    assert np.array_equal(list(sequence.images()), whole)
    assert np.array_equal(list(sequence.images([2, -1])), [whole[2], whole[-1]])


@pytest.mark.parametrize("split", [{"train": 0.5, "valid": 0.5}, (0.5, 0.5), {"train": "half"}, 0.8])
def test_a_split_that_is_none_is_refused(root: Path, split: object) -> None:
    with pytest.raises(UsageError, match="split|share"):
        Workspace(root / "work").export_dataset("yolo-seg", root, split=split)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("named", "options"),
    [
        ("nam", {"nam": "one"}),
        ("label", {"classes": ["tool"]}),
        ("step", {"step": "2"}),
        ("seed", {"seed": 1.5}),
        ("minimum score", {"least_score": 2}),
        ("status", {"status": 7}),
        ("clip9", {"sequences": "clip9"}),
    ],
)
def test_a_setting_of_a_data_set_that_makes_no_sense_is_named(
    root: Path, named: str, options: dict[str, object]
) -> None:
    with pytest.raises(UsageError, match=named):
        Workspace(root / "work").export_dataset("yolo-seg", root, **options)  # type: ignore[arg-type]


def test_a_data_set_of_some_sequences(root: Path) -> None:
    report = Workspace(root / "work").export_dataset(
        "yolo-seg", root, name="one", sequences=["clip1"], split={"train": 1}, status="edited", step=2
    )
    assert (report.sequences, report.frames) == (1, 3)
    assert len(list((report.folder / "labels/train").iterdir())) == 3


def test_sequences_are_queued_for_the_night_by_name(root: Path) -> None:
    workspace = Workspace(root / "work", mode="a")
    (entry,) = workspace.queue_propagation(["clip1"], exports=("coco",), engine="classic", into="out")
    assert entry.job.export_folder == str(Path("out").absolute())
    assert (entry.status, entry.job.engine, entry.job.exports) == ("waiting", "classic", ("coco",))
    assert entry.job.source == str(root / "sources/clip1")
    assert len(workspace.queue_propagation()) == 3
    with pytest.raises(UsageError, match="There are"):
        workspace.queue_propagation(["clip9"])
    with pytest.raises(UsageError, match="no such export"):
        workspace.queue_propagation(["clip1"], exports=("nothing",))
    with pytest.raises(UsageError, match="only read"):
        Workspace(root / "work").queue_propagation()


def test_a_sign_off_comes_along_and_locks_only_what_was_approved(tmp_path: Path) -> None:
    write_images(tmp_path / "clip", ["a.png", "b.png"], SIZE)
    theirs = make_workspace(tmp_path / "theirs", tmp_path / "clip", {(0, 1): (Status.EDITED, 1.0)})
    with LockedWorkspace(theirs) as workspace:
        workspace.journal.write([], {"sign_offs": [["Ada", 10.0, None]]})
    make_workspace(tmp_path / "same", tmp_path / "clip", {})
    make_workspace(tmp_path / "more", tmp_path / "clip", {(1, 1): (Status.EDITED, 1.0)})
    for name in ("same", "more", "empty"):
        (tmp_path / name).mkdir(exist_ok=True)
        Workspace(tmp_path / name, "a").merge(Workspace(tmp_path / "theirs"))
    signed = {name: Workspace(tmp_path / name)["clip"].signed_off for name in ("same", "more", "empty")}
    assert signed["same"] == signed["empty"] == SignOff("Ada", 10.0)
    assert signed["more"] is None
    approved, reopened = Workspace(tmp_path / "more")["clip"].sign_offs
    assert approved.by == "Ada" and "not signed off" in (reopened.reason or "")
