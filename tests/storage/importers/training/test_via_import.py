"""Files of the VGG Image Annotator: JSON of versions 1 and 2, projects and tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.domain.annotation import SequenceInfo
from app.domain.errors import ImportMasksError
from app.storage.importers.import_registry import read_masks

HEIGHT, WIDTH = 40, 60
NAMES = ("a 1.jpg", "b 2.jpg", "c 3.jpg")
FOLDER = SequenceInfo("pictures", "/x/pictures", "folder", len(NAMES), WIDTH, HEIGHT, frame_names=NAMES)
ALONE = SequenceInfo("a 1.jpg", "/x/a 1.jpg", "image", 1, WIDTH, HEIGHT)

POLYGON = {"name": "polygon", "all_points_x": [5, 15, 15, 5], "all_points_y": [5, 5, 10, 10]}
RECT = {"name": "rect", "x": 20, "y": 10, "width": 8, "height": 4}
CIRCLE = {"name": "circle", "cx": 30, "cy": 20, "r": 10}
ELLIPSE = {"name": "ellipse", "cx": 30, "cy": 20, "rx": 15, "ry": 5, "theta": 1.5707963}
CLOSED = {"name": "polyline", "all_points_x": [5, 15, 15, 5, 5], "all_points_y": [5, 5, 10, 10, 5]}
OPEN = {"name": "polyline", "all_points_x": [5, 15, 15], "all_points_y": [5, 5, 10]}
POINT = {"name": "point", "cx": 3, "cy": 4}


def region(shape: object, **attributes: object) -> dict[str, object]:
    return {"shape_attributes": shape, "region_attributes": attributes}


def picture(name: str, *regions: object, **other: object) -> dict[str, object]:
    return {"filename": name, "size": 77, "regions": list(regions), "file_attributes": {}, **other}


def saved(folder: Path, *pictures: dict[str, Any]) -> Path:
    path = folder / "via_region_data.json"
    path.write_text(json.dumps({f"{one['filename']}77": one for one in pictures}))
    return path


def read(path: Path, info: SequenceInfo = FOLDER) -> tuple[dict[int, dict[str, list[int]]], list[str]]:
    """Pixels of each mask by frame and label, and the warnings."""
    found: dict[int, dict[str, list[int]]] = {}
    imported = read_masks(path, info, ())
    layers = list(imported.frames())
    names = {label.value: label.name for label in imported.labels}
    for frame, masks in layers:
        for value, mask in masks.values():
            found.setdefault(frame, {}).setdefault(names[value], []).append(int(mask.sum()))
    assert imported.title == "VGG Image Annotator"
    return found, imported.warnings


@pytest.mark.parametrize(
    ("shape", "low", "high"),
    [(POLYGON, 50, 50), (RECT, 32, 32), (CIRCLE, 306, 322), (ELLIPSE, 228, 240), (CLOSED, 50, 50)],
)
def test_a_shape_has_the_pixels_within_it(tmp_path: Path, shape: object, low: int, high: int) -> None:
    found, warnings = read(saved(tmp_path, picture("a 1.jpg", region(shape, type="cyst"))), ALONE)
    [area] = found[0]["cyst"]
    assert low <= area <= high
    assert warnings == []


def test_an_ellipse_is_turned_by_its_angle(tmp_path: Path) -> None:
    path = saved(tmp_path, picture("a 1.jpg", region(ELLIPSE, type="cyst")))
    [(_, masks)] = read_masks(path, ALONE, ()).frames()
    [(_, mask)] = masks.values()
    rows, columns = mask.any(axis=1).sum(), mask.any(axis=0).sum()
    assert (rows, columns) == (30, 10)


def test_points_and_open_lines_are_counted_and_left_out(tmp_path: Path) -> None:
    regions = [region(shape, type="cyst") for shape in (RECT, OPEN, POINT)]
    found, warnings = read(saved(tmp_path, picture("b 2.jpg", *regions)))
    assert found == {1: {"cyst": [32]}}
    assert any("left out (2)" in text for text in warnings)


def test_a_project_and_version_1_hold_the_same(tmp_path: Path) -> None:
    whole = picture("b 2.jpg", region(RECT, type="cyst"))
    (tmp_path / "project.json").write_text(
        json.dumps({"_via_settings": {}, "_via_img_metadata": {"b": whole}})
    )
    numbered = whole | {"regions": {"0": region(RECT, type="cyst")}, "fileref": "", "base64_img_data": ""}
    for path in (tmp_path / "project.json", saved(tmp_path, numbered)):
        assert read(path)[0] == {1: {"cyst": [32]}}


@pytest.mark.parametrize("mark", ["", "#"])
def test_a_table_holds_a_region_in_each_row(tmp_path: Path, mark: str) -> None:
    columns = "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes"
    header = f"{mark}{columns},region_attributes"
    rows = [
        [name, "77", "{}", "1", "0", json.dumps(shape), json.dumps({"type": label} if label else {})]
        for name, shape, label in (
            ("a 1.jpg", RECT, "cyst"),
            ("b 2.jpg", POLYGON, "vessel"),
            ("c 3.jpg", {}, ""),
        )
    ]
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    path = tmp_path / "via_export.csv"
    path.write_text("\n".join([header, *quoted, ""]))
    whole = {0: {"cyst": [32]}, 1: {"vessel": [50]}}
    assert read(path)[0] == whole
    path.write_text("\n".join([header, *quoted, 'c 3.jpg,77,{},1,0,"{""name"": ""re",{}']))
    found, warnings = read(path)
    assert found == whole and any("left out (1): c 3.jpg" in text for text in warnings)


def test_the_attribute_that_names_a_class_is_the_label_and_the_others_are_told(tmp_path: Path) -> None:
    regions = [
        region(RECT, quality={"sharp": True, "dark": False}, Class="cyst", reader="anna"),
        region(POLYGON, quality={"sharp": True}, Class="vessel", reader="anna"),
    ]
    found, warnings = read(saved(tmp_path, picture("a 1.jpg", *regions)), ALONE)
    assert found == {0: {"cyst": [32], "vessel": [50]}}
    assert warnings == ["Labels are the attribute 'Class'; others were left out: quality, reader."]


def test_options_that_are_ticked_and_regions_without_attributes_have_a_label(tmp_path: Path) -> None:
    regions = [region(RECT, what={"left": True, "right": False, "low": True}), region(POLYGON)]
    found, _ = read(saved(tmp_path, picture("a 1.jpg", *regions)), ALONE)
    assert found == {0: {"left, low": [32], "object": [50]}}


def test_regions_of_a_larger_picture_are_cut_and_that_is_told(tmp_path: Path) -> None:
    wide = RECT | {"x": 50, "width": 50}
    found, warnings = read(saved(tmp_path, picture("a 1.jpg", region(wide, type="cyst"))), ALONE)
    assert found == {0: {"cyst": [40]}}
    assert any("beyond the picture" in text for text in warnings)


def test_one_bad_region_costs_no_other(tmp_path: Path) -> None:
    bad: list[object] = [
        region({"name": "rect", "x": "left", "y": 0, "width": 1, "height": 1}),
        region({"name": "polygon", "all_points_x": [1, 2], "all_points_y": [1]}),
        region({"name": "circle", "cx": float("nan"), "cy": 1, "r": 2}),
        region({}),
    ]
    path = saved(tmp_path, picture("a 1.jpg", *bad, region(RECT, type="cyst")))
    found, warnings = read(path, ALONE)
    assert found == {0: {"cyst": [32]}}
    assert any("cannot be read were left out (4): a 1.jpg" in text for text in warnings)
    with pytest.raises(ImportMasksError, match="no VIA file that can be read"):
        read(saved(tmp_path, picture("a 1.jpg", *bad)), ALONE)


@pytest.mark.parametrize("regions", ["text", 5, [1], [{"shape_attributes": 3}], {"0": None}])
def test_a_file_with_regions_that_are_none_is_refused(tmp_path: Path, regions: object) -> None:
    with pytest.raises(ImportMasksError, match="via_region_data.json"):
        read(saved(tmp_path, picture("a 1.jpg") | {"regions": regions}), ALONE)
