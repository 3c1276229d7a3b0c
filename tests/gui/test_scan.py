"""A scan in the window: true aspect, intensity windows, directions with linked views, measures, series."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from nibabel.loadsave import save
from nibabel.nifti1 import Nifti1Image

from app.domain.annotation import Window
from app.imaging import masks
from app.messages.events import (
    ClickAdded,
    CrossMoved,
    ExportRequested,
    OrientationChosen,
    SequenceRequested,
    WindowChanged,
)
from app.views.dialogs.dialogs import Dialog
from app.views.dialogs.export_dialog import ExportDialog
from tests.gui.pilot import Pilot

SHAPE = (20, 60, 80)
SPACING = (3.0, 1.0, 1.0)
BALL = (10, 30, 44)


@pytest.fixture(scope="module")
def scan(pilot: Pilot, tmp_path_factory: pytest.TempPathFactory) -> Pilot:
    """A bright ball in a gradient, stored with its first voxel at the patient's left, back and feet."""
    z, y, x = np.mgrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    far = (3 * (z - BALL[0])) ** 2 + (y - BALL[1]) ** 2 + (x - BALL[2]) ** 2
    stack = np.where(far < 14**2, 300, x + 2 * y + 3 * z - 200).astype(np.int16)
    affine = np.diag([-SPACING[2], SPACING[1], SPACING[0], 1.0])
    path = tmp_path_factory.mktemp("scan") / "ball.nii.gz"
    save(Nifti1Image(stack.transpose(2, 1, 0), affine), path)
    pilot.loop.post(SequenceRequested(str(path)))
    pilot.until(lambda: pilot.bench.canvas.frame == 0, "for the first slice")
    go(pilot, BALL[0])
    return pilot


def go(pilot: Pilot, frame: int) -> None:
    pilot.loop.post(CrossMoved(frame, float(BALL[2]), float(BALL[1])))
    pilot.until(
        lambda: pilot.snapshot.sequence.frame == frame == pilot.bench.canvas.frame, f"for slice {frame}"
    )
    pilot.frames(6)


def turn(pilot: Pilot, key: str, orientation: str) -> None:
    pilot.key(key)
    pilot.until(
        lambda: pilot.snapshot.sequence.info and pilot.snapshot.sequence.info.orientation == orientation
    )
    pilot.until(lambda: pilot.bench.canvas.frame == pilot.snapshot.sequence.frame, "for the slice")
    pilot.until(
        lambda: pilot.bench.linked_views.views[0].orientation not in (None, orientation), "for linked views"
    )
    pilot.frames(6)


def test_what_is_clicked_is_what_is_drawn_there_in_every_direction(scan: Pilot) -> None:
    for key, orientation in (("F6", "coronal"), ("F7", "sagittal"), ("F5", "axial")):
        turn(scan, key, orientation)
        canvas = scan.bench.canvas
        view = canvas.interaction.view
        assert view is not None
        canvas.interaction.view = view.zoomed(11.3 / view.scale, 250, 220)
        screen = cv2.imread(str(scan.shot(f"scan-{orientation}")))
        assert screen is not None
        picture = canvas.picture
        assert picture is not None
        places = [(x, y) for x in (180, 253, 304) for y in (190, 257, 311)]
        inside = [
            place
            for place in places
            if canvas.interaction.view.has(*canvas.interaction.view.point_at(*place))
        ]
        assert inside
        for x, y in inside:
            column, row = (round(n) for n in canvas.interaction.view.point_at(x, y))
            shown = screen[y + canvas.position[1], x + canvas.position[0], ::-1].astype(int)
            assert np.abs(shown - picture.image[row, column, :3]).max() <= 2
        scan.posted.clear()
        place = canvas.interaction.view.point_at(270, 240)
        scan.tool("mousemove", 270 + canvas.position[0], 240 + canvas.position[1])
        scan.tool("click", 3)
        scan.until(lambda: scan.count(ClickAdded))
        click = scan.last(ClickAdded)
        assert isinstance(click, ClickAdded)
        assert (click.x, click.y, click.positive) == (*place, False)
        scan.key("ctrl+shift+z")
        scan.until(lambda: scan.snapshot.pending is None)
        scan.key("0")


