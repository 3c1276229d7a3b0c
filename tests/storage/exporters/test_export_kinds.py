"""What is exported is what was annotated, and can be imported again bit for bit."""

from __future__ import annotations

import csv
import json
import tracemalloc
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pycocotools.coco import COCO

from app.domain.annotation import Annotation, Label, Object, SequenceInfo, Status
from app.domain.errors import ExportError, ImportMasksError
from app.imaging import masks
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.export_registry import write_export
from app.storage.importers.import_registry import read_masks
from tests.helpers.labelled import FRAME_KINDS

HEIGHT, WIDTH, FRAMES = 21, 33, 4
LABELS = (
    Label(7, "left ventricle", (200, 10, 10)),
    Label(2, "tool", (10, 200, 10)),
    Label(255, "x", (0, 0, 9)),
)
OBJECTS = (Object(1, 2), Object(2, 7), Object(5, 7), Object(6, 255))
Cells = Mapping[tuple[int, int], np.ndarray]


class Stopped(Exception):
    """The person who exports changed her mind."""


def sequence(**other: Any) -> SequenceInfo:
    return SequenceInfo("clip.mp4", "/clip.mp4", "video", FRAMES, WIDTH, HEIGHT, 25.0, **other)


def make_job(
    cells: Cells, info: SequenceInfo | None = None, check: Callable[[], None] = lambda: None
) -> ExportJob:
    def annotations(frame: int) -> dict[int, Annotation]:
        return {
            object_id: Annotation(masks.encode(mask), Status.EDITED)
            for (index, object_id), mask in cells.items()
            if index == frame
        }

    def image(frame: int) -> np.ndarray:
        return np.full((HEIGHT, WIDTH, 3), 40 * frame, np.uint8)

    return ExportJob(
        info or sequence(), LABELS, OBJECTS, annotations, image, 0.5, lambda done, total: None, check
    )


@st.composite
def cell_sets(draw: st.DrawFn) -> dict[tuple[int, int], np.ndarray]:
    keys = draw(
        st.sets(st.tuples(st.integers(0, FRAMES - 1), st.sampled_from([o.object_id for o in OBJECTS])))
    )
    seed = draw(st.integers(0, 1000))
    return {key: np.random.default_rng([seed, *key]).random((HEIGHT, WIDTH)) > 0.7 for key in keys}


@given(cells=cell_sets())
@settings(max_examples=15)
def test_label_maps_and_coco_come_back_bit_for_bit(
    tmp_path_factory: pytest.TempPathFactory, cells: Cells
) -> None:
    folder = tmp_path_factory.mktemp("out")
    job = make_job(cells)
    write_export("png", job, folder)
    write_export("coco", job, folder)
    maps = dict(read_masks(folder / "clip", job.info, ()).frames())
    for frame in range(FRAMES):
        painted = np.zeros((HEIGHT, WIDTH), np.uint8)
        for value, mask in maps.get(frame, {}).values():
            painted[mask] = value
        assert np.array_equal(painted, job.label_map(frame))
    whole = dict(read_masks(folder / "clip.json", job.info, ()).frames())
    found = {(frame, int(key)): mask for frame, items in whole.items() for key, (_, mask) in items.items()}
    assert {key for key, mask in cells.items() if mask.any()} == set(found)
    assert all(np.array_equal(found[key], cells[key]) for key in found)


def blocks() -> dict[tuple[int, int], np.ndarray]:
    tool, ventricle = np.zeros((HEIGHT, WIDTH), bool), np.zeros((HEIGHT, WIDTH), bool)
    tool[2:9, 3:20], ventricle[5:15, 10:30] = True, True
    return {(0, 1): tool, (0, 2): ventricle, (3, 1): tool}


def test_a_label_map_is_an_8_bit_palette_png_of_label_values(tmp_path: Path) -> None:
    paths = write_export("png", make_job(blocks()), tmp_path)
    assert [path.name for path in paths] == ["mask", "labels.txt"]
    with Image.open(tmp_path / "clip" / "mask" / "00000.png") as picture:
        assert picture.mode == "P" and picture.size == (WIDTH, HEIGHT)
        values = np.asarray(picture)
        colors = np.asarray(picture.convert("RGB"))
    assert values[6, 4] == 2 and values[12, 25] == 7
    assert values[6, 12] == 2, "the label lower in the list covers the upper one"
    assert tuple(colors[12, 25]) == (200, 10, 10)
    assert len(list((tmp_path / "clip" / "mask").iterdir())) == FRAMES


def test_an_image_folder_keeps_its_own_names_and_none_collides(tmp_path: Path) -> None:
    own = sequence(frame_names=("b1.jpg", "b2.png", "b10.png", "b11.png"))
    write_export("png", make_job(blocks(), own), tmp_path)
    assert sorted(path.name for path in (tmp_path / "clip" / "mask").iterdir()) == [
        "b1.png",
        "b10.png",
        "b11.png",
        "b2.png",
    ]
    twins = sequence(frame_names=("a.jpg", "a.png", "b.jpg", "c.jpg"))
    write_export("png", make_job(blocks(), twins), tmp_path)
    assert {path.name for path in (tmp_path / "clip" / "mask").iterdir()} == {
        "a.jpg.png",
        "a.png.png",
        "b.jpg.png",
        "c.jpg.png",
    }
    values = dict(read_masks(tmp_path / "clip", twins, ()).frames())
    assert set(values[0]) == {2, 7}


