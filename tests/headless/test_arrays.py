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