def test_pixels_are_as_tall_as_slices_are_thick(scan: Pilot) -> None:
    turn(scan, "F6", "coronal")
    view = scan.bench.canvas.interaction.view
    assert view is not None
    assert view.aspect == pytest.approx(3.0)
    assert view.flip_y
    turn(scan, "F5", "axial")


def test_the_window_is_changed_by_drag_and_key_and_a_right_click_still_takes_away(scan: Pilot) -> None:
    scan.key("alt+1")
    scan.until(lambda: scan.snapshot.view.window == Window(400, 40))
    scan.posted.clear()
    scan.point(20, 10)
    scan.tool("keydown", "shift")
    scan.tool("mousedown", 3)
    x, y = scan.at(20, 10)
    scan.tool("mousemove", x + 64, y - 32)
    scan.tool("mouseup", 3)
    scan.tool("keyup", "shift")
    scan.until(lambda: scan.snapshot.view.window == Window(500, -10), "for the dragged window")
    assert scan.count(ClickAdded) == 0
    assert scan.count(WindowChanged) >= 1
    scan.key("alt+3")
    scan.until(lambda: scan.snapshot.view.window == Window(1500, -600))
    scan.frames(6)
    assert "Lung" in scan.bench.status.texts["window"]
    scan.key("alt+7")
    scan.until(
        lambda: scan.count(WindowChanged) and scan.snapshot.view.window not in (None, Window(1500, -600))
    )
    scan.key("alt+0")


def test_a_mask_made_axially_shows_coronally_and_is_measured(scan: Pilot) -> None:
    go(scan, BALL[0])
    scan.key("alt+1")
    scan.click(BALL[2], BALL[1])
    scan.until(lambda: scan.snapshot.pending and scan.snapshot.pending.mask, "for a mask")
    scan.key("space")
    scan.until(lambda: scan.snapshot.sequence.objects and scan.snapshot.pending is None)
    scan.key("space")
    scan.until(lambda: scan.snapshot.sequence.mode == "annotate")
    scan.until(lambda: scan.snapshot.sequence.extents, "for measures")
    scan.frames(6)
    scan.shot("scan-mask")
    turn(scan, "F6", "coronal")
    scan.until(lambda: scan.snapshot.annotations, "for the mask")
    mask = masks.decode(dict(scan.snapshot.annotations)[1].mask)
    assert mask[BALL[0], BALL[2]]
    assert not mask[BALL[0] + 1].any()
    scan.shot("scan-mask-coronal")
    turn(scan, "F5", "axial")


def test_a_click_on_a_linked_view_goes_there(scan: Pilot) -> None:
    coronal, sagittal = scan.bench.linked_views.views
    assert (coronal.orientation, sagittal.orientation) == ("coronal", "sagittal")
    left, top, width, height = coronal.area
    x, y = left + width // 2 + 20, top + height // 2 - 15
    voxel = coronal.voxel_at(x, y)
    assert voxel is not None
    scan.tool("mousemove", x, y)
    scan.tool("click", 1)
    scan.until(lambda: scan.snapshot.sequence.frame == voxel[0] == scan.bench.canvas.frame)
    assert scan.snapshot.sequence.cross == (voxel[2], BALL[1])
    before = scan.snapshot.sequence.cross
    scan.tool("click", 5)
    scan.until(lambda: scan.snapshot.sequence.cross != before)
    scan.shot("scan-linked")


def test_linked_views_are_hidden_by_a_key_and_the_slice_takes_their_place(scan: Pilot) -> None:
    wide = scan.bench.canvas.size[0]
    scan.key("F8")
    scan.until(lambda: scan.bench.canvas.size[0] > wide)
    assert scan.count(OrientationChosen) > 0
    scan.key("F8")
    scan.until(lambda: scan.bench.canvas.size[0] == wide)


