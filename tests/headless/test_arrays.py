"""Arrays in, arrays out: sequences and masks that never were files, and masks with each step of a propagation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.domain.annotation import Status
from app.domain.errors import UsageError
from app.headless import Annotator


@pytest.fixture(scope="module")
def annotator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Annotator]:
    with Annotator(tmp_path_factory.mktemp("work"), device="cpu", engine="classic") as a:
        yield a


def film(frames: int = 6) -> np.ndarray:
    pixels = np.full((frames, 40, 60, 3), 30, np.uint8)
    for frame in range(frames):
        pixels[frame, 10:24, 8 + 3 * frame : 24 + 3 * frame] = 220, 90, 40
    return pixels


def test_frames_and_masks_come_from_arrays_and_one_undo_takes_the_masks_back(annotator: Annotator) -> None:
    pixels = film()
    info = annotator.open_array(pixels, name="film")
    assert (info.frames, info.width, info.height, info.kind) == (6, 60, 40, "folder")
    assert np.array_equal(annotator.frame(3), pixels[3])
    tool = annotator.add_object(annotator.add_label("tool"))
    truth = pixels[..., 0] > 100
    annotator.set_masks({0: truth[0], 1: truth[1]}, tool)
    annotator.set_masks({np.int64(4): truth[4]}, tool, status="propagated", score=0.6)
    assert annotator.status(1, tool) is Status.EDITED
    assert (annotator.status(4, tool), annotator.score(4, tool)) == (Status.PROPAGATED, 0.6)
    annotator.undo()
    annotator.undo()
    assert annotator.status(0, tool) is annotator.status(1, tool) is Status.EMPTY
    annotator.set_masks({0: truth[0]}, tool)
    steps = list(annotator.propagate())
    assert {step.frame for step in steps} == {1, 2, 3, 4, 5}
    for step in steps:
        assert np.array_equal(step.masks[tool], annotator.mask(step.frame, tool))
    annotator.verify(0)
    with pytest.raises(UsageError, match="locked"):
        annotator.set_masks({0: truth[1], 1: truth[1]}, tool)
    annotator.open_array(film(2), name="other")
    annotator.open_array(pixels)
    assert annotator.status(0, tool) is Status.VERIFIED, "the same array is the same sequence"


def test_labels_are_renamed_and_deleted_and_outlines_are_those_of_the_mask(annotator: Annotator) -> None:
    annotator.open_array(film(4), name="renamed")
    kept, spare = annotator.add_label("hook"), annotator.add_label("spare")
    tool = annotator.add_object(kept)
    annotator.set_mask(0, tool, film(4)[0, ..., 0] > 100)
    renamed = annotator.rename_label("hook", name="grasper", color=(1, 2, 3))
    assert (renamed.value, renamed.name, renamed.color) == (kept.value, "grasper", (1, 2, 3))
    annotator.delete_label(spare)
    assert renamed in annotator.labels and spare not in annotator.labels
    [outline] = annotator.polygons(0, tool)
    assert set(outline.rings[0]) == {(8.0, 10.0), (23.0, 10.0), (23.0, 23.0), (8.0, 23.0)}
    assert annotator.polygons(1, tool) == ()


def test_what_waits_for_a_look_is_listed_the_most_doubtful_first(annotator: Annotator) -> None:
    annotator.open_array(film(5), name="doubtful")
    tool = annotator.add_object(annotator.add_label("grasper 2"))
    truth = film(5)[..., 0] > 100
    annotator.set_masks({0: truth[0], 4: truth[4]}, tool)
    annotator.set_masks({1: truth[1]}, tool, status="propagated", score=0.9)
    annotator.set_masks({3: truth[3]}, tool, status="propagated", score=0.4)
    assert annotator.todo() == [3, 1, 0, 4]
    assert annotator.todo(limit=1) == [3]
    annotator.verify(3)
    assert annotator.todo() == [1, 0, 4]


def test_a_volume_comes_with_its_spacing(annotator: Annotator) -> None:
    voxels = np.arange(4 * 12 * 16, dtype=">i2").reshape(
        4, 12, 16
    )  # of the other byte order, as nibabel gives them
    info = annotator.open_array(voxels, spacing=(2.5, 0.5, 0.75))
    assert (info.kind, info.frames, info.spacing) == ("volume", 4, (2.5, 0.5, 0.75))


@pytest.mark.parametrize(
    ("array", "spacing"),
    [(np.zeros((3, 4)), None), (np.zeros((2, 3, 4), complex), None), (np.zeros((2, 3, 4), np.int16), (1, 2))],
)
def test_what_is_no_sequence_is_refused(
    annotator: Annotator, array: np.ndarray, spacing: tuple[int] | None
) -> None:
    with pytest.raises(UsageError):
        annotator.open_array(array, spacing)


def test_an_export_takes_a_name_and_some_objects(annotator: Annotator, tmp_path: Path) -> None:
    annotator.open_array(film(3), name="named")
    label = annotator.add_label("probe")
    first, second = annotator.add_object(label), annotator.add_object(label)
    mask = film(3)[0, ..., 0] > 100
    annotator.set_masks({0: mask}, first)
    annotator.set_masks({0: ~mask}, second)
    [path] = annotator.export("labelme", tmp_path, name="mine", objects=[first])
    assert path.name == "mine_labelme"
    assert (path / "train/mine/00000.json").read_text().count('"group_id"') == 1
    report = annotator.export_dataset("davis", tmp_path, sequences=["named"], split=(1, 0, 0))
    assert report.frames == 1
