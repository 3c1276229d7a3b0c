"""What leaves in a format of training sets comes back through our own import, bit for bit, and is named."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.domain.annotation import Label, SequenceInfo
from app.domain.errors import ImportMasksError
from app.storage.importers.import_registry import read_masks
from app.storage.importers.import_result import ImportedMasks
from tests.storage.exporters.training.test_loaders import (
    FRAMES,
    HEIGHT,
    LABELS,
    OBJECTS,
    WIDTH,
    job,
    shapes,
    written,
)

TITLES = {
    "frames": "frames beside masks",
    "davis": "DAVIS or YouTube-VOS",
    "youtube-vos": "DAVIS or YouTube-VOS",
    "youtube-vis": "YouTube-VIS",
    "mots-png": "MOTS pictures",
    "mots-txt": "MOTS text",
    "coco-polygons": "COCO data set",
    "coco-rle": "COCO data set",
    "labelme": "labelme",
    "cvat-video": "CVAT 1.1",
    "cvat-images": "CVAT 1.1",
    "parquet": "Parquet table",
}
BY_CLASS = {
    "yolo-seg": "YOLO",
    "pascal-voc": "Pascal VOC",
    "nnunet": "nnU-Net or MONAI",
    "monai": "nnU-Net or MONAI",
}
Found = dict[int, list[tuple[int, bytes]]]


def info(**other: Any) -> SequenceInfo:
    return replace(job().info, **other)


def read(
    path: Path, labels: tuple[Label, ...] = LABELS, sequence: SequenceInfo | None = None
) -> ImportedMasks:
    return read_masks(path, sequence or info(), labels)


def by_object(imported: ImportedMasks) -> dict[int, dict[Any, tuple[int, np.ndarray]]]:
    return {frame: {**found} for frame, found in imported.frames() if found}


def as_sets(frames: Iterable[tuple[int, Iterable[tuple[int, np.ndarray]]]]) -> Found:
    """Label and pixels of every mask, frame by frame, in no order of objects."""
    return {
        frame: sorted((value, mask.tobytes()) for value, mask in masks) for frame, masks in frames if masks
    }


def truth() -> Found:
    labels = {item.object_id: item.label for item in OBJECTS}
    cells = shapes().items()
    frames = ((f, [(labels[key], m) for (at, key), m in cells if at == f and m.any()]) for f in range(FRAMES))
    return as_sets(frames)


@pytest.mark.parametrize("kind", TITLES)
def test_masks_come_back_bit_for_bit_with_their_labels_and_objects(tmp_path: Path, kind: str) -> None:
    imported = read(written(kind, tmp_path))
    assert imported.title == TITLES[kind]
    found = by_object(imported)
    assert as_sets((frame, list(masks.values())) for frame, masks in found.items()) == truth()
    assert [warning for warning in imported.warnings if "left out" in warning] == []
    ventricle = {key for masks in found.values() for key, (value, _) in masks.items() if value == 7}
    assert len(ventricle) == 1, "an object is the same on all frames"
    assert len(found[0]) == 2, "two objects of one label stay two"


@pytest.mark.parametrize("kind", BY_CLASS)
def test_what_holds_no_tracks_comes_back_by_class(tmp_path: Path, kind: str) -> None:
    imported = read(written(kind, tmp_path))
    assert imported.title == BY_CLASS[kind]
    found = by_object(imported)
    maps = job()
    for frame in range(FRAMES):
        picture = np.zeros((HEIGHT, WIDTH), np.uint8)
        for value, mask in found.get(frame, {}).values():
            picture[mask] = value
        assert np.array_equal(picture, maps.label_map(frame)), frame


@pytest.mark.parametrize("kind", ["coco-rle", "labelme", "cvat-video", "yolo-seg", "nnunet"])
def test_a_sequence_without_labels_gets_those_of_the_file(tmp_path: Path, kind: str) -> None:
    imported = read(written(kind, tmp_path), ())
    assert by_object(imported)
    assert {label.name for label in imported.labels} == {"tool", "left ventricle"}


@pytest.mark.parametrize("kind", ["labelme", "cvat-video", "davis", "parquet", "mots-txt", "youtube-vis"])
def test_masks_of_another_size_are_refused_by_name(tmp_path: Path, kind: str) -> None:
    with pytest.raises(ImportMasksError, match="33x21|picture|usable|used"):
        list(read(written(kind, tmp_path), LABELS, info(width=33, height=21)).frames())


def test_a_youtube_vis_file_with_words_for_frames_is_refused(tmp_path: Path) -> None:
    path = written("youtube-vis", tmp_path)
    found = next(path.rglob("instances.json"))
    document = json.loads(found.read_text())
    document["videos"][0]["frames"][0] = "first"
    found.write_text(json.dumps(document))
    with pytest.raises(ImportMasksError, match="YouTube-VIS"):
        read(path)


def test_a_labelme_file_of_labelme_itself(tmp_path: Path) -> None:
    rectangle: dict[str, Any] = {
        "label": "tool",
        "points": [[9, 8], [3, 2]],
        "group_id": None,
        "shape_type": "rectangle",
        "flags": {},
    }
    line: dict[str, Any] = {
        "label": "edge",
        "points": [[1, 1], [5, 5]],
        "group_id": None,
        "shape_type": "line",
        "flags": {},
    }
    about: dict[str, Any] = {
        "version": "5.4.1",
        "flags": {},
        "imagePath": "..\\a\\clip_2.png",
        "imageData": None,
    }
    size = {"imageHeight": HEIGHT, "imageWidth": WIDTH}
    for name, shapes_of in (("one.json", [rectangle, line]), ("two.json", [rectangle | {"points": "bad"}])):
        picture = f"00{2 if name == 'one.json' else 3}.png"
        document = about | size | {"imagePath": picture, "shapes": shapes_of}
        (tmp_path / name).write_text(json.dumps(document))
    imported = read(tmp_path)
    found = by_object(imported)
    [(value, mask)] = found[2].values()
    assert value == 2 and mask[2:8, 3:9].all() and mask.sum() == 36
    assert any("frame 3" in warning for warning in imported.warnings), (
        "what cannot be used is named by its frame"
    )


def test_outlines_of_early_labelme_and_turned_boxes_are_read_and_lines_are_counted(tmp_path: Path) -> None:
    points = [[2, 2], [6, 2], [6, 5], [2, 5]]
    shapes = [
        {"label": "tool", "points": points, "shape_type": kind} for kind in (None, "rotation", "linestrip")
    ]
    about = {"imagePath": "a.png", "imageHeight": HEIGHT, "imageWidth": WIDTH, "shapes": shapes}
    (tmp_path / "a.json").write_text(json.dumps(about))
    imported = read(tmp_path / "a.json", sequence=info(kind="image", frames=1, path="/a.png", name="a.png"))
    [(_, layers)] = imported.frames()
    assert [int(mask.sum()) for _, mask in layers.values()] == [12, 12]
    assert any("without pixels were left out (1)" in warning for warning in imported.warnings)


def test_pascal_voc_in_colours_as_cvat_and_datumaro_write_it(tmp_path: Path) -> None:
    objects, classes = np.zeros((2, HEIGHT, WIDTH, 3), np.uint8)
    objects[1:4, 1:5], objects[1:4, 6:9], objects[0, 1:5] = (128, 0, 0), (0, 0, 255), (224, 224, 192)
    classes[1:4, 1:5], classes[1:4, 6:9], classes[0, 1:5] = (250, 50, 83), (51, 221, 255), (224, 224, 192)
    for folder, picture in (("SegmentationObject", objects), ("SegmentationClass", classes)):
        (tmp_path / folder).mkdir()
        Image.fromarray(picture).save(tmp_path / folder / "frame_000001.png")
    rows = "# label:color_rgb:parts:actions\nbackground:0,0,0::\ntool:250,50,83::\npolyp:51,221,255::\n"
    (tmp_path / "labelmap.txt").write_text(rows)
    imported = read(tmp_path, ())
    found = dict(by_object(imported)[1].values())
    assert {value: int(mask.sum()) for value, mask in found.items()} == {1: 12, 2: 9}
    assert [(label.name, label.color) for label in imported.labels] == [
        ("tool", (250, 50, 83)), ("polyp", (51, 221, 255)),
    ]  # fmt: skip
    (tmp_path / "labelmap.txt").write_text(rows.replace("51,221,255", "9,9,9"))
    with pytest.raises(ImportMasksError, match="no class of the colour #33ddff"):
        list(read(tmp_path, ()).frames())


def test_a_cvat_file_of_cvat_itself(tmp_path: Path) -> None:
    path = tmp_path / "annotations.xml"
    path.write_text(
        """<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta><job><labels><label><name>grasper</name><color>#ff00cc</color>
