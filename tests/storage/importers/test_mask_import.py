"""Masks that were exported come back bit for bit; masks made elsewhere come in or are refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.domain.annotation import Annotation, Label, Object, SequenceInfo, Status
from app.domain.errors import ImportMasksError
from app.imaging import masks
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.export_registry import write_export
from app.storage.importers.import_registry import read_masks
from app.storage.importers.import_result import ImportedMasks
from tests.storage.importers.made_masks import FRAMES, HEIGHT, POLYP, TOOL, WIDTH, Values, sequence, stripes


def values_of(imported: ImportedMasks) -> dict[int, Values]:
    maps = {}
    for frame, found in imported.frames():
        maps[frame] = np.zeros((HEIGHT, WIDTH), np.uint8)
        for value, mask in found.values():
            maps[frame][mask] = value
    return maps


def save(folder: Path, picture: Values, name: str = "00000.png", mode: str | None = None) -> None:
    folder.mkdir(exist_ok=True)
    Image.fromarray(picture, mode).save(folder / name)


LABEL_LISTS = st.lists(
    st.builds(Label, st.integers(1, 255), st.text(max_size=8), st.tuples(*[st.integers(0, 255)] * 3)),
    min_size=1,
    max_size=5,
    unique_by=lambda label: label.value,
)


@st.composite
def jobs(draw: st.DrawFn) -> ExportJob:
    labels = draw(LABEL_LISTS)
    objects = tuple(
        Object(n, draw(st.sampled_from([label.value for label in labels])))
        for n in draw(st.sets(st.integers(1, 99), max_size=4))
    )
    shape = (draw(st.integers(1, 12)), draw(st.integers(1, 12)))
    random = np.random.default_rng(draw(st.integers(0, 999)))
    cells = {
        (frame, item.object_id): Annotation(masks.encode(random.random(shape) < 0.4), Status.EDITED)
        for frame in range(FRAMES)
        for item in objects
        if random.random() < 0.7
    }
    info = SequenceInfo(draw(st.text(max_size=20)), "/x", "folder", FRAMES, shape[1], shape[0])

    def annotations(frame: int) -> dict[int, Annotation]:
        return {key: cell for (index, key), cell in cells.items() if index == frame}

    return ExportJob(info, tuple(labels), objects, annotations, None, 0.5, lambda *_: None, lambda: None)  # type: ignore[arg-type]


@given(job=jobs(), knows=st.booleans())
@settings(max_examples=40)
def test_label_maps_come_back_with_their_labels(
    tmp_path_factory: pytest.TempPathFactory, job: ExportJob, knows: bool
) -> None:
    folder = tmp_path_factory.mktemp("out")
    write_export("png", job, folder)
    imported = read_masks(folder, job.info, job.labels if knows else ())
    found = dict(imported.frames())
    for frame in range(FRAMES):
        painted = job.label_map(frame)
        assert {value for value, _ in found[frame].values()} >= set(painted[painted > 0].tolist())
        again = np.zeros_like(painted)
        for value, mask in found[frame].values():
            again[mask] = value
        assert np.array_equal(again, painted)
    assert set(imported.labels) == (set() if knows else set(job.labels))
    assert not imported.warnings


@given(job=jobs(), knows=st.booleans())
@settings(max_examples=40)
def test_coco_comes_back_with_every_object_and_its_overlaps(
    tmp_path_factory: pytest.TempPathFactory, job: ExportJob, knows: bool
) -> None:
    (path,) = write_export("coco", job, tmp_path_factory.mktemp("out"))
    imported = read_masks(path, job.info, job.labels if knows else ())
    found = {
        (frame, key): (value, masks.encode(mask))
        for frame, items in imported.frames()
        for key, (value, mask) in items.items()
    }
    assert found == {
        (frame, item.object_id): (item.label, cell.mask)
        for frame in range(FRAMES)
        for item, cell in job.cells(frame)
        if masks.area(cell.mask)
    }
    used = {value for value, _ in found.values()}
    expected = [] if knows else [label for label in job.all_labels if label.value in used]
    assert set(imported.labels) == set(expected)
    assert not imported.warnings


@pytest.mark.parametrize("mode", ["P", "L", "16 bit", "grey as RGB"])
def test_pixels_are_label_values_in_every_kind_of_index_picture(tmp_path: Path, mode: str) -> None:
    picture = stripes(0, 1, 2)
    if mode == "P":
        image = Image.fromarray(picture, "P")
        image.putpalette(bytes(range(256)) * 3)
        image.save(tmp_path / "00002.png")
    elif mode == "16 bit":
        save(tmp_path, picture.astype(np.uint16), "00002.png")
    else:
        save(tmp_path, picture if mode == "L" else np.stack([picture] * 3, -1), "00002.png")
    found = values_of(read_masks(tmp_path, sequence(), (TOOL, POLYP)))
    assert list(found) == [2] and np.array_equal(found[2], picture)


def test_a_black_and_white_picture_is_the_mask_of_the_first_label(tmp_path: Path) -> None:
    save(tmp_path, stripes(255, 0, 255))
    imported = read_masks(tmp_path, sequence(), (POLYP, TOOL))
    assert np.array_equal(values_of(imported)[0], stripes(2, 0, 2))
    assert any("black and white" in warning for warning in imported.warnings)
    fresh = read_masks(tmp_path, sequence(), ())
    assert np.array_equal(values_of(fresh)[0], stripes(1, 0, 1)) and fresh.labels[0].value == 1


def disc(radius: int, value: int = 255, size: int = 48) -> Values:
    rows, columns = np.mgrid[:size, :size] - size // 2
    return np.where(rows**2 + columns**2 <= radius**2, value, 0).astype(np.uint8)


def read_square(
    folder: Path, *known: Label, frames: int = 1
) -> tuple[ImportedMasks, dict[int, dict[int, Values]]]:
    """Read pictures of 48 x 48."""
    info = SequenceInfo("clip", "/videos/clip.mp4", "video", frames, 48, 48, 25.0)
    imported = read_masks(folder, info, known)
    found = {frame: {value: mask for value, mask in layers.values()} for frame, layers in imported.frames()}
    return imported, found


@pytest.mark.parametrize("mode", ["L", "P"])
def test_white_beside_other_labels_is_void(tmp_path: Path, mode: str) -> None:
    values = np.where(disc(10) > 0, 3, disc(13)).astype(np.uint8)
    image = Image.fromarray(values, mode)
    if mode == "P":
        image.putpalette(bytes(range(256)) * 3)
    image.save(tmp_path / "00000.png")
    imported, found = read_square(tmp_path)
    assert [label.value for label in imported.labels] == [3]
    assert set(found[0]) == {3} and np.array_equal(found[0][3], values == 3)
    assert any("void" in warning for warning in imported.warnings)


@pytest.mark.parametrize("scale", [2, 3, 5])
@pytest.mark.parametrize("filtered", [Image.Resampling.BILINEAR, Image.Resampling.LANCZOS])
def test_a_mask_with_soft_edges_is_one_label(tmp_path: Path, scale: int, filtered: Image.Resampling) -> None:
    small = Image.fromarray(disc(16)).resize((48 // scale, 48 // scale))
    small.resize((48, 48), filtered).save(tmp_path / "00000.png")
    imported, found = read_square(tmp_path, TOOL)
    assert not imported.labels and set(found[0]) == {1}
    assert (found[0][1] != (disc(16) > 0)).sum() < 0.15 * (disc(16) > 0).sum()
    assert any("soft edges" in warning for warning in imported.warnings)


def test_labels_with_soft_edges_are_refused(tmp_path: Path) -> None:
    small = Image.fromarray(np.where(disc(8) > 0, 200, disc(18, 90)).astype(np.uint8)).resize((12, 12))
    small.resize((48, 48), Image.Resampling.BILINEAR).save(tmp_path / "00000.png")
    with pytest.raises(ImportMasksError, match=r"00000\.png.*soft"):
        read_square(tmp_path, TOOL)


def test_a_bad_picture_does_not_refuse_the_others(tmp_path: Path) -> None:
    Image.fromarray(disc(9, 1)).save(tmp_path / "00000.png")
    Image.fromarray(disc(9, 1)[:20]).save(tmp_path / "00001.png")
    (tmp_path / "00002.png").write_bytes(b"no picture")
    Image.fromarray(disc(9, 1)).save(tmp_path / "00003.png")
    imported, found = read_square(tmp_path, TOOL, frames=4)
    assert set(found) == {0, 3}
    assert any("(2)" in warning and "00001.png" in warning for warning in imported.warnings)


def test_white_is_a_label_where_there_is_one(tmp_path: Path) -> None:
    save(tmp_path, stripes(255))
    void = Label(255, "void", (9, 9, 9))
    assert np.array_equal(values_of(read_masks(tmp_path, sequence(), (TOOL, void)))[0], stripes(255))


def test_colours_are_those_of_the_list_beside_the_pictures_and_see_through_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("5 polyp 0 0 255 \n")
    picture = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    picture[0], picture[1], picture[2] = (0, 0, 255, 255), (255, 0, 0, 255), (9, 9, 9, 0)
    save(tmp_path / "mask", picture)
    found = values_of(read_masks(tmp_path, sequence(), (TOOL, POLYP)))
    assert np.array_equal(found[0], stripes(2, 1))


def test_a_colour_of_no_label_is_named(tmp_path: Path) -> None:
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    picture[0] = (1, 2, 3)
    save(tmp_path, picture)
    with pytest.raises(ImportMasksError, match=r"00000\.png.*\(1, 2, 3\)"):
        values_of(read_masks(tmp_path, sequence(), (TOOL,)))


def test_an_unknown_value_becomes_a_label_and_is_named(tmp_path: Path) -> None:
    save(tmp_path, stripes(7), "00001.png")
    imported = read_masks(tmp_path, sequence(), (TOOL,))
    assert np.array_equal(values_of(imported)[1], stripes(7))
    assert [label.value for label in imported.labels] == [7]
    assert any("00001.png" in warning and "7" in warning for warning in imported.warnings)


def test_a_value_above_255_is_named(tmp_path: Path) -> None:
    save(tmp_path, stripes(1).astype(np.uint16) * 300)
    with pytest.raises(ImportMasksError, match=r"00000\.png.*300"):
        values_of(read_masks(tmp_path, sequence(), (TOOL,)))


@pytest.mark.parametrize(
    ("names", "frames"),
    [
        (("00000.png", "00002.png"), {0, 2}),
        (("frame_2.png", "frame_0.png"), {0, 2}),
        (("shot_1.png", "shot_2.png", "shot_3.png"), {0, 1, 2}),
        (("00001.PNG", ".00002.png", "00000.txt"), {1}),
    ],
)
def test_pictures_are_matched_by_number(tmp_path: Path, names: tuple[str, ...], frames: set[int]) -> None:
    for name in names:
        save(tmp_path, stripes(1), "picture.png")
        (tmp_path / "picture.png").rename(tmp_path / name)
    imported = read_masks(tmp_path, sequence(), (TOOL,))
    assert set(values_of(imported)) == frames
    assert any("no picture" in warning for warning in imported.warnings) == (len(frames) < FRAMES)


def test_pictures_are_matched_by_the_names_of_an_image_folder(tmp_path: Path) -> None:
    names = ("b10.jpg", "b2.jpg", "c.tif")
    for name in ("b2.png", "c.png", "b7.png"):
        save(tmp_path, stripes(1), name)
    imported = read_masks(tmp_path, sequence(frame_names=names), (TOOL,))
    assert set(values_of(imported)) == {1, 2}
    assert any("b7.png" in warning for warning in imported.warnings)
    assert any("1 of 3" in warning and "0" in warning for warning in imported.warnings)


def test_one_picture_is_the_mask_of_one_image(tmp_path: Path) -> None:
    save(tmp_path, stripes(1), "scan 12 mask.png")
    imported = read_masks(tmp_path / "scan 12 mask.png", sequence(frames=1), (TOOL,))
    assert set(values_of(imported)) == {0}


@pytest.mark.parametrize("kind", ["none", "strange names", "no folder"])
def test_a_folder_without_masks_is_named(tmp_path: Path, kind: str) -> None:
    if kind == "strange names":
        save(tmp_path, stripes(1), "holiday.png")
    path = tmp_path / "absent" if kind == "no folder" else tmp_path
    with pytest.raises(ImportMasksError, match=tmp_path.name):
        read_masks(path, sequence(), ())


@given(
    cut=st.integers(1, 120), flips=st.lists(st.tuples(st.integers(8, 119), st.integers(1, 255)), max_size=3)
)
@settings(max_examples=60)
def test_a_damaged_picture_is_named_and_never_crashes(
    tmp_path_factory: pytest.TempPathFactory, cut: int, flips: list[tuple[int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("masks")
    save(folder, stripes(1, 2))
    content = bytearray((folder / "00000.png").read_bytes())
    for position, change in flips:
        content[position % len(content)] ^= change
    (folder / "00000.png").write_bytes(content[:cut])
    try:
        values_of(read_masks(folder, sequence(), (TOOL, POLYP)))
    except ImportMasksError as error:
        assert "00000.png" in error.subject


def test_a_label_is_recognised_by_its_name_and_never_taken_for_another(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("1 polyp 1 1 1 \n2 liver 2 2 2 \n3 tool 3 3 3 \n9 bone 4 4 4 \n")
    save(tmp_path, stripes(1, 2, 3, 9))
    imported = read_masks(tmp_path, sequence(), (TOOL, POLYP))
    found = values_of(imported)[0]
    made = {label.name: label.value for label in imported.labels}
    assert set(made) == {"liver", "bone"} and made["bone"] == 9 and made["liver"] not in (1, 2, 9)
    assert np.array_equal(found, stripes(2, made["liver"], 1, 9))
    assert any("liver" in warning for warning in imported.warnings)


def test_no_two_foreign_labels_become_one(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("1 polyp 1 1 1 \n2  2 2 2 \n")
    save(tmp_path, stripes(1, 2, 3))
    found = values_of(read_masks(tmp_path, sequence(), (TOOL, POLYP, Label(3, "", (8, 8, 8)))))[0]
    assert len(set(found[:3, 0].tolist()) - {0}) == 3


def test_a_label_list_in_the_folder_above_is_not_that_of_the_pictures(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("7 liver 9 9 9 \n")
    save(tmp_path / "other", stripes(7))
    assert [label.name for label in read_masks(tmp_path / "other", sequence(), ()).labels] == []
