"""Workspaces of single time points, as earlier versions made them, are taken over into that of the scan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from app.domain.annotation import Annotation, Label, Object, SequenceInfo, Status
from app.domain.frame_order import FrameOrder
from app.domain.history import CellChange, Edit
from app.imaging import masks
from app.storage.workspace.identity import identity_of
from app.storage.workspace.journal import JournalEntry
from app.storage.workspace.time_point_work import find_time_point_work, take_over_time_points
from app.storage.workspace.workspace import Workspace

SAMPLES = {"": b"content"}
SLICES, TIMES, WIDTH, HEIGHT = 3, 4, 6, 5
IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
SCAN = SequenceInfo(
    "heart",
    "/heart",
    "volume",
    SLICES * TIMES,
    WIDTH,
    HEIGHT,
    spacing=(2.0, 1.0, 1.0),
    origin=(0.0, 0.0, 0.0),
    direction=IDENTITY,
    orientation="axial",
    time_points=TIMES,
)
ONE = replace(SCAN, frames=SLICES, time_points=1)


def picture(seed: int, height: int = HEIGHT, width: int = WIDTH) -> Annotation:
    found = masks.encode(np.random.default_rng(seed).random((height, width)) > 0.5)
    return Annotation(found, Status.EDITED, reference=True, version=1)


def work(root: Path, series: str, info: SequenceInfo, cells: dict[tuple[int, int], Annotation]) -> None:
    ids = sorted({object_id for _, object_id in cells})
    edit = Edit(
        1,
        "Set mask",
        tuple(CellChange(frame, object_id, None, cell) for (frame, object_id), cell in cells.items()),
        ((), tuple(Label(value, f"part {value}", (value, 0, 0)) for value in ids)),
        ((), tuple(Object(value, value) for value in ids)),
    )
    with Workspace(root / f"heart{series}") as workspace:
        if info.orientation != "axial":
            workspace.switch_journal(f"journal-{info.orientation}.sqlite3")
        workspace.journal.write([JournalEntry(edit, "done", 0.0)])
        workspace.describe(info, identity_of(SAMPLES, series), series)


def test_masks_of_time_points_come_together_once_and_objects_of_a_label_are_one(tmp_path: Path) -> None:
    film = replace(SCAN, kind="video", orientation=None, spacing=None, time_points=1)
    carried = replace(
        picture(3), status=Status.PROPAGATED, reference=False, version=0, sources=(1, 0), score=0.7
    )
    work(tmp_path, "1.2.3@3", ONE, {(1, 1): picture(1), (2, 1): carried, (1, 2): picture(2)})
    work(tmp_path, "@1", ONE, {(0, 2): picture(4)})
    # Place after place over time: place 2 at time point 1.
    work(tmp_path, "@all", film, {(2 * TIMES + 1, 1): picture(5)})
    work(tmp_path, "9.9.9@2", replace(ONE, path="/other"), {})
    folders = find_time_point_work(tmp_path, SAMPLES, "1.2.3")
    assert [folder.name for folder in folders] == ["heart1.2.3@3"]
    folders = find_time_point_work(tmp_path, SAMPLES, None)
    assert [folder.name for folder in folders] == ["heart@1", "heart9.9.9@2", "heart1.2.3@3", "heart@all"]
    order = FrameOrder(SLICES, TIMES)
    with Workspace(tmp_path / "new") as whole:
        said = take_over_time_points(whole, SCAN, folders, whole.index_folder)
        assert "5 masks of single time points" in said[0]
        found = whole.journal.read()
        assert [item.label for item in found.objects] == [2, 1]
        by_label = {item.object_id: item.label for item in found.objects}
        cells = {(frame, by_label[key]): cell for frame, key, cell in found.cells}
        assert {key: cell.mask for key, cell in cells.items()} == {
            (order.frame(2, 1), 1): picture(1).mask,
            (order.frame(2, 2), 1): carried.mask,
            (order.frame(2, 1), 2): picture(2).mask,
            (order.frame(0, 0), 2): picture(4).mask,
            (order.frame(1, 2), 1): picture(5).mask,
        }
        kept = cells[order.frame(2, 2), 1]
        reference = cells[order.frame(2, 1), 1]
        assert (kept.status, kept.score, kept.sources) == (Status.PROPAGATED, 0.7, (reference.version, 0))
        assert take_over_time_points(whole, SCAN, folders, whole.index_folder) == ()
        assert whole.journal.read() == found
    assert (tmp_path / "heart@1" / "journal.sqlite3").is_file(), "what was there stays there"


def test_a_scan_that_is_signed_off_takes_nothing_and_says_so(tmp_path: Path) -> None:
    work(tmp_path, "@1", ONE, {(0, 2): picture(4)})
    folders = find_time_point_work(tmp_path, SAMPLES, None)
    with Workspace(tmp_path / "new") as whole:
        whole.journal.write([], {"sign_offs": [["Ada", 10.0, None]]})
        (said,) = take_over_time_points(whole, SCAN, folders, whole.index_folder)
        assert said.startswith("Signed off by Ada") and "single time points" in said
        assert whole.journal.read().cells == ()
        whole.journal.write([], {"sign_offs": [["Ada", 10.0, None], ["Bo", 20.0, "phase 1 is missing"]]})
        assert "1 mask" in take_over_time_points(whole, SCAN, folders, whole.index_folder)[0]


def test_masks_of_a_time_point_that_was_sliced_in_another_direction_are_turned(tmp_path: Path) -> None:
    coronal = replace(ONE, frames=HEIGHT, height=SLICES, width=WIDTH, orientation="coronal")
    made = {row: picture(row, SLICES, WIDTH) for row in range(HEIGHT)}
    work(tmp_path, "@2", coronal, {(row, 1): cell for row, cell in made.items()})
    with Workspace(tmp_path / "new") as whole:
        folders = find_time_point_work(tmp_path, SAMPLES, None)
        take_over_time_points(whole, SCAN, folders, whole.index_folder)
        found = {frame: masks.decode(cell.mask) for frame, _, cell in whole.journal.read().cells}
    assert set(found) == {SLICES + index for index in range(SLICES)}
    voxels = np.stack([masks.decode(made[row].mask) for row in range(HEIGHT)], axis=1)
    assert all(np.array_equal(found[SLICES + index], voxels[index]) for index in range(SLICES))
