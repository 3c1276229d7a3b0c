"""Masks of a scan that has gained and lost slices lie on the same tissue as before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.domain.annotation import Annotation, FrameAxis, Orientation, SequenceInfo, Status
from app.domain.frame_order import FrameOrder
from app.imaging import masks
from app.imaging.volume_geometry import geometry_of, plane_of
from app.storage.workspace.image_changes import match_images
from app.storage.workspace.slice_changes import carry_by_offset, carry_slices, frame_by_offset, list_slices

BEFORE, AFTER = ("a", "b", "c", "d"), ("z", "a", "c", "d", "e")


def scan(orientation: Orientation, depth: int) -> SequenceInfo:
    whole = SequenceInfo(
        "ct", "/ct", "volume", depth, 24, 20, spacing=(2.5, 0.75, 0.5), origin=(0, 0, 0),
        direction=(1, 0, 0, 0, 1, 0, 0, 0, 1), orientation="axial",
    )  # fmt: skip
    plane = geometry_of(whole).plane(orientation)
    size = {"frames": plane.frames, "width": plane.width, "height": plane.height}
    return SequenceInfo(
        **{**{name: getattr(whole, name) for name in whole.__slots__}, **size, "orientation": orientation}
    )


@pytest.mark.parametrize("orientation", ["axial", "coronal", "sagittal"])
def test_masks_stay_on_their_slices_in_every_direction(orientation: Orientation) -> None:
    voxels = np.random.default_rng(3).random((len(BEFORE), 20, 24)) < 0.5
    old, new = scan(orientation, len(BEFORE)), scan(orientation, len(AFTER))
    cells = [
        (
            frame,
            7,
            Annotation(
                masks.encode(np.ascontiguousarray(plane_of(old).slice_array(voxels, frame))), Status.EDITED
            ),
        )
        for frame in range(old.frames)
    ]
    match = match_images(list_slices(BEFORE), list_slices(AFTER))
    assert match.places == {0: 1, 2: 2, 3: 3} and match.gone == ("b",) and match.added == 2
    found = np.zeros((len(AFTER), 20, 24), bool)
    for frame, object_id, cell in carry_slices(cells, match.places, new):
        assert object_id == 7 and cell.status is Status.EDITED
        plane_of(new).slice_array(found, frame)[...] = masks.decode(cell.mask)
    expected = np.zeros_like(found)
    expected[[1, 2, 3]] = voxels[[0, 2, 3]]
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("along", ["space", "time"])
@pytest.mark.parametrize("orientation", ["axial", "sagittal"])
def test_masks_over_time_go_with_their_voxels_into_another_part_of_the_scan(
    orientation: Orientation, along: FrameAxis
) -> None:
    times, before, offset = 3, (9, 26, 30), (-2, 1, -4)
    new = scan(orientation, 6)
    slices = new.frames
    new = replace(new, frames=slices * times, time_points=times, along=along)
    plane = plane_of(new)
    old = FrameOrder(before[plane.axis], times, along)
    voxels = np.random.default_rng(5).random((times, *before)) < 0.5
    cells = []
    for frame in range(old.frames):
        picture = plane.slice_array(voxels[old.time_of(frame)], old.slice_of(frame))
        cells.append((frame, 7, Annotation(masks.encode(np.ascontiguousarray(picture)), Status.VERIFIED)))
    found = np.zeros((times, 6, 20, 24), bool)
    for frame, object_id, cell in carry_by_offset(cells, before, offset, new):
        assert object_id == 7 and cell.status is Status.VERIFIED
        order = FrameOrder(slices, times, along)
        plane.slice_array(found[order.time_of(frame)], order.slice_of(frame))[...] = masks.decode(cell.mask)
    expected = np.zeros_like(found)
    expected[:, :, 1:, :] = voxels[:, 2:8, :19, 4:28]
    assert np.array_equal(found, expected)
    assert frame_by_offset(old.frames, before, offset, new) is None