<attributes></attributes></label></labels></job></meta>
<track id="0" label="grasper" source="manual"><box frame="1" keyframe="1" outside="0" occluded="0" xtl="4.0"
ytl="5.0" xbr="10.0" ybr="9.0" z_order="0"></box><box frame="2" keyframe="1" outside="1" occluded="0" xtl="4.0"
ytl="5.0" xbr="10.0" ybr="9.0" z_order="0"></box></track>
<track id="1" label="grasper" source="manual"><points frame="1" outside="0" points="1.0,1.0"></points></track>
</annotations>"""
    )
    imported = read(path)
    found = by_object(imported)
    [(value, mask)] = found[1].values()
    assert mask[5:9, 4:10].all() and mask.sum() == 24 and 2 not in found
    [label] = imported.labels
    assert (label.name, label.color, label.value) == ("grasper", (255, 0, 204), value)
    assert any("without pixels" in warning for warning in imported.warnings)


def test_a_davis_folder_with_a_palette_of_its_own_is_objects(tmp_path: Path) -> None:
    folder = tmp_path / "Annotations/480p/clip"
    folder.mkdir(parents=True)
    (tmp_path / "Annotations/480p/other").mkdir()
    values = np.zeros((HEIGHT, WIDTH), np.uint8)
    values[3:6, 4:9], values[10:12, 1:3], values[0, 0] = 1, 2, 255
    for name in ("clip", "other"):
        picture = Image.fromarray(values, "P")
        picture.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0] + [7] * 759)
        picture.save(tmp_path / "Annotations/480p" / name / "00001.png")
    imported = read(tmp_path)
    found = by_object(imported)
    assert found[1].keys() == {1, 2}, "255 is void"
    assert {label.name for label in imported.labels} == {"object"}


def test_yolo_names_in_one_line_and_boxes(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "data.yaml").write_text("train: images\nnames: ['tool', polyp]\nnc: 2\n")
    (tmp_path / "labels/frame_000001.txt").write_text(
        f"0 {8 / WIDTH} {6 / HEIGHT} {4 / WIDTH} {2 / HEIGHT}\n"
    )
    [(value, mask)] = by_object(read(tmp_path))[1].values()
    assert value == 2 and mask[5:7, 6:10].all() and mask.sum() == 8


def test_another_sequence_of_a_data_set_is_not_taken(tmp_path: Path) -> None:
    root = written("mots-txt", tmp_path)
    texts = root / "train/instances_txt"
    (texts / "other.txt").write_bytes((texts / "clip.txt").read_bytes())
    assert as_sets((f, list(m.values())) for f, m in by_object(read(root)).items()) == truth()
    with pytest.raises(ImportMasksError, match="None of its 2 sequences"):
        read(root, LABELS, info(name="third.mp4", path="/third.mp4"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b'{"shapes": 3}'),
        ("a.json", b"[1]"),
        ("a.xml", b"<annotations>"),
        ("a.parquet", b"PAR1PAR1"),
    ],
)
def test_damaged_files_are_named(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ImportMasksError, match=name):
        list(read(path).frames())
