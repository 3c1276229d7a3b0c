"""Works on one scan meet voxel by voxel, whatever direction each was made in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import nibabel
import numpy as np
import pytest

from app.domain.annotation import Annotation, FrameAxis, Orientation, Status
from app.domain.errors import WorkspaceError
from app.domain.history import CellChange, Edit
from app.headless.comparison import compare_sequences
from app.headless.readable_workspace import ReadableWorkspace
from app.headless.stored_frames import ReadableSequence
from app.imaging import masks
from app.storage.opening import open_source
from app.storage.volume.reorient import journal_name
from app.storage.volume.volume_source import VolumeSource
from app.storage.workspace.identity import sequence_identity
from app.storage.workspace.journal import JournalEntry
from app.storage.workspace.workspace import Workspace, folder_for
from tests.helpers.workspaces import LABELS, OBJECTS

TIMES, SIDE = 3, 8
Voxels = Mapping[int, np.ndarray]  # by object id, bool (t, z, y, x)


def box(z: slice, y: slice, x: slice, times: slice = slice(0, 2)) -> np.ndarray:
    voxels = np.zeros((TIMES, SIDE, SIDE, SIDE), bool)
    voxels[times, z, y, x] = True
    return voxels


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A cube over time, turned stored in sagittal slices."""
    turn = np.array([[0, 0, -2.0, 0], [1.5, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, 0, 1]])
    voxels = np.arange(TIMES * SIDE**3, dtype=np.int16).reshape(TIMES, SIDE, SIDE, SIDE)
    nibabel.Nifti1Image(voxels.T, turn).to_filename(tmp_path / "heart.nii")
    return tmp_path / "heart.nii"


def annotate(
    root: Path,
    scan: Path,
    drawn: Voxels,
    orientation: Orientation,
    along: FrameAxis = "space",
    by: str = "ada",
) -> None:
    """Make a workspace in which these voxels were drawn, slice by slice of a direction."""
    with open_source(scan, orientation=orientation, along=along) as source:
        assert isinstance(source, VolumeSource)
        info, order, plane = source.info, source.order, source.plane
    assert (info.orientation, info.along) == (orientation, along)
    changes = []
    for key, voxels in drawn.items():
        for frame in range(order.frames):
            picture = plane.slice_array(voxels[order.time_of(frame)], order.slice_of(frame))
            if picture.any():
                cell = Annotation(masks.encode(picture), Status.EDITED, reference=True, version=1)
                changes.append(CellChange(frame, key, None, cell))
    identity = sequence_identity(scan)
    with Workspace(folder_for(root, info.name, identity)) as workspace:
        workspace.switch_journal(journal_name(info))
        edit = Edit(1, "Draw", tuple(changes), ((), LABELS), ((), OBJECTS))
        workspace.journal.write([JournalEntry(edit, "done", 1_700_000_000.0, by, "classic")])
        workspace.describe(info, identity)


def voxels_of(sequence: ReadableSequence, scan: Path, key: int) -> np.ndarray:
    """What a workspace holds, as voxels of the scan."""
    record, voxels = sequence.stored.record, box(slice(0), slice(0), slice(0))
    with open_source(scan, orientation=record.orientation, along=record.along) as source:
        assert isinstance(source, VolumeSource)
        for frame in range(len(sequence)):
            if (cell := sequence.annotations(frame).get(key)) is not None:
                at = source.order.time_of(frame), source.order.slice_of(frame)
                source.plane.slice_array(voxels[at[0]], at[1])[...] = masks.decode(cell.mask)
    return voxels


OURS, THEIRS = box(slice(1, 3), slice(2, 5), slice(3, 7)), box(slice(2, 7), slice(5, 7), slice(1, 3))


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (("coronal", "space"), ("axial", "space")),
        (("sagittal", "space"), ("sagittal", "time")),
        (("axial", "space"), ("sagittal", "time")),
        (("sagittal", "time"), ("axial", "space")),
    ],
)
def test_masks_of_another_direction_come_in_their_voxels(
    scan: Path, tmp_path: Path, here: tuple[Orientation, FrameAxis], there: tuple[Orientation, FrameAxis]
) -> None:
    annotate(tmp_path / "ada", scan, {1: OURS}, *here)
    annotate(tmp_path / "ben", scan, {2: THEIRS}, *there, by="ben")
    ReadableWorkspace(tmp_path / "ada", mode="a").merge(ReadableWorkspace(tmp_path / "ben"))
    [merged] = ReadableWorkspace(tmp_path / "ada").sequences.values()
    assert np.array_equal(voxels_of(merged, scan, 1), OURS)
    assert np.array_equal(voxels_of(merged, scan, 2), THEIRS)
    authors = {cells[2].author for n in range(len(merged)) if 2 in (cells := merged.annotations(n))}
    assert authors == {"ben"}


def test_works_in_different_directions_are_compared_voxel_by_voxel(scan: Path, tmp_path: Path) -> None:
    annotate(tmp_path / "ada", scan, {1: OURS, 2: THEIRS}, "axial")
    annotate(tmp_path / "ben", scan, {1: OURS, 2: THEIRS}, "sagittal", "time")
    [first] = ReadableWorkspace(tmp_path / "ada").sequences.values()
    [second] = ReadableWorkspace(tmp_path / "ben").sequences.values()
    found = compare_sequences(first, second, 1.0)
    assert [(one.first_id, one.second_id, one.mean_dice) for one in found.objects] == [
        (1, 1, 1.0),
        (2, 2, 1.0),
    ]


def test_without_the_scan_works_in_different_directions_are_refused_and_nothing_changes(
    scan: Path, tmp_path: Path
) -> None:
    annotate(tmp_path / "ada", scan, {1: OURS}, "axial")
    annotate(tmp_path / "ben", scan, {2: THEIRS}, "sagittal")
    (tmp_path / "other.nii").write_bytes(scan.read_bytes() + b"another file")
    annotate(tmp_path / "ben", tmp_path / "other.nii", {2: THEIRS}, "sagittal")
    scan.unlink()
    ada, ben = ReadableWorkspace(tmp_path / "ada", mode="a"), ReadableWorkspace(tmp_path / "ben")
    with pytest.raises(WorkspaceError, match="sagittal slices, the other in axial ones"):
        ada.merge(ben)
    [left] = ReadableWorkspace(tmp_path / "ada").sequences.values()
    assert [item.title for item in left.history()] == ["Draw"]
