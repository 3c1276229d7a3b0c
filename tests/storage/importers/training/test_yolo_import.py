"""YOLO folders of the programs that write them: their lists of classes, layouts and lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.annotation import SequenceInfo
from app.domain.errors import ImportMasksError
from app.storage.importers.import_registry import read_masks
from app.storage.importers.import_result import ImportedMasks

FILM = SequenceInfo("clip", "/x/clip.mp4", "video", 6, 20, 20, fps=25.0)
LINE = "1 0.5 0.5 0.2 0.2\n"


def read(
    folder: Path, classes: str, text: str, about: str = "data.yaml", place: str = "labels"
) -> ImportedMasks:
    (folder / place).mkdir(parents=True, exist_ok=True)
    (folder / about).write_text(classes)
    (folder / place / "frame_000003.txt").write_text(text)
    return read_masks(folder, FILM, ())


@pytest.mark.parametrize(
    "classes",
    [
        "names:\n  0: tool\n  1: polyp\n",
        "path: x\nnames:  # classes\n  0: tool  # a comment\n  1: polyp\n",
        "nc: 2\nnames:\n- tool\n- polyp\n",
        "names: ['tool', \"polyp\"]\n",
        "names: ['tool',\n  'polyp']\n",
        "names: {0: tool, 1: polyp}\n",
    ],
)
def test_classes_are_named_in_every_way_of_yaml(tmp_path: Path, classes: str) -> None:
    imported = read(tmp_path, classes, LINE)
    [(frame, layers)] = imported.frames()
    [(value, mask)] = layers.values()
    assert (frame, int(mask.sum()), bool(mask[8:12, 8:12].all())) == (3, 16, True)
    assert [(label.value, label.name) for label in imported.labels] == [(value, "polyp")]


@pytest.mark.parametrize(
    ("about", "place"),
    [
        ("data.yaml", "train/labels"),
        ("obj.names", "obj_train_data"),
        ("classes.txt", "labels"),
        ("classes.txt", "."),
    ],
)
def test_folders_are_laid_out_as_roboflow_darknet_and_labelimg_do(
    tmp_path: Path, about: str, place: str
) -> None:
    classes = "names: [tool, polyp]\n" if about == "data.yaml" else "tool\r\npolyp\r\n"
    imported = read(tmp_path, classes, LINE, about, place)
    assert [frame for frame, _ in imported.frames()] == [3]
    assert [label.name for label in imported.labels] == ["polyp"]


@pytest.mark.parametrize(
    ("line", "area", "score"),
    [
        ("1 0.5 0.5 0.2 0.2 0.75", 16, 0.75),
        ("1 0.1 0.1 0.5 0.1 0.5 0.5 0.1 0.5 0.25", 64, 0.25),
        ("1.0 0.5 0.5 0.2 0.2", 16, 1.0),
        ("\ufeff1 0.5 0.5 0.2 0.2\r\n\r\n", 16, 1.0),
        ("1 0.0 1.0 0.2 0.2", 4, 1.0),
        ("1 1.0 0.5 0.4 1.2", 80, 1.0),
    ],
)
def test_scores_blank_lines_and_boxes_over_the_border_are_read(
    tmp_path: Path, line: str, area: int, score: float
) -> None:
    imported = read(tmp_path, "names: [tool, polyp]\n", line)
    [(frame, layers)] = imported.frames()
    [(key, (_, mask))] = layers.items()
    assert int(mask.sum()) == area
    assert imported.facts[frame, key].score == score


def test_a_damaged_list_of_classes_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImportMasksError, match="data.yaml"):
        read(tmp_path, "names: [tool\n\t: {", LINE)


@pytest.mark.parametrize("chosen", [".", "labels", "labels/frame_000003.txt"])
def test_texts_without_a_list_of_classes_are_read(tmp_path: Path, chosen: str) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels/frame_000003.txt").write_text(LINE)
    imported = read_masks(tmp_path / chosen, FILM, ())
    assert [
        (frame, [int(mask.sum()) for _, mask in layers.values()]) for frame, layers in imported.frames()
    ] == [(3, [16])]
    assert [label.name for label in imported.labels] == ["class 1"] and "no list" in imported.warnings[0]


@pytest.mark.parametrize("text", ["a note\n", "1 20 30 40 50\n", "1 0.5\n", ""])
def test_other_texts_are_no_yolo(tmp_path: Path, text: str) -> None:
    (tmp_path / "frame_000003.txt").write_text(text)
    with pytest.raises(ImportMasksError, match="Known are"):
        read_masks(tmp_path / "frame_000003.txt", FILM, ())
