"""An export of ours comes back with status, score, author and objects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from app.domain.annotation import Annotation, Label, Mask, Object, SequenceInfo, Status, empty_mask
from app.imaging import masks
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.export_registry import write_export
from app.storage.exporters.mask_record import KEY
from app.storage.exporters.volume_job import VolumeJob
from app.storage.importers.import_registry import read_masks
from app.storage.importers.import_result import MaskFacts
from app.storage.volume.volume_opening import open_volume
from tests.helpers.scans import voxels, write_series

HEIGHT, WIDTH, FRAMES = 12, 16, 5
INFO = SequenceInfo("clip.mp4", "/clip.mp4", "video", FRAMES, WIDTH, HEIGHT, 25.0)
LABELS = (Label(3, "tool", (0, 200, 0)), Label(4, "Polyp 息肉", (200, 0, 0)))
OBJECTS = (Object(2, 3), Object(5, 3), Object(6, 4))


def block(left: int) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[2:9, left : left + 6] = True
    return mask


CELLS = {
    (0, 2): Annotation(masks.encode(block(0)), Status.EDITED, reference=True),
    (0, 5): Annotation(masks.encode(block(3)), Status.VERIFIED, 0.75),  # overlaps an object of the same label
    (0, 6): Annotation(masks.encode(block(5)), Status.IMPORTED, 0.5, author="Eve"),
    (1, 2): Annotation(masks.encode(block(1)), Status.PROPAGATED, 0.25),
    (2, 2): Annotation(empty_mask(HEIGHT, WIDTH), Status.VERIFIED),
}
AUTHORS = {(0, 2): "Ada", (0, 5): "Bob", (0, 6): "Ada", (1, 2): "Ada", (2, 2): "Bob"}
FACTS = {
    (0, 2): MaskFacts(Status.EDITED, 1.0, "Ada", 2),
    (0, 5): MaskFacts(Status.VERIFIED, 0.75, "Bob", 5),
    (0, 6): MaskFacts(Status.IMPORTED, 0.5, "Eve", 6),
    (1, 2): MaskFacts(Status.PROPAGATED, 0.25, "Ada", 2),
    (2, 2): MaskFacts(Status.VERIFIED, 1.0, "Bob", 2),
}


def job() -> ExportJob:
    def annotations(frame: int) -> dict[int, Annotation]:
        return {key: cell for (index, key), cell in CELLS.items() if index == frame}

    return ExportJob(
        INFO,
        LABELS,
        OBJECTS,
        annotations,
        lambda frame: np.zeros((HEIGHT, WIDTH, 3), np.uint8),
        0.5,
        lambda done, total: None,
        lambda: None,
        authors=AUTHORS,
    )


@pytest.mark.parametrize("kind", ["coco", "png"])
def test_everything_known_of_a_mask_comes_back(tmp_path: Path, kind: str) -> None:
    [path, *_] = write_export(kind, job(), tmp_path)
    imported = read_masks(path, INFO, LABELS)
    found = {}
    for frame, layers in imported.frames():
        for key, (value, mask) in layers.items():
            facts = imported.facts[frame, key]
            found[frame, facts.own_id] = (value, facts, masks.encode(mask))
    labels = {item.object_id: item.label for item in OBJECTS}
    assert found == {key: (labels[key[1]], FACTS[key], cell.mask) for key, cell in CELLS.items()}


def scan_cells() -> dict[tuple[int, int], Annotation]:
    def box(top: int, left: int) -> Mask:
        mask = np.zeros((20, 24), bool)
        mask[top : top + 6, left : left + 8] = True
        return masks.encode(mask)

    return {
        (1, 2): Annotation(box(2, 3), Status.EDITED),
        (1, 5): Annotation(box(5, 6), Status.PROPAGATED, 0.25),
        (2, 2): Annotation(box(2, 4), Status.VERIFIED, 0.75),
        (2, 6): Annotation(box(11, 4), Status.IMPORTED, 0.5, author="Eve"),
        (4, 2): Annotation(empty_mask(20, 24), Status.VERIFIED),
    }


@pytest.mark.parametrize("kind", ["nifti", "nrrd", "dicom-seg"])
def test_label_volumes_bring_back_what_voxels_cannot_say(tmp_path: Path, kind: str) -> None:
    write_series(tmp_path / "study", voxels())
    cells = scan_cells()

    def annotations(frame: int) -> dict[int, Annotation]:
        return {key: cell for (index, key), cell in cells.items() if index == frame}

    with open_volume(tmp_path / "study") as scan:
        whole = VolumeJob(scan, LABELS, OBJECTS, annotations)
        told = lambda *_: None  # noqa: E731
        export = ExportJob(
            scan.info, LABELS, OBJECTS, annotations, scan.read, 0.5, told, told, volume=lambda: whole
        )
        [path] = write_export(kind, export, tmp_path)
        imported = read_masks(path, scan.info, LABELS, scan=lambda: scan)
        found = {}
        for frame, layers in imported.frames():
            for key, (value, mask) in layers.items():
                facts = imported.facts[frame, key]
                found[frame, facts.own_id] = (value, facts.status, facts.score, masks.encode(mask))
        labels = {item.object_id: item.label for item in OBJECTS}
        expected = {key: (labels[key[1]], cell.status, cell.score, cell.mask) for key, cell in cells.items()}
        assert found == expected
        fresh = read_masks(path, scan.info, (), scan=lambda: scan)
        assert {label.value: label.name for label in fresh.labels} == {3: "tool", 4: "Polyp 息肉"}


def test_a_map_that_another_program_changed_is_taken_as_it_is(tmp_path: Path) -> None:
    [folder, _] = write_export("png", job(), tmp_path)
    with Image.open(folder / "00001.png") as picture:
        changed, notes = picture.copy(), PngInfo()
        notes.add_text(KEY, picture.info[KEY])  # as programs do that keep texts
    changed.putpixel((15, 11), 4)
    changed.save(folder / "00001.png", pnginfo=notes)
    imported = read_masks(folder, INFO, LABELS)
    layers = dict(imported.frames())[1]
    assert {value for value, _ in layers.values()} == {3, 4} and not any(
        frame == 1 for frame, _ in imported.facts
    )
