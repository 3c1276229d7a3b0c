"""What is known of masks when the scan is sliced in another direction."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.domain.annotation import (
    ELSEWHERE,
    Annotation,
    FrameAxis,
    Label,
    Object,
    Orientation,
    SequenceInfo,
    Status,
)
from app.domain.frame_order import order_of
from app.domain.history import Edit
from app.imaging import masks
from app.imaging.volume_geometry import VolumeGeometry
from app.storage.volume.reorient import reorient_masks
from app.storage.workspace.journal import JournalContents

GRID = VolumeGeometry(
    (4, 5, 6), (1.0, 1.0, 1.0), ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0))
)


def contents(cells: dict[int, Annotation]) -> JournalContents:
    found = tuple((frame, 1, cell) for frame, cell in cells.items())
    return JournalContents((Label(1, "organ", (255, 0, 0)),), (Object(1, 1),), found, (), (), 1, 2)


def cell(status: Status, score: float = 1.0) -> Annotation:
    picture = np.zeros((5, 6), bool)
    picture[1:4, 2:5] = True
    return Annotation(masks.encode(picture), status, score, reference=status is Status.EDITED)


def scan(orientation: Orientation, times: int = 1, along: FrameAxis = "space") -> SequenceInfo:
    plane = GRID.plane(orientation)
    info = SequenceInfo("scan", "scan.nii", "volume", plane.frames * times, plane.width, plane.height)
    grid = {"spacing": GRID.spacing, "origin": GRID.origin, "direction": GRID.direction}
    return replace(info, orientation=orientation, time_points=times, along=along, **grid)  # type: ignore[arg-type]


def turned(tmp_path: Path, cells: dict[int, Annotation]) -> Edit:
    edit = reorient_masks(contents(cells), scan("axial"), contents({}), scan("coronal"), tmp_path)
    assert edit is not None
    return edit


@pytest.mark.parametrize("last", [Status.EDITED, Status.VERIFIED])
def test_a_slice_that_crosses_a_propagated_mask_is_propagated_with_its_score(
    tmp_path: Path, last: Status
) -> None:
    """The run is whole, yet nobody has looked at what was propagated."""
    carried = {frame: cell(Status.PROPAGATED, 1 - frame / 10) for frame in range(1, 3)}
    edit = turned(tmp_path, {0: cell(Status.EDITED), **carried, 3: cell(last)})
    found = [change.after for change in edit.cells if masks.area(change.after.mask)]
    assert len(found) == 3
    assert {(after.status, after.score) for after in found} == {(Status.PROPAGATED, 0.8)}


def test_what_a_person_made_or_verified_on_every_frame_stays_done(tmp_path: Path) -> None:
    for status in (Status.EDITED, Status.VERIFIED):
        edit = turned(tmp_path, {frame: cell(status) for frame in range(4)})
        assert {change.after.status for change in edit.cells} == {status}


def over_time(frames: dict[int, Annotation], edits: int = 1) -> JournalContents:
    return replace(contents(frames), next_edit=edits)


def test_along_time_and_back_every_mask_is_the_same_and_what_a_person_accepted_is_a_reference(
    tmp_path: Path,
) -> None:
    space, film = scan("axial", 3), scan("axial", 3, "time")
    before, after = order_of(space), order_of(film)
    made = {
        before.frame(0, 2): cell(Status.EDITED),
        before.frame(1, 2): cell(Status.PROPAGATED, 0.6),
        before.frame(2, 0): cell(Status.VERIFIED),
    }
    edit = reorient_masks(over_time(made), space, over_time({}, 5), film, tmp_path)
    assert edit is not None and edit.title == "Turn from axial"
    turned = {change.frame: change.after for change in edit.cells if change.after is not None}
    assert set(turned) == {after.frame(0, 2), after.frame(1, 2), after.frame(2, 0)}
    assert turned[after.frame(1, 2)] == replace(made[before.frame(1, 2)], sources=ELSEWHERE)
    for place in ((0, 2), (2, 0)):
        here = turned[after.frame(*place)]
        assert (here.mask, here.status) == (
            made[before.frame(*place)].mask,
            made[before.frame(*place)].status,
        )
        assert (here.reference, here.version) == (True, 5)
    assert reorient_masks(over_time(turned), film, over_time(made), space, tmp_path) is None
    changed = {**turned, after.frame(1, 2): replace(turned[after.frame(1, 2)], status=Status.VERIFIED)}
    back = reorient_masks(over_time(changed), film, over_time(made), space, tmp_path)
    assert back is not None and [(item.frame, item.after and item.after.status) for item in back.cells] == [
        (before.frame(1, 2), Status.VERIFIED)
    ]


def test_each_time_point_is_turned_by_itself(tmp_path: Path) -> None:
    space, coronal = scan("axial", 2), scan("coronal", 2)
    made = {order_of(space).frame(1, index): cell(Status.EDITED) for index in range(4)}
    edit = reorient_masks(over_time(made), space, over_time({}), coronal, tmp_path)
    assert edit is not None
    found = {change.frame for change in edit.cells if change.after and masks.area(change.after.mask)}
    assert found == {order_of(coronal).frame(1, row) for row in (1, 2, 3)}
