"""Files of Label Studio: JSON and JSON-MIN of pictures, brush strokes, and boxes of a film."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.domain.annotation import SequenceInfo
from app.domain.errors import ImportMasksError
from app.storage.importers.import_registry import read_masks
from app.storage.importers.training.brush_runs import decode_brush

HEIGHT, WIDTH = 40, 60
NAMES = ("a1.jpg", "b2.jpg", "c3.jpg")
FOLDER = SequenceInfo("pictures", "/x/pictures", "folder", len(NAMES), WIDTH, HEIGHT, frame_names=NAMES)
ALONE = SequenceInfo("a1.jpg", "/x/a1.jpg", "image", 1, WIDTH, HEIGHT)
FILM = SequenceInfo("clip", "/x/clip.mp4", "video", 20, WIDTH, HEIGHT, fps=25.0)
SIZE = {"original_width": WIDTH, "original_height": HEIGHT, "image_rotation": 0}

# 50 % x 25 % of 60 x 40 pixels at the upper left.
BOX = {"x": 0, "y": 0, "width": 50, "height": 25, "rotation": 0, "rectanglelabels": ["cyst"]}
POLYGON = {"points": [[0, 0], [50, 0], [50, 50], [0, 50]], "closed": True, "polygonlabels": ["organ"]}
ELLIPSE = {"x": 50, "y": 50, "radiusX": 25, "radiusY": 12.5, "rotation": 90, "ellipselabels": ["cyst"]}


def result(value: dict[str, Any], **other: object) -> dict[str, object]:
    return {"id": "r1", "type": "x", "from_name": "tag", "to_name": "image", "value": value, **SIZE, **other}


def task(image: str, *results: object, number: int = 1, **other: object) -> dict[str, object]:
    made = {"id": 5, "result": list(results), "was_cancelled": False, "updated_at": "2024-01-30T02:40:43Z"}
    return {"id": number, "annotations": [made], "predictions": [], "data": {"image": image}, **other}


def read(
    folder: Path, document: object, info: SequenceInfo = FOLDER
) -> tuple[dict[int, dict[str, int]], list[str]]:
    """Pixels of each label by frame, and the warnings."""
    path = folder / "project-1.json"
    path.write_text(json.dumps(document))
    imported = read_masks(path, info, ())
    layers = list(imported.frames())
    names = {label.value: label.name for label in imported.labels}
    assert imported.title == "Label Studio"
    found: dict[int, dict[str, int]] = {}
    for frame, masks in layers:
        for value, mask in masks.values():
            areas = found.setdefault(frame, {})
            areas[names[value]] = areas.get(names[value], 0) + int(mask.sum())
    return found, imported.warnings


def pack(mask: np.ndarray, word: int = 8, sizes: Sequence[int] = (3, 4, 8, 16)) -> list[int]:
    """A mask as RGBA bytes in run lengths, where every third run is written as single words."""
    values = np.repeat(np.where(mask, (1 << word) - 1, 0).ravel(), 4)
    bits = f"{values.size:032b}{word - 1:05b}" + "".join(f"{size - 1:04b}" for size in sizes)
    for number, (value, run) in enumerate(groupby(values.tolist())):
        left = len(list(run))
        while left:
            place = next((n for n, size in enumerate(sizes) if left <= 1 << size), 3)
            count = min(left, 1 << sizes[place])
            is_repeated = number % 3 > 0
            bits += f"{is_repeated:b}{place:02b}{count - 1:0{sizes[place]}b}"
            bits += f"{value:0{word}b}" * (1 if is_repeated else count)
            left -= count
    bits += "0" * (-len(bits) % 8)
    return [int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)]


def blot() -> np.ndarray:
    mask = np.random.default_rng(1).random((HEIGHT, WIDTH)) > 0.7
    mask[10:25, 5:50] = True
    return mask


@pytest.mark.parametrize("word", [1, 8, 13])
def test_a_brush_stroke_comes_back_pixel_by_pixel(word: int) -> None:
    assert np.array_equal(decode_brush(pack(blot(), word), HEIGHT, WIDTH), blot())


def test_the_brush_stroke_of_the_format_is_read() -> None:
    """One pixel of alpha 100 after one without, as label-studio-converter packs it: a run of 7 zeros, one 100."""
    bits = f"{8:032b}{7:05b}0010001101111111" + "100" + "110" + f"{0:08b}" + "000" + "000" + f"{100:08b}"
    code = [int(bits.ljust(88, "0")[at : at + 8], 2) for at in range(0, 88, 8)]
    assert decode_brush(code, 1, 2).tolist() == [[False, True]]


@pytest.mark.parametrize("code", [[], [0] * 4, pack(blot())[:-20], pack(blot()[:20]), [300], ["a"]])
def test_a_brush_stroke_that_is_none_is_refused(code: list[Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        decode_brush(code, HEIGHT, WIDTH)


def test_shapes_of_pictures_are_read_and_names_of_uploads_are_theirs(tmp_path: Path) -> None:
    stroke = {"format": "rle", "rle": pack(blot()), "brushlabels": ["brushed"]}
    tasks = [
        task("/data/upload/29/e97d4735-b2.jpg", result(BOX), result(POLYGON, id="r2"), number=1),
        task("/data/local-files/?d=set%20one/c3.jpg", result(stroke), number=2),
        task("s3://bucket/set/a1.jpg?versionId=7", result(ELLIPSE), number=3),
    ]
    found, _ = read(tmp_path, tasks)
    ellipse = found[0].pop("cyst")
    assert abs(ellipse - np.pi * 15 * 5) < 5
    assert found == {0: {}, 1: {"cyst": 300, "organ": 600}, 2: {"brushed": int(blot().sum())}}


def test_boxes_turn_around_their_upper_left_corner_and_ellipses_around_their_centre(tmp_path: Path) -> None:
    upright = BOX | {"x": 50, "y": 0, "width": 25, "height": 25, "rotation": 90}
    path = tmp_path / "a.json"
    for value, columns, rows in ((upright, (20, 29), (0, 14)), (ELLIPSE, (25, 34), (5, 34))):
        path.write_text(json.dumps([task("a1.jpg", result(value))]))
        [(_, masks)] = read_masks(path, ALONE, ()).frames()
        [(_, mask)] = masks.values()
        y, x = np.nonzero(mask)
        assert (x.min(), x.max()) == columns
        assert (y.min(), y.max()) == rows


def test_json_min_and_a_task_alone_hold_the_same(tmp_path: Path) -> None:
    small = {
        "image": "/data/upload/1/0123abcd-b2.jpg",
        "id": 4,
        "label": [{**BOX, **SIZE}],
        "annotator": "x@y.org",
    }
    older = small | {"label": [], "updated_at": "2020-01-01"}
    assert read(tmp_path, [small])[0] == read(tmp_path, task("b2.jpg", result(BOX)))[0] == {1: {"cyst": 300}}
    found, warnings = read(
        tmp_path, [older | {"label": [{**POLYGON, **SIZE}]}, small | {"updated_at": "2024-01-01"}]
    )
    assert found == {1: {"cyst": 300}}
    assert any("the newest was taken (1)" in text for text in warnings)


def test_a_shape_and_its_label_may_be_two_results(tmp_path: Path) -> None:
    place = {key: BOX[key] for key in ("x", "y", "width", "height", "rotation")}
    results = [
        result(place, type="rectangle"),
        result(place | {"labels": ["cyst", "more"]}, type="labels"),
        result({"choices": ["good"]}, id="r9", type="choices"),
        {"type": "relation", "from_id": "r1", "to_id": "r1"},
        result({"x": 3, "y": 4, "width": 0.3, "keypointlabels": ["tip"]}, id="r3"),
    ]
    found, warnings = read(tmp_path, [task("b2.jpg", *results)])
    assert found == {1: {"cyst": 300}}
    assert any("have no pixels; they were left out (1)" in text for text in warnings)


def test_of_several_annotations_the_newest_that_was_not_cancelled_is_taken(tmp_path: Path) -> None:
    def made(value: dict[str, Any], day: int, **other: object) -> dict[str, object]:
        return {"result": [result(value)], "updated_at": f"2024-01-{day:02}T00:00:00Z", **other}

    several = [made(POLYGON, 3), made(BOX, 7), made(ELLIPSE, 9, was_cancelled=True)]
    found, warnings = read(tmp_path, [task("b2.jpg") | {"annotations": several}])
    assert found == {1: {"cyst": 300}}
    assert any("the newest was taken (1)" in text for text in warnings)
    guess = task("b2.jpg") | {"annotations": [], "predictions": [made(POLYGON, 1)]}
    assert read(tmp_path, [guess])[0] == {1: {"organ": 600}}


def keyframe(frame: int, x: float, enabled: bool = True) -> dict[str, object]:
    return {
        "frame": frame,
        "enabled": enabled,
        "x": x,
        "y": 0,
        "width": 50,
        "height": 50,
        "time": frame / 25,
        "rotation": 0,
    }


def film(name: str, *frames: dict[str, object], count: int = 20) -> dict[str, object]:
    value = {"sequence": list(frames), "framesCount": count, "labels": ["tool"]}
    return {
        **task("x", {"id": "v1", "type": "videorectangle", "value": value}),
        "data": {"video": f"/d/{name}"},
    }


def test_boxes_of_a_film_move_between_keyframes_and_end_where_they_are_switched_off(tmp_path: Path) -> None:
    path = tmp_path / "film.json"
    path.write_text(json.dumps([film("clip.mp4", keyframe(3, 0), keyframe(8, 50, False), keyframe(15, 0))]))
    found = {
        frame: mask for frame, masks in read_masks(path, FILM, ()).frames() for _, mask in masks.values()
    }
    assert sorted(found) == [*range(2, 8), *range(14, 20)]
    lefts = {frame: int(np.nonzero(found[frame].any(axis=0))[0][0]) for frame in (2, 3, 4, 7, 19)}
    assert lefts == {2: 0, 3: 6, 4: 12, 7: 30, 19: 0}


def test_the_film_that_is_open_is_chosen_and_other_counts_of_frames_are_told(tmp_path: Path) -> None:
    films = [film("other.mp4", keyframe(1, 0)), film("clip.mp4", keyframe(11, 0), count=40)]
    found, warnings = read(tmp_path, [one | {"id": n} for n, one in enumerate(films)], FILM)
    assert sorted(found) == list(range(5, 20))
    assert any("40 frames" in text for text in warnings)
    with pytest.raises(ImportMasksError, match="about a film"):
        read(tmp_path, films[:1], ALONE)
    with pytest.raises(ImportMasksError, match="film stranger of 40 frames"):
        read(tmp_path, film("stranger.mp4", keyframe(1, 0), count=40), FILM)


def test_a_picture_of_another_size_or_turned_is_no_mask_here(tmp_path: Path) -> None:
    large = result(BOX, original_width=2 * WIDTH)
    with pytest.raises(ImportMasksError, match="120x40"):
        read(tmp_path, [task("b2.jpg", large)])
    found, warnings = read(
        tmp_path, [task("b2.jpg", result(BOX, image_rotation=90), result(POLYGON, id="r2"))]
    )
    assert found == {1: {"organ": 600}}
    assert any("turned" in text for text in warnings)


@pytest.mark.parametrize(
    "value", [{"x": "left", "y": 0, "width": 1, "height": 1}, {"points": [[1]]}, {"rle": "5"}]
)
def test_shapes_that_are_none_are_refused(tmp_path: Path, value: dict[str, Any]) -> None:
    with pytest.raises(ImportMasksError, match="project-1.json"):
        read(tmp_path, [task("b2.jpg", result(value))])


def test_a_document_of_something_else_is_not_of_label_studio(tmp_path: Path) -> None:
    for document in ([], [{"data": 1}], {"data": {}, "annotations": 3}, [{"notes": [{"x": 1}]}]):
        path = tmp_path / "a.json"
        path.write_text(json.dumps(document))
        with pytest.raises(ImportMasksError) as refused:
            read_masks(path, FOLDER, ())
        assert "Label Studio that" not in str(refused.value)