def drag_edge_of_second(scan: Pilot) -> None:
    """Make the frame wider than the series beside it, and set it back by a double click."""
    (left, top), (width, height) = scan.bench.canvas.position, scan.bench.canvas.size
    middle = top + height // 2
    scan.tool("mousemove", left + width, middle)
    scan.tool("mousedown", 1)
    scan.tool("mousemove", left + width + 70, middle)
    scan.tool("mouseup", 1)
    scan.until(lambda: scan.bench.canvas.size[0] == width + 70, "for a wider frame")
    scan.frames(6)
    scan.shot("scan-second-narrow")
    scan.tool("mousemove", left + width + 70, middle)
    scan.tool("click", "--repeat", 2, "--delay", 40, 1)
    scan.until(lambda: scan.bench.canvas.size[0] == width, "for the usual width")


def test_another_series_stands_beside_the_slice_and_escape_closes_it(scan: Pilot) -> None:
    info = scan.snapshot.sequence.info
    assert info is not None
    affine = np.diag([-2.0, 2.0, 6.0, 1.0])
    save(Nifti1Image(np.full((40, 30, 10), 100, np.int16), affine), Path(info.path).parent / "other.nii.gz")
    scan.key("shift+F8")
    scan.until(lambda: scan.bench.second.is_drawn, "for the other series")
    scan.until(lambda: (now := scan.snapshot.sequence.second) and now.window, "for its window")
    scan.frames(6)
    scan.shot("scan-second")
    drag_edge_of_second(scan)
    frame, left = scan.snapshot.sequence.frame, scan.bench.canvas.position[0]
    right = left + scan.bench.canvas.size[0] * 3 // 2
    scan.tool("mousemove", right, scan.bench.canvas.position[1] + scan.bench.canvas.size[1] // 2)
    scan.tool("click", 4)
    scan.until(lambda: scan.snapshot.sequence.frame != frame, "for another slice")
    main = scan.snapshot.view.window
    scan.key("alt+4")
    scan.until(lambda: (now := scan.snapshot.sequence.second) and now.window == Window(1800.0, 400.0))
    assert scan.snapshot.view.window == main, "keys change the window of the view under the mouse"
    scan.key("Escape")
    scan.until(lambda: scan.snapshot.sequence.second is None, "for the slice alone")
    go(scan, frame)


def test_what_a_scan_can_be_written_as_is_offered_and_nothing_ticked_is_said(scan: Pilot) -> None:
    scan.key("ctrl+s")
    dialog = scan.dialog(ExportDialog)
    assert "dicom-seg" not in dialog.offered and "nifti" in dialog.offered
    scan.key(*(key.lower() for key, is_ticked in dialog.ticks.items() if is_ticked))
    scan.key("Return")
    scan.frames(6)
    assert dialog.is_open
    assert dialog.hint
    scan.shot("scan-nothing-ticked")
    scan.key("Escape")
    scan.no_dialog()
    assert scan.count(ExportRequested) == 0


def test_a_folder_with_several_series_asks_which_and_the_keyboard_answers(
    scan: Pilot, tmp_path: Path
) -> None:
    from tests.helpers.scans import voxels, write_series

    for name, depth in (("thin", 7), ("thick", 4)):
        write_series(
            tmp_path / "study" / name,
            voxels((depth, 40, 50)),
            SeriesInstanceUID=f"1.2.{depth}",
            SeriesDescription=name,
        )
    scan.loop.commands.files.open_sequence(tmp_path / "study")
    scan.dialog(Dialog)
    scan.shot("scan-series")
    scan.key("Down", "Return")
    scan.until(
        lambda: scan.snapshot.sequence.info and scan.snapshot.sequence.info.frames == 4,
        "for the thick series",
    )
    scan.until(lambda: scan.bench.canvas.frame == scan.snapshot.sequence.frame)


def test_a_bad_scan_is_named_and_the_window_lives_on(scan: Pilot, tmp_path: Path) -> None:
    bad = tmp_path / "torn.nii"
    bad.write_bytes(b"\x5c\x01\0\0" + bytes(400))
    scan.loop.commands.files.open_sequence(bad)
    scan.until(lambda: any("torn.nii" in toast.text for toast in scan.snapshot.toasts), "for a message")
    assert scan.snapshot.sequence.info is not None
    scan.key("Right")
    scan.until(lambda: scan.bench.canvas.frame == scan.snapshot.sequence.frame)
