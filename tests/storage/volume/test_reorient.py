"""What is known of masks when the scan is sliced in another direction."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.domain.annotation import Annotation, FrameAxis, Label, Object, Orientation, SequenceInfo, Status
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
