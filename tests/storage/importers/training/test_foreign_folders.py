"""Folders and files as other programs leave them: layouts, files of others beside, data sets without a mask."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.domain.annotation import Annotation, Label, Object, SequenceInfo, Status
from app.domain.errors import ImportMasksError, SequenceError
from app.imaging import masks
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.export_registry import write_export
from app.storage.importers.import_registry import read_masks

HEIGHT, WIDTH = 12, 16
NAMES = ("a 1.png", "b 2.png", "c 3.png")
FOLDER = SequenceInfo("pictures", "/x/pictures", "folder", len(NAMES), WIDTH, HEIGHT, frame_names=NAMES)
FILM = SequenceInfo("clip", "/x/clip.mp4", "video", 4, WIDTH, HEIGHT, fps=25.0)
COCO = {
    "images": [{"id": 4, "file_name": "b 2_png.rf.0a17b2.jpg", "width": WIDTH, "height": HEIGHT}],
    "categories": [{"id": 1, "name": "cyst"}],
    "annotations": [{"id": 1, "image_id": 4, "category_id": 1, "segmentation": [[2, 2, 6, 2, 6, 6, 2, 6]]}],
}
LABELME = {
    "shapes": [{"label": "cyst", "points": [[2, 2], [6, 6]], "shape_type": "rectangle"}],
    "imagePath": "..\\scans\\b 2.png",
    "imageHeight": HEIGHT,
    "imageWidth": WIDTH,
}


def put(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))


def areas(path: Path, info: SequenceInfo = FOLDER) -> tuple[dict[int, list[int]], list[str]]:
    """Pixels of each mask by frame, and the warnings."""
    found = read_masks(path, info, ())
    return {f: [int(m.sum()) for _, m in layers.values()] for f, layers in found.frames()}, found.warnings


@pytest.mark.parametrize("place", ["valid/_annotations.coco.json", "_annotations.coco.json", "result.json"])
def test_coco_lies_where_roboflow_and_label_studio_put_it(tmp_path: Path, place: str) -> None:
    put(tmp_path / place, COCO)
    assert areas(tmp_path)[0] == {1: [16]}


def test_names_of_roboflow_are_those_of_the_pictures(tmp_path: Path) -> None:
    put(tmp_path / "data.yaml", "names: [cyst]")
    put(tmp_path / "train/labels/c 3_png.rf.91c2.txt", "0 0.5 0.5 0.25 0.5")
    assert areas(tmp_path)[0] == {2: [24]}


def test_labelme_files_are_taken_beside_files_of_others(tmp_path: Path) -> None:
    put(tmp_path / "a.json", {"notes": 1})
    put(tmp_path / "b.json", LABELME)
    put(tmp_path / "c.json", '{"shapes": [')
    found, warnings = areas(tmp_path)
    assert found == {1: [16]}
    assert ["a.json" in warnings[1], "c.json" in warnings[0]] == [True, True]
    (tmp_path / "b.json").unlink()
    with pytest.raises(ImportMasksError, match="c.json"):
        areas(tmp_path)


def test_labels_that_have_names_alone_never_clash_with_values_here(tmp_path: Path) -> None:
    put(tmp_path / "b.json", LABELME)
    known = (Label(1, "tool", (1, 1, 1)), Label(2, "organ", (2, 2, 2)))
    for labels, value in ((known, 3), ((*known, Label(9, "cyst", (3, 3, 3))), 9)):
        found = read_masks(tmp_path / "b.json", FOLDER, labels)
        assert [key for _, layers in found.frames() for key, _ in layers.values()] == [value]
        assert found.clashes == [] and found.warnings == []
    put(tmp_path / "set/data.yaml", "names: [cyst]")
    put(tmp_path / "set/labels/a 1.txt", "0 0.5 0.5 0.25 0.5")
    found = read_masks(tmp_path / "set", FOLDER, known)
    assert [key for _, layers in found.frames() for key, _ in layers.values()] == [3]
    assert found.clashes == []


def test_keypoints_of_yolo_are_no_outline(tmp_path: Path) -> None:
    put(tmp_path / "data.yaml", "names: [hand]\nkpt_shape: [2, 2]\n")
    put(tmp_path / "labels/a 1.txt", "0 0.5 0.5 0.25 0.5 0.1 0.1 0.9 0.9")
    found, warnings = areas(tmp_path)
    assert found == {0: [24]}
    assert any("Keypoints" in text for text in warnings)


@pytest.mark.parametrize("kind", ["youtube-vis", "mots-txt", "mots-png", "coco-rle", "yolo-seg", "labelme"])
def test_data_sets_without_a_mask_come_back_without_one(tmp_path: Path, kind: str) -> None:
    [path] = write_export(kind, _job({}, (Label(1, "x", (9, 9, 9)),)), tmp_path)
    assert not any(areas(path, FILM)[0].values())


@pytest.mark.parametrize("kind", ["frames", "pascal-voc"])
def test_labels_keep_colons_and_the_value_of_void(tmp_path: Path, kind: str) -> None:
    labels = (Label(255, "grade: 2 #a", (9, 9, 9)),)
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[2:6, 3:8] = True
    [path] = write_export(kind, _job({1: mask}, labels), tmp_path)
    [layers] = [layers for _, layers in read_masks(path, FILM, labels).frames() if layers]
    [(value, found)] = layers.values()
    assert value == 255
    assert np.array_equal(found, mask)


@pytest.mark.parametrize("content", [{"_via_settings": {}}, [{"data": {"image": "a.png"}}], "folder"])
def test_what_is_no_known_format_is_told_what_is_known(tmp_path: Path, content: object) -> None:
    path = tmp_path / "work.json"
    if content == "folder":
        path.mkdir()
    else:
        put(path, content)
    with pytest.raises(ImportMasksError, match="no masks that can be read.*CVAT.*COCO"):
        areas(path)


def test_an_export_names_the_picture_that_is_gone(tmp_path: Path) -> None:
    info = SequenceInfo("gone.png", str(tmp_path / "gone.png"), "image", 1, WIDTH, HEIGHT)
    with pytest.raises(SequenceError, match=r"gone\.png: The file is not there"):
        write_export("davis", _job({}, (Label(1, "x", (9, 9, 9)),), info), tmp_path)


def _job(found: dict[int, np.ndarray], labels: tuple[Label, ...], info: SequenceInfo = FILM) -> ExportJob:
    """The export of one object, that is on no frame but those found."""
    none = np.zeros((HEIGHT, WIDTH), bool)

    def annotations(frame: int) -> dict[int, Annotation]:
        return {1: Annotation(masks.encode(found.get(frame, none)), Status.EDITED)}

    def image(_: int) -> np.ndarray:
        return np.zeros((HEIGHT, WIDTH, 3), np.uint8)

    objects = (Object(1, labels[0].value),)
    return ExportJob(info, labels, objects, annotations, image, 0.5, lambda *_: None, lambda: None)


VOC = """<annotation><filename>b 2.png</filename><size><width>16</width><height>12</height></size>
<object><name>cyst</name><bndbox><xmin>3</xmin><ymin>4</ymin><xmax>6</xmax><ymax>5</ymax></bndbox></object>
</annotation>"""


@pytest.mark.parametrize(
    "chosen", [".", "VOCdevkit", "VOCdevkit/VOC2012", "VOCdevkit/VOC2012/Annotations/x.xml"]
)
def test_boxes_of_pascal_voc_are_read_from_any_of_its_folders(tmp_path: Path, chosen: str) -> None:
    put(tmp_path / "VOCdevkit/VOC2012/Annotations/x.xml", VOC)
    imported = read_masks(tmp_path / chosen, FOLDER, ())
    [(frame, layers)] = imported.frames()
    [(value, mask)] = layers.values()
    assert (frame, int(mask.sum()), bool(mask[3:5, 2:6].all())) == (1, 8, True)
    assert [(label.value, label.name) for label in imported.labels] == [(value, "cyst")]


@pytest.mark.parametrize("chosen", [".", "VOCdevkit", "VOCdevkit/VOC2012"])
def test_class_maps_of_pascal_voc_win_over_its_boxes(tmp_path: Path, chosen: str) -> None:
    root = tmp_path / "VOCdevkit/VOC2012"
    put(root / "Annotations/b 2.xml", VOC)
    (root / "SegmentationClass").mkdir()
    values = np.zeros((HEIGHT, WIDTH), np.uint8)
    values[2:5, 2:5], values[0] = 7, 255
    Image.fromarray(values).save(root / "SegmentationClass/b 2.png")
    assert areas(tmp_path / chosen)[0] == {1: [9]}
