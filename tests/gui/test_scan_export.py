"""A DICOM series from opening to export by keys and mouse, with its masks in 3D beside the linked views."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from nibabel.nifti1 import Nifti1Image

from app.imaging.masks import encode
from app.messages.events import CrossMoved, ExportRequested, LabelAdded, MaskSet, ObjectAdded
from app.storage.exporters.export_registry import export_formats
from app.views.canvas.compass import SIDES
from app.views.dialogs.export_dialog import ExportDialog
from tests.gui.pilot import Pilot
from tests.helpers.scans import write_series

SHAPE = (24, 60, 80)
BALLS = ((12, 30, 24), (12, 30, 56))


@pytest.fixture(scope="module")
def scan(pilot: Pilot, tmp_path_factory: pytest.TempPathFactory) -> Pilot:
    """Two bright balls."""
    z, y, x = np.mgrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    far = np.min([(2 * (z - k)) ** 2 + (y - j) ** 2 + (x - i) ** 2 for k, j, i in BALLS], axis=0)
    folder = tmp_path_factory.mktemp("scan") / "series"
    write_series(folder, np.where(far < 12**2, 300, x % 7 - 100).astype(np.int16))
    pilot.loop.commands.files.open_sequence(folder)
    pilot.until(lambda: pilot.bench.canvas.frame == 0, "for the first slice")
    return pilot


def ball(frame: int, number: int) -> np.ndarray:
    k, j, i = BALLS[number]
    y, x = np.mgrid[: SHAPE[1], : SHAPE[2]]
    return np.asarray((2 * (frame - k)) ** 2 + (y - j) ** 2 + (x - i) ** 2 < 12**2)


def test_two_objects_of_a_label_stand_in_3d_beside_the_linked_views(scan: Pilot) -> None:
    scan.loop.post(LabelAdded("lung nodule"))
    for number in range(len(BALLS)):
        scan.loop.post(ObjectAdded())
        scan.wait_for_objects(number + 1)
        for frame in range(SHAPE[0]):
            scan.loop.post(
                MaskSet(frame, scan.snapshot.sequence.objects[-1].object_id, encode(ball(frame, number)))
            )
    scan.loop.post(CrossMoved(BALLS[0][0], 24.0, 30.0))
    scan.key("F3")
    scan.until(lambda: fine(scan) and scan.snapshot.sequence.extents, "for the 3D picture")
    scan.until(lambda: scan.bench.linked_views.views[0].orientation is not None, "for linked views")
    scan.frames(6)
    scan.shot("volume-solid")


def test_the_side_of_the_patient_is_not_hidden_by_the_name_of_a_small_view(scan: Pilot) -> None:
    for view in scan.bench.linked_views.views:
        assert view.orientation is not None
        right, bottom = view.title_corner
        letters = [letter for letter, (x, y) in view.compass.letters if x >= right or y >= bottom]
        assert sorted(letters) == sorted(SIDES[view.orientation])


def test_one_of_them_is_left_out_by_key_and_comes_back_by_a_click(scan: Pilot) -> None:
    both = picture(scan)
    scan.key("ctrl+alt+h")
    scan.until(lambda: scan.snapshot.view3d.left_out == {2} and fine(scan))
    scan.until(lambda: not np.array_equal(picture(scan), both), "for another picture")
    scan.frames(6)
    scan.shot("volume-left-out")
    x, y = scan.bench.view3d.position
    scan.tool("mousemove", x + 40, y + 22 + 2 * 26)
    scan.tool("click", 1)
    scan.until(lambda: not scan.snapshot.view3d.left_out)
    scan.until(lambda: fine(scan) and np.array_equal(picture(scan), both), "for the first picture")


def test_all_kinds_of_files_but_training_sets_are_chosen_in_the_dialog_and_are_there(scan: Pilot) -> None:
    folder = (
        Path(scan.snapshot.sequence.info.path).parent / "label" if scan.snapshot.sequence.info else Path()
    )
    scan.key("ctrl+s")
    dialog = scan.dialog(ExportDialog)
    formats = export_formats()
    lacking = {"key-images", "intervals", "elan"}  # refused where nothing is marked
    offered = zip(dialog.ticks, dialog.offered, strict=True)
    keys = [key for key, kind in offered if not formats[kind].is_set and kind not in lacking]
    scan.key(*(key.lower() for key in keys if not dialog.ticks[key]))
    scan.frames(6)
    scan.shot("volume-export")
    scan.key("Return")
    scan.until(lambda: scan.count(ExportRequested) and scan.snapshot.tasks.export is None, "for the files")
    said = f"Exported to {folder}: 18 files and folders."
    scan.until(lambda: any(toast.text == said for toast in scan.snapshot.toasts), "for the message")
    kept = scan.loop.commands.preferences.current.export_folder
    assert kept is None, "the next sequence would be exported beside this one, though nobody chose that"
    scan.frames(6)
    scan.shot("volume-exported")
    found = {path.name: path for path in folder.rglob("*") if path.is_file()}
    nifti = next(path for name, path in found.items() if name.endswith("_labels.nii.gz"))
    truth = sum(ball(frame, number).sum() for frame in range(SHAPE[0]) for number in range(len(BALLS)))
    assert np.count_nonzero(np.asarray(Nifti1Image.from_filename(nifti).dataobj)) == truth
    ends = (".nrrd", ".dcm", ".stl", ".obj", ".csv")
    assert [end for end in ends if not any(name.endswith(end) for name in found)] == []


def fine(scan: Pilot) -> bool:
    solid = scan.bench.view3d.picture
    return solid is not None and solid.is_fine


def picture(scan: Pilot) -> np.ndarray:
    solid = scan.bench.view3d.picture
    assert solid is not None
    assert solid.image is not None
    return solid.image
