"""What is exported and what imported label values mean is chosen by keys."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.domain.annotation import Status
from app.domain.export_selection import DataSetChoice
from app.domain.label_clash import LabelAnswer
from app.imaging.masks import encode
from app.messages import events as ev
from app.views.dialogs.data_set_dialog import DataSetDialog
from app.views.dialogs.export_dialog import ExportDialog
from app.views.dialogs.file_browser import FileBrowser
from app.views.dialogs.import_dialog import ImportDialog
from app.views.dialogs.quick_pick import QuickPick
from tests.gui.pilot import HEIGHT, WIDTH, Pilot


@pytest.fixture(scope="module")
def film(pilot: Pilot, clip: Path) -> Pilot:
    """A film in the window."""
    pilot.loop.commands.files.open_sequence(clip)
    pilot.wait_for_sequence(clip.name)
    return pilot


def test_frames_are_chosen_by_status_and_marks(film: Pilot) -> None:
    pilot = film
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[20:60, 20:60] = True
    pilot.loop.post(ev.LabelAdded("tool"))
    pilot.loop.post(ev.ObjectAdded())
    pilot.wait_for_objects(1)
    pilot.loop.post(ev.MaskSet(3, pilot.snapshot.sequence.objects[0].object_id, encode(mask)))
    pilot.loop.post(ev.RangeMarked(2, 6))
    pilot.until(lambda: pilot.snapshot.sequence.marks == (2, 6) and pilot.snapshot.tracks[0].statuses[3])
    pilot.key("ctrl+s")
    dialog = pilot.dialog(ExportDialog)
    pilot.key("Right", "Right", "space")
    pilot.frames(6)
    pilot.shot("export-frames")
    assert dialog.selection.frames == (2, 3, 4, 5)
    assert dialog.selection.statuses == (Status.EDITED, Status.VERIFIED)
    pilot.key("Return")
    pilot.until(lambda: pilot.count(ev.ExportRequested) and pilot.snapshot.tasks.export is None)
    pilot.until(lambda: any("3 of 4 frames" in toast.text for toast in pilot.snapshot.toasts))


def test_a_label_value_that_means_something_else_is_asked_about(film: Pilot, tmp_path: Path) -> None:
    pilot = film
    box = [[50, 50, 90, 50, 90, 90, 50, 90]]
    content = {
        "images": [{"id": 1, "file_name": "00005.png", "width": WIDTH, "height": HEIGHT}],
        "categories": [{"id": 1, "name": "polyp"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": box}],
    }
    (tmp_path / "set.json").write_text(json.dumps(content))
    if not any(label.value == 1 for label in pilot.snapshot.labels):
        pilot.loop.post(ev.LabelAdded("tool", 1))
    pilot.until(lambda: any(label.value == 1 for label in pilot.snapshot.labels))
    pilot.loop.post(ev.MasksImportRequested(str(tmp_path / "set.json")))
    pilot.dialog(QuickPick)
    pilot.shot("label-clash")
    pilot.key("Return")
    pilot.dialog(ImportDialog)
    pilot.shot("import-preview")
    pilot.key("Return")
    pilot.until(lambda: any(label.name == "polyp" for label in pilot.snapshot.labels), "for the import")
    last = pilot.last(ev.MasksImportRequested)
    assert isinstance(last, ev.MasksImportRequested) and last.answer == LabelAnswer()


def test_sequences_and_masks_of_a_data_set_are_chosen_by_keys(film: Pilot) -> None:
    pilot = film
    pilot.key("ctrl+alt+s")
    pilot.dialog(QuickPick)
    pilot.write("davis")
    pilot.key("Return")
    dialog = pilot.dialog(DataSetDialog)
    assert dialog.choice == DataSetChoice()
    pilot.key("m", "shift+c", "l")
    pilot.frames(6)
    pilot.shot("data-set")
    by_hand = (Status.EDITED, Status.VERIFIED)
    first = min(label.name for label in pilot.snapshot.labels)
    assert dialog.choice == DataSetChoice(None, by_hand, 0.95, first)
    pilot.key("Return")
    pilot.dialog(FileBrowser)
    pilot.key("Escape")
    pilot.no_dialog()
    assert not pilot.count(ev.DataSetRequested)


def test_pictures_that_show_a_name_are_asked_about(film: Pilot, tmp_path: Path) -> None:
    pilot, folder = film, tmp_path / "study"
    folder.mkdir()
    for number in range(3):
        picture = np.full((160, 240, 3), 50, np.uint8)
        if number:
            cv2.putText(picture, "DOE JANE 1964", (20, 48), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (240, 240, 240), 1)
        cv2.imwrite(str(folder / f"{number}.png"), picture)
    pilot.loop.commands.files.open_sequence(folder)
    pilot.wait_for_sequence(folder.name)
    pilot.loop.post(ev.ExportRequested(("overlay",), str(tmp_path / "out")))
    pilot.dialog(QuickPick)
    pilot.shot("pictures-with-text")
    pilot.key("Return")
    pilot.no_dialog()
    pilot.until(lambda: pilot.snapshot.sequence.frame == 1)
    assert list(pilot.snapshot.sequence.findings) == [1, 2]
    pilot.frames(6)
    pilot.shot("frame-with-text")
    pilot.key("ctrl+s")
    pilot.dialog(ExportDialog)
    pilot.frames(6)
    pilot.shot("export-with-flags")
    pilot.key("Escape")
    pilot.no_dialog()
    pilot.loop.post(ev.ExportRequested(("overlay",), str(tmp_path / "out")))
    pilot.dialog(QuickPick)
    pilot.write("paint")
    pilot.key("Return")
    pilot.until(lambda: len(list((tmp_path / "out").rglob("overlay/*.png"))) == 3, "for the export")
    last = pilot.last(ev.ExportRequested)
    assert isinstance(last, ev.ExportRequested) and last.pictures == "mask"
