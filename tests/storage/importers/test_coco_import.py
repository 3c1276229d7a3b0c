"""Masks from COCO files of other programs come in, or are refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco

from app.domain.annotation import Status
from app.domain.errors import ImportMasksError
from app.storage.importers.import_registry import read_masks
from app.storage.importers.import_result import MaskFacts
from app.storage.importers.rle_import import decode_segmentation
from tests.storage.importers.made_masks import FRAMES, HEIGHT, POLYP, TOOL, WIDTH, Values, sequence, stripes

BAD = [
    {"size": [HEIGHT, WIDTH], "counts": "0"},
    {"size": [HEIGHT, WIDTH], "counts": "~~~~~~~~"},
    {"size": [HEIGHT, WIDTH], "counts": ""},
    {"size": [HEIGHT, WIDTH], "counts": "é"},
    {"size": [HEIGHT, WIDTH], "counts": [5, -5, 63]},
    {"size": [HEIGHT, WIDTH], "counts": [5, 10**30]},
    {"size": [10**9, 10**9], "counts": "0"},
    {"size": [0, 5], "counts": ""},
    {"size": [HEIGHT + 1, WIDTH], "counts": [(HEIGHT + 1) * WIDTH]},
    {"size": [HEIGHT]},
    [[1, 1, 2]],
    [[1, 1, 2, float("nan"), 3, 3]],
    [["a"] * 6],
    [],
    "polygon",
    None,
]


def document(decode_segmentation: object, **fields: object) -> dict[str, object]:
    note = {"id": 1, "image_id": "a", "category_id": 1, "segmentation": decode_segmentation, **fields}
    return {
        "images": [{"id": "a", "file_name": "x/00001.png"}],
        "categories": [{"id": 1, "name": "tool"}],
        "annotations": [note],
    }


def read(
    folder: Path, content: object, frames: int = FRAMES
) -> dict[int, dict[int | str, tuple[int, Values]]]:
    (folder / "m.json").write_text(json.dumps(content))
    imported = read_masks(folder / "m.json", sequence(frames), (TOOL, POLYP))
    return {frame: {key: value for key, value in found.items()} for frame, found in imported.frames()}


def test_uncompressed_rle_and_polygons_are_read(tmp_path: Path) -> None:
    mask = stripes(0, 1, 1) > 0
    runs = np.diff(np.flatnonzero(np.diff(mask.T.ravel(), prepend=0, append=2))).tolist()
    lead = int(np.argmax(mask.T.ravel()))
    plain = {"size": [HEIGHT, WIDTH], "counts": [lead, *runs]}
    assert sum(plain["counts"]) == HEIGHT * WIDTH
    ((_, (value, found)),) = read(tmp_path, document(plain))[1].items()
    assert value == 1 and np.array_equal(found, mask)
    ((_, (_, drawn)),) = read(tmp_path, document([[1, 1, 5, 1, 5, 4, 1, 4]]))[1].items()
    assert drawn[2, 3] and not drawn[5, 6]


@pytest.mark.parametrize("fields", [{"segmentation": []}, {"segmentation": None}, {}])
def test_a_box_without_an_outline_is_the_mask_of_its_pixels(
    tmp_path: Path, fields: dict[str, object]
) -> None:
    note = {"id": 1, "image_id": "a", "category_id": 1, "bbox": [1, 2, 3, 2], **fields}
    content = {**document(None), "annotations": [note]}
    (tmp_path / "m.json").write_text(json.dumps(content))
    imported = read_masks(tmp_path / "m.json", sequence(FRAMES), (TOOL, POLYP))
    [(frame, layers)] = imported.frames()
    [(value, mask)] = layers.values()
    assert (frame, value) == (1, 1) and mask[2:4, 1:4].all() and mask.sum() == 6
    assert any("taken as masks (1)" in warning for warning in imported.warnings)


def test_of_a_merged_set_the_pictures_in_the_folder_of_the_sequence_are_taken(tmp_path: Path) -> None:
    name = sequence(FRAMES).name.partition(".")[0]
    images = [
        {"id": number, "file_name": f"{folder}/{frame:05d}.png"}
        for number, (folder, frame) in enumerate((f, n) for f in ("another", name) for n in range(FRAMES))
    ]
    notes = [
        {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[0, 0, 5, 0, 5, 4, 0, 4]]},
        {"id": 2, "image_id": FRAMES + 1, "category_id": 1, "segmentation": [[1, 1, 3, 1, 3, 3, 1, 3]]},
    ]
    content = {"images": images, "categories": [{"id": 1, "name": "tool"}], "annotations": notes}
    [(frame, layers)] = read(tmp_path, content).items()
    [(_, mask)] = layers.values()
    assert frame == 1 and int(mask.sum()) == 4


def test_categories_far_from_label_values_find_a_place(tmp_path: Path) -> None:
    content = document([[1, 1, 5, 1, 5, 4, 1, 4]], category_id=0)
    content["categories"] = [{"id": 0, "name": "polyp"}, {"id": 4000, "name": "stent", "color": "red"}]
    ((_, (value, _)),) = read(tmp_path, content)[1].items()
    assert value == 2


def test_without_tracks_a_category_is_an_object_and_on_one_image_each_annotation(tmp_path: Path) -> None:
    content = document([[1, 1, 3, 1, 3, 3, 1, 3]])
    twice = {**content, "annotations": content["annotations"] * 2}  # type: ignore[operator]
    assert len(read(tmp_path, twice)[1]) == 1
    assert len(read(tmp_path, twice, frames=1)[0]) == 2


def test_of_several_videos_the_one_of_the_sequence_is_read(tmp_path: Path) -> None:
    content = document([[1, 1, 3, 1, 3, 3, 1, 3]], track_id=4)
    content["videos"] = [{"id": 1, "name": "other"}, {"id": 2, "name": "clip"}]
    content["images"] = [
        {"id": "b", "file_name": "00000.png", "video_id": 1},
        {"id": "a", "file_name": "00001.png", "video_id": 2},
    ]
    assert {frame: set(found) for frame, found in read(tmp_path, content).items()} == {1: {4}}
    content["videos"] = [{"id": 1, "name": "other"}, {"id": 2, "name": "another"}]
    with pytest.raises(ImportMasksError, match="clip"):
        read(tmp_path, content)


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_a_bad_segmentation_is_refused(tmp_path: Path, bad: object) -> None:
    with pytest.raises(ImportMasksError, match=r"m\.json"):
        read(tmp_path, document(bad))


@given(code=st.binary(max_size=12).map(lambda raw: bytes(48 + byte % 64 for byte in raw)))
@settings(max_examples=300)
def test_a_code_is_read_whole_or_refused(code: bytes) -> None:
    item = {"size": [3, 4], "counts": code.decode("ascii")}
    try:
        mask = decode_segmentation(item, 3, 4)
    except ValueError:
        return
    again = coco.encode(np.asfortranarray(mask, np.uint8))
    assert np.array_equal(
        decode_segmentation({"size": [3, 4], "counts": again["counts"].decode()}, 3, 4), mask
    )
    assert np.array_equal(decode_segmentation(item, 3, 4), mask), (
        "the same code gives the same mask every time"
    )


def test_a_polygon_far_outside_costs_nothing(tmp_path: Path) -> None:
    found = read(tmp_path, document([[-1e15, 2, 1e15, 2, 1e15, 5, -1e15, 5]]))
    ((_, (_, mask)),) = found[1].items()
    assert mask[3].all() and not mask[0].any()


@given(st.lists(st.tuples(st.integers(-20, 30), st.integers(-20, 30)), min_size=3, max_size=9))
@settings(max_examples=300)
def test_a_polygon_is_clipped_at_the_edges_of_the_picture(corners: list[tuple[int, int]]) -> None:
    ring = np.array(corners, float)
    parts = coco.frPyObjects([(ring + 20).ravel().tolist()], 60, 60)
    whole = coco.decode(coco.merge(parts))[20 : 20 + HEIGHT, 20 : 20 + WIDTH] > 0
    clipped = decode_segmentation([ring.ravel().tolist()], HEIGHT, WIDTH)
    # Both round slanted edges to pixels, from other points of them.
    assert (clipped != whole).sum() <= 2 * len(corners)


def test_a_slanted_edge_keeps_its_slant_outside(tmp_path: Path) -> None:
    ((_, (_, mask)),) = read(tmp_path, document([[0, 0, 18, 0, 0, 14]]))[1].items()
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    right = (columns + 0.5) / 18 + (rows + 0.5) / 14 < 1
    assert (mask != right).sum() <= 4
    outside = read(tmp_path, document([[-9, -9, -1, -9, -1, -1]]))
    assert not outside.get(1)


def test_polygons_of_a_picture_of_another_size_are_left_out(tmp_path: Path) -> None:
    content = document([[1, 1, 5, 1, 5, 4, 1, 4]])
    content["images"] = [{"id": "a", "file_name": "00001.png", "width": 2 * WIDTH, "height": 2 * HEIGHT}]
    with pytest.raises(ImportMasksError, match="18x14"):
        read(tmp_path, content)


@pytest.mark.parametrize("size", [[HEIGHT + 1, WIDTH], [WIDTH, HEIGHT]])
def test_a_mask_of_another_size_does_not_refuse_the_others(tmp_path: Path, size: list[int]) -> None:
    content = document({"size": size, "counts": [0, size[0] * size[1]]}, track_id=1)
    sound = {**content["annotations"][0], "track_id": 2}  # type: ignore[index]
    sound["segmentation"] = {"size": [HEIGHT, WIDTH], "counts": [0, HEIGHT * WIDTH]}
    content["annotations"] = [*content["annotations"], sound]  # type: ignore[misc]
    assert set(read(tmp_path, content)[1]) == {2}


@pytest.mark.parametrize("outline", [[], [[1, 2]], {"size": [7, 9], "counts": "zz"}, 5, None])
def test_one_bad_annotation_leaves_the_others(tmp_path: Path, outline: object) -> None:
    whole = {"size": [HEIGHT, WIDTH], "counts": [0, HEIGHT * WIDTH]}
    images = [{"id": n, "file_name": f"{n:05d}.png"} for n in range(FRAMES)]
    items = [
        {"id": n, "image_id": n, "category_id": 1, "segmentation": outline if n == 1 else whole}
        for n in range(FRAMES)
    ]
    path = tmp_path / "masks.json"
    document = {"images": images, "annotations": items, "categories": [{"id": 1, "name": "tool"}]}
    path.write_text(json.dumps(document))
    imported = read_masks(path, sequence(), (TOOL,))
    found = {frame for frame, masks_of_frame in imported.frames() if masks_of_frame}
    assert found == {0, 2}
    assert any("left out (1)" in warning for warning in imported.warnings)


def test_a_mask_of_a_megabyte_is_read() -> None:
    mask = np.random.default_rng(0).random((1500, 1500)) < 0.5
    code = coco.encode(np.asfortranarray(mask, np.uint8))["counts"]
    assert len(code) > 2**20
    item = {"size": list(mask.shape), "counts": code.decode("ascii")}
    assert np.array_equal(decode_segmentation(item, *mask.shape), mask)


def test_things_that_are_no_annotation_do_not_refuse_the_others(tmp_path: Path) -> None:
    content = document([[1, 1, 5, 1, 5, 4, 1, 4]])
    notes, categories = content["annotations"], content["categories"]
    assert isinstance(notes, list) and isinstance(categories, list)
    bad = [None, 5, {}, {"image_id": ["a"]}, {"image_id": "a"}, {"image_id": "a", "category_id": {}}]
    content["annotations"] = [*bad[:3], *notes, *bad[3:]]
    content["categories"] = [None, {"name": "no id"}, {"id": [1]}, *categories, {"id": 1e300, "name": "far"}]
    content["images"] = [None, {"id": {}}, *content["images"]]  # type: ignore[misc]
    assert [frame for frame, found in read(tmp_path, content).items() if found] == [1]


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16"])
def test_names_in_any_script_are_read(tmp_path: Path, coding: str) -> None:
    content = document([[1, 1, 5, 1, 5, 4, 1, 4]]) | {"categories": [{"id": 1, "name": "肝臓 Läsion"}]}
    (tmp_path / "m.json").write_text(json.dumps(content, ensure_ascii=False), encoding=coding)
    imported = read_masks(tmp_path / "m.json", sequence(FRAMES), ())
    assert list(imported.frames()) and [label.name for label in imported.labels] == ["肝臓 Läsion"]


@pytest.mark.parametrize("part", ['{"images":[', '{"annotations":[{"segmentation":['])
def test_a_document_that_would_fill_memory_is_refused_before(tmp_path: Path, part: str) -> None:
    with (tmp_path / "m.json").open("w") as file:
        file.write(part)
        for _ in range(20):
            file.write("{}," * 1_000_000)
    with pytest.raises(ImportMasksError, match="too many values"):
        read_masks(tmp_path / "m.json", sequence(FRAMES), ())


def test_scores_of_other_programs_are_kept_but_not_what_they_call_verified(tmp_path: Path) -> None:
    content = document([[1, 1, 5, 1, 5, 4, 1, 4]], score=0.25, status="verified", author="x", track_id=3)
    (tmp_path / "m.json").write_text(json.dumps(content))
    imported = read_masks(tmp_path / "m.json", sequence(FRAMES), ())
    assert list(imported.frames())
    assert list(imported.facts.values()) == [MaskFacts(Status.IMPORTED, 0.25, "", 0)]