def test_coco_loads_in_pycocotools_with_its_masks_exact(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = blocks()
    (path,) = write_export("coco", make_job(cells), tmp_path)
    data = COCO(str(path))
    assert {image["frame_id"] for image in data.loadImgs(data.getImgIds())} == {0, 3}, "1 and 2 are void"
    assert json.loads(path.read_text())["info"]["void_frames"] == [1, 2]
    for item in data.loadAnns(data.getAnnIds()):
        mask = cells[(item["image_id"] - 1, item["track_id"])]
        assert np.array_equal(data.annToMask(item).astype(bool), mask)
        assert item["area"] == mask.sum()
    assert {item["name"] for item in data.loadCats(data.getCatIds())} == {label.name for label in LABELS}


@pytest.mark.parametrize("times", [(), (0.0, 0.1, 0.5, 0.6)])
def test_the_film_is_h264_in_browser_form_with_the_times_of_the_source(
    tmp_path: Path, times: tuple[float, ...]
) -> None:
    info = replace(sequence(times=times), sample_aspect=(16, 11))
    (path,) = write_export("mp4", make_job(blocks(), info), tmp_path)
    assert path.name == "clip_overlay.mp4"
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height) == (WIDTH + 1, HEIGHT + 1)
        assert stream.sample_aspect_ratio == Fraction(16, 11)
        seen = [frame.time for frame in film.decode(stream)]
    assert seen == pytest.approx(times or [0, 0.04, 0.08, 0.12], abs=1e-3)
    head = path.read_bytes()
    assert head.find(b"moov") < head.find(b"mdat")


def test_the_last_frame_of_the_film_is_shown_as_long_as_frames_are(tmp_path: Path) -> None:
    (path,) = write_export("mp4", make_job(blocks()), tmp_path)
    with av.open(str(path)) as film:
        assert film.duration == pytest.approx(FRAMES / 25 * av.time_base, abs=1000)


def test_a_heart_over_time_beats_in_the_film_as_it_did(tmp_path: Path) -> None:
    moments = tuple(0.05 * time for time in range(FRAMES))
    heart = sequence(time_points=FRAMES, along="time", moments=moments, cycle=0.05 * FRAMES)
    (path,) = write_export("mp4", make_job(blocks(), replace(heart, fps=None)), tmp_path)
    with av.open(str(path)) as film:
        assert film.streams.video[0].average_rate == 20


def test_frames_that_claim_the_same_time_are_all_in_the_film(tmp_path: Path) -> None:
    (path,) = write_export("mp4", make_job(blocks(), sequence(times=(0.0, 0.5, 0.5, 0.4))), tmp_path)
    with av.open(str(path)) as film:
        seen = [frame.pts for frame in film.decode(video=0)]
    assert len(seen) == FRAMES and seen == sorted({pts for pts in seen if pts is not None})


def test_the_film_has_the_colours_of_the_overlay_and_says_which_they_are(tmp_path: Path) -> None:
    cells = {(0, 2): np.ones((HEIGHT, WIDTH), bool)}
    (path,) = write_export("mp4", make_job(cells), tmp_path)
    with av.open(str(path)) as film:
        frame = next(film.decode(video=0))
    assert (int(frame.colorspace), int(frame.color_range)) == (1, 1)
    assert frame.to_ndarray(format="rgb24")[10, 10] == pytest.approx([100, 5, 5], abs=3)


def test_the_smallest_sequence_makes_a_film(tmp_path: Path) -> None:
    tiny = SequenceInfo("clip", "clip.png", "image", 1, 1, 1)
    dot = replace(make_job({}, tiny), image=lambda frame: np.zeros((1, 1, 3), np.uint8))
    (path,) = write_export("mp4", dot, tmp_path)
    with av.open(str(path)) as film:
        assert len(list(film.decode(video=0))) == 1


def test_an_object_whose_label_is_gone_is_exported_all_the_same(tmp_path: Path) -> None:
    job = replace(make_job(blocks()), labels=LABELS[:1])
    write_export("png", job, tmp_path)
    (path,) = write_export("coco", job, tmp_path)
    with Image.open(tmp_path / "clip" / "mask" / "00000.png") as picture:
        assert set(np.unique(np.asarray(picture))) == {0, 2, 7}
        assert tuple(np.asarray(picture.convert("RGB"))[3, 4]) not in ((0, 0, 0), LABELS[0].color)
    assert {item["id"] for item in json.loads(path.read_text())["categories"]} == {2, 7, 255}


