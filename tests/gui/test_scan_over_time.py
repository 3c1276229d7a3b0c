"""A beating heart in the window: time points by keys, along time, propagation within a slice, volumes as a curve."""

from __future__ import annotations

import numpy as np
import pytest
from nibabel.loadsave import save
from nibabel.nifti1 import Nifti1Image

from app.domain.frame_order import order_of
from app.imaging import masks
from app.messages.events import MaskSet, SequenceRequested
from app.views.dialogs.areas_dialog import AreasDialog
from tests.gui.pilot import Pilot

TIMES, SLICES, SIDE = 20, 10, 96


def ventricle(time: int, index: int) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """The blood of a ventricle that is widest at time point 0 and narrowest half of a beat later."""
    y, x = np.mgrid[:SIDE, :SIDE]
    radius = (14 + 6 * np.cos(2 * np.pi * time / TIMES)) * (1 - 0.05 * index)
    inside: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = (y - 50) ** 2 + (x - 44) ** 2 < radius**2
    return inside


@pytest.fixture(scope="module")
def heart(pilot: Pilot, tmp_path_factory: pytest.TempPathFactory) -> Pilot:
    noise = np.random.default_rng(3).integers(0, 30, (TIMES, SLICES, SIDE, SIDE))
    blood = np.array([[ventricle(t, z) for z in range(SLICES)] for t in range(TIMES)])
    voxels = np.where(blood, 400, 150).astype(np.int16) + noise.astype(np.int16)
    path = tmp_path_factory.mktemp("heart") / "heart.nii.gz"
    save(Nifti1Image(voxels.transpose(3, 2, 1, 0), np.diag([-1.4, -1.4, 8.0, 1.0])), path)
    pilot.loop.post(SequenceRequested(str(path)))
    pilot.until(lambda: pilot.bench.canvas.frame == 0, "for the first slice")
    return pilot


def place(pilot: Pilot) -> tuple[int, int]:
    """Time point and slice that the canvas shows."""
    info, frame = pilot.snapshot.sequence.info, pilot.bench.canvas.frame
    assert info is not None
    return (-1, -1) if frame is None else (order_of(info).time_of(frame), order_of(info).slice_of(frame))


def test_keys_step_through_slices_and_time_points(heart: Pilot) -> None:
    heart.key("Right", "Right", "Right", "Right")
    heart.key("Up", "Up")
    heart.until(lambda: place(heart) == (2, 4), "for the next time points")
    heart.key("Down", "Down", "Down")
    heart.until(lambda: place(heart) == (TIMES - 1, 4), "for the last time point, before the first")
    heart.key("End", "Right")
    heart.until(lambda: place(heart) == (TIMES - 1, SLICES - 1), "for the last slice of the time point")
    heart.shot("over_time_space")


def test_a_time_point_and_a_slice_are_typed_into_the_frame_box(heart: Pilot) -> None:
    for text, wanted in (("13 7", (13, 7)), ("t 19", (19, 7))):
        heart.key("ctrl+g")
        heart.frames(6)
        heart.write(text)
        heart.frames(6)
        heart.key("Return")
        heart.until(lambda: place(heart) == wanted, "for the place that was typed")  # noqa: B023 - called at once
    heart.shot("over_time_box")


def test_masks_of_a_slice_propagate_along_time_and_their_volumes_are_a_curve(heart: Pilot) -> None:
    heart.key("Home", "Right", "Right", "Up")
    heart.until(lambda: place(heart) == (0, 2))
    info = heart.snapshot.sequence.info
    assert info is not None
    made = masks.encode(ventricle(0, 2))
    heart.click(44, 50)
    heart.wait_for_mask(1)
    heart.key("space")
    heart.wait_for_objects(1)
    (item,) = heart.snapshot.sequence.objects
    heart.loop.post(MaskSet(order_of(info).frame(0, 2), item.object_id, made))
    heart.key("shift+F5")
    heart.until(lambda: heart.snapshot.sequence.info and heart.snapshot.sequence.info.along == "time")
    heart.until(lambda: place(heart) == (0, 2), "for the same place along time")
    heart.key("g")
    heart.until(
        lambda: heart.snapshot.propagation is None and _masks(heart) == TIMES, "for the slice over time"
    )
    heart.key("Right", "Right", "Right", "Right", "Right")
    heart.until(lambda: place(heart) == (5, 2))
    heart.frames(8)
    heart.shot("over_time_time")
    heart.key("alt+y")
    heart.dialog(AreasDialog)
    heart.until(lambda: heart.snapshot.sequence.areas)
    (curve,) = heart.snapshot.sequence.areas
    assert (curve.unit, curve.frames) == ("ml", tuple(range(TIMES)))
    true = [ventricle(time, 2).sum() * 1.4 * 1.4 * 8 / 1000 for time in range(TIMES)]
    assert curve.areas[0] == pytest.approx(true[0], rel=1e-3)
    assert np.corrcoef(curve.areas, true)[0, 1] > 0.9
    heart.frames(8)
    heart.shot("over_time_curve")
    heart.key("Escape")
    heart.no_dialog()
    heart.key("shift+F5")
    heart.until(lambda: heart.snapshot.sequence.info and heart.snapshot.sequence.info.along == "space")
    heart.until(lambda: place(heart) == (5, 2), "for the same place along space")
    heart.frames(30)
    heart.shot("over_time_back")


def _masks(pilot: Pilot) -> int:
    return sum(len(track.statuses) - track.statuses.count(0) for track in pilot.snapshot.tracks)