@pytest.mark.parametrize("kind", FRAME_KINDS)
def test_a_mask_of_another_size_is_named_and_nothing_is_written(tmp_path: Path, kind: str) -> None:
    with pytest.raises(ExportError, match="object 1 on frame 2 is 5x4"):
        write_export(kind, make_job({(2, 1): np.ones((4, 5), bool)}), tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_memory_does_not_grow_with_the_number_of_frames(tmp_path: Path) -> None:
    noise = masks.encode(np.random.default_rng(0).random((120, 160)) < 0.5)
    cells = {1: Annotation(noise, Status.PROPAGATED, 0.5)}

    def peak(frames: int) -> int:
        info = SequenceInfo("clip", "clip.mp4", "video", frames, 160, 120, 25.0)
        job = replace(make_job({}, info), annotations=lambda frame: cells)
        tracemalloc.start()
        write_export("coco", job, tmp_path)
        try:
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)
    assert peak(400) < peak(50) + 300_000, "400 documents of 10 kB each would be 4 MB"


def test_an_overlay_shows_the_label_where_it_is_and_the_frame_elsewhere(tmp_path: Path) -> None:
    write_export("overlay", make_job(blocks()), tmp_path)
    pixels = np.asarray(Image.open(tmp_path / "clip" / "overlay" / "00003.png"))
    assert tuple(pixels[0, 0]) == (120, 120, 120)
    assert tuple(pixels[5, 5]) == (65, 160, 65)


@pytest.mark.parametrize("kind", FRAME_KINDS)
def test_stopping_leaves_the_older_export_as_it_was(tmp_path: Path, kind: str) -> None:
    write_export(kind, make_job(blocks()), tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    asked = iter(range(1))

    def check() -> None:
        if next(asked, None) is None:
            raise Stopped

    with pytest.raises(Stopped):
        write_export(kind, make_job(dict(list(blocks().items())[1:]), check=check), tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("kind", FRAME_KINDS)
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, kind: str) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ExportError, match="cannot be written"):
        write_export(kind, make_job(blocks()), tmp_path / "file" / "out")


def test_masks_of_another_size_are_refused(tmp_path: Path) -> None:
    write_export("png", make_job(blocks()), tmp_path)
    other = SequenceInfo("clip", "/clip", "video", FRAMES, WIDTH + 1, HEIGHT)
    with pytest.raises(ImportMasksError, match="33x21, the sequence 34x21"):
        list(read_masks(tmp_path / "clip", other, ()).frames())


def test_colour_pictures_are_read_by_all_three_channels(tmp_path: Path) -> None:
    labels = (Label(1, "a", (255, 0, 0)), Label(3, "b", (0, 255, 0)), Label(4, "c", (255, 255, 0)))
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for row, label in enumerate(labels):
        pixels[row] = label.color
    Image.fromarray(pixels).save(tmp_path / "00002.png")
    ((frame, found),) = read_masks(tmp_path, sequence(), labels).frames()
    assert frame == 2
    assert {value: mask.sum() for value, mask in found.values()} == dict.fromkeys((1, 3, 4), WIDTH)


@pytest.mark.parametrize(
    "document",
    ["", "[]", '{"images": 3}', '{"images": [], "annotations": [1]}', "{" * 10000],
    ids=["empty", "list", "number", "annotation", "unclosed"],
)
def test_a_document_that_is_no_coco_is_named(tmp_path: Path, document: str) -> None:
    path = tmp_path / "masks.json"
    path.write_text(document)
    with pytest.raises(ImportMasksError, match=r"masks\.json"):
        list(read_masks(path, sequence(), ()).frames())


def test_a_damaged_png_is_named(tmp_path: Path) -> None:
    (tmp_path / "00001.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    with pytest.raises(ImportMasksError, match=r"00001\.png"):
        list(read_masks(tmp_path, sequence(), ()).frames())


def test_polygons_of_other_programs_are_read(tmp_path: Path) -> None:
    document = {
        "images": [{"id": 9, "file_name": "00001.png", "height": HEIGHT, "width": WIDTH}],
        "categories": [{"id": 2, "name": "tool"}],
        "annotations": [
            {"id": 1, "image_id": 9, "category_id": 2, "segmentation": [[2, 2, 12, 2, 12, 9, 2, 9]]}
        ],
    }
    (tmp_path / "a.json").write_text(json.dumps(document))
    ((frame, found),) = read_masks(tmp_path / "a.json", sequence(), ()).frames()
    ((value, mask),) = found.values()
    assert (frame, value, mask[5, 5], mask[12, 20]) == (1, 2, True, False)


def test_areas_of_a_clip_are_written_over_time(tmp_path: Path) -> None:
    square = np.zeros((HEIGHT, WIDTH), bool)
    square[2:6, 2:7] = True
    info = sequence(spacing=(0.0, 0.5, 0.5))
    (path,) = write_export("csv", make_job({(0, 1): square, (2, 1): square}, info), tmp_path)
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [(row["frame"], row["seconds"], row["pixels"], row["area_mm2"]) for row in rows] == [
        ("0", "0", "20", "5"),
        ("2", "0.08", "20", "5"),
    ]
