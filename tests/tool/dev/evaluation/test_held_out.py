"""The protocol on held-out data, with engines that need no network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import SimpleITK as sitk

from app.models.engine import ClickAnswer, ClickModel, Prediction
from tool.dev.evaluation import held_out, protocol
from tool.dev.evaluation.datasets import FolderClip
from tool.dev.evaluation.held_out import ClipCase, PictureCase
from tool.dev.evaluation.protocol import Result
from tool.dev.train.sources import SOURCES, Source

SOURCE = {source.name: source for source in SOURCES}


def square(left: int, top: int, side: int) -> np.ndarray:
    mask = np.zeros((60, 80), np.uint8)
    mask[top : top + side, left : left + side] = 1
    return mask


def write(folder: Path, stem: str, mask: np.ndarray, images: str) -> None:
    for name in (images, "masks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(folder / images / f"{stem}.jpg"), np.repeat(mask[..., None] * 90, 3, 2))
    cv2.imwrite(str(folder / "masks" / f"{stem}.png"), mask)


def clip(folder: Path, masks: list[np.ndarray]) -> FolderClip:
    for index, mask in enumerate(masks):
        write(folder, f"{index:05}", mask, "frames")
    return FolderClip(folder)


class Still:
    """A tracker that repeats the mask it was given, and is its own engine and its own walk."""

    name, device = "still", "cpu"

    def click_model(self) -> ClickModel:
        raise NotImplementedError

    def tracker(self) -> Still:
        return self

    def add_reference(self, index: int, image: np.ndarray, masks: Mapping[int, np.ndarray]) -> None:
        self.masks = masks

    def start(self, index: int, direction: int) -> Still:
        return self

    def step(self, index: int, image: np.ndarray, objects: Any, kept: Any = None) -> dict[int, Prediction]:
        return {value: Prediction(self.masks[value].astype(np.float32), 0.5) for value in objects}

    def fuse(
        self, index: int, image: np.ndarray, earlier: np.ndarray, newer: np.ndarray, weight: float
    ) -> np.ndarray:
        raise NotImplementedError


class Worsening:
    """Answers the first click with the truth and later ones with ever less of it."""

    def __init__(self, truth: np.ndarray) -> None:
        self.truth = truth

    def encode(self, image: np.ndarray) -> None:
        return None

    def predict(self, features: None, clicks: Any, state: Any = None, initial: Any = None) -> ClickAnswer:
        mask = self.truth.copy()
        mask[:, : 10 + 5 * len(clicks)] = False
        return ClickAnswer(mask.astype(np.float32), None)

    def prefetch(self, features: None, clicks: Any, state: Any) -> None:
        pass


def test_a_clip_begins_where_all_of_its_objects_are_well_to_be_seen(tmp_path: Path) -> None:
    two = square(5, 5, 20) + 2 * square(40, 5, 20)
    made = clip(tmp_path, [square(5, 5, 4), square(5, 5, 20), two, two])
    assert held_out.choose_reference(made) == (2, (1, 2))


@pytest.mark.parametrize(
    ("name", "area"), [("feral_cats", 401), ("optic_disc_rimone", 626), ("usgra_ultrasound", 400)]
)
def test_the_largest_target_follows_what_the_ids_mean(name: str, area: int) -> None:
    mask = square(5, 5, 20) + 2 * square(40, 5, 15)
    mask[50, 70] = 1
    assert np.count_nonzero(held_out.largest_target(mask, SOURCE[name])) == area


def test_nothing_to_click_is_no_target() -> None:
    assert not held_out.largest_target(
        np.zeros((9, 9), np.uint8), Source("any", "pictures", "instances", (), "free")
    ).any()


def test_pictures_of_held_out_sources_only_are_clicked_on(tmp_path: Path) -> None:
    for index in range(20):
        for name in ("humans290", "coco128"):
            write(tmp_path / f"sets/{name}", f"{index:03}", square(5, 5, 20), "images")
    cases = list(held_out.picture_cases(tmp_path, ("test",), 5))
    assert [case.source for case in cases].count("humans290") == 5
    assert 0 < [case.source for case in cases].count("coco128") < 5


def test_clicks_that_harm_are_counted() -> None:
    truth = square(10, 10, 40) > 0
    case = PictureCase("any", "one", np.zeros((60, 80, 3), np.uint8), truth)
    figures = protocol.measure_clicks(Worsening(truth), case, 5).figures
    assert figures["harmful"] == 1
    assert figures["IoU@1"] > figures["IoU@3"] > figures["IoU@5"]
    assert figures["NoC@85%"] == 1


def test_a_box_and_a_scribble_are_drawn_the_same_each_time() -> None:
    truth = square(10, 10, 40) > 0
    seen: list[Any] = []

    class Watching(Worsening):
        def predict(self, features: None, clicks: Any, state: Any = None, initial: Any = None) -> ClickAnswer:
            seen.append(clicks[0])
            return ClickAnswer(self.truth.astype(np.float32), None)

    case = PictureCase("any", "one", np.zeros((60, 80, 3), np.uint8), truth)
    for _ in range(2):
        assert set(protocol.measure_prompts(Watching(truth), case).figures.values()) == {1.0}
    box, scribble = seen[:2]
    assert seen[2:] == [box, scribble]
    assert max(abs(box.left - 10), abs(box.right - 49), abs(box.top - 10), abs(box.bottom - 49)) <= 5
    assert all(truth[int(y), int(x)] for x, y in scribble.points)


def test_masks_on_frames_without_the_object_are_counted(tmp_path: Path) -> None:
    made = clip(tmp_path, [square(5, 5, 20), square(5, 5, 20), square(0, 0, 0), square(0, 0, 0)])
    figures = protocol.measure_propagation(Still(), ClipCase("any", "one", made, 0, (1,)), None).figures
    assert figures["false masks"] == 1
    assert figures["J"] == pytest.approx(1 / 3)


def write_scan(data: Path) -> None:
    """A heart of two nested parts that ends on slice 6 of 10, in the form of a source that nests."""
    labels = np.zeros((10, 40, 40), np.int16)
    labels[2:7, 10:30, 10:30] = 1
    labels[2:7, 15:25, 15:25] = 3
    labels[4, 0, 0] = 2  # fewer pixels than a person would draw
    for name, array in (("volumes", labels * 50), ("labels", labels)):
        folder = data / "sets/acdc_heart_mr" / name
        folder.mkdir(parents=True)
        sitk.WriteImage(sitk.GetImageFromArray(array), str(folder / "patient016_frame01.nii.gz"))


def test_structures_of_a_scan_are_measured_alone_and_together(tmp_path: Path) -> None:
    write_scan(tmp_path)
    cases = list(held_out.volume_cases(tmp_path, ("test",), 5))
    assert [case.name.rpartition("/")[2] for case in cases] == ["0", "1", "3"]
    assert all(case.reference == 4 for case in cases)
    found = {case.name[-1]: protocol.measure_propagation(Still(), case, None) for case in cases}
    assert {key: one.measure for key, one in found.items()} == {"0": "volumes", "1": "parts", "3": "parts"}


def test_a_mask_that_goes_on_past_a_structure_counts_in_the_dice_of_all_slices_alone(tmp_path: Path) -> None:
    write_scan(tmp_path)
    case = next(iter(held_out.volume_cases(tmp_path, ("test",), 5)))
    figures = protocol.measure_propagation(Still(), case, None).figures
    assert figures["Dice"] == pytest.approx(1, abs=0.01)  # the reference slice has a pixel more
    assert figures["Dice, all slices"] == pytest.approx(2 * 4 / (9 + 4), abs=0.01)
    assert figures["slices"] == 4


def test_results_are_the_same_after_saving_and_means_are_over_sources(tmp_path: Path) -> None:
    results = [
        Result("clicks", "a", "1", {"IoU@1": 0.2}),
        Result("clicks", "a", "2", {"IoU@1": 0.4}),
        Result("clicks", "b", "1", {"IoU@1": 0.9}),
        Result("volumes", "c", "1", {"Dice": 0.1}),
    ]
    protocol.save_results(results, tmp_path / "results.json")
    assert protocol.load_results(tmp_path / "results.json") == results
    assert protocol.mean_by_source(results, "clicks")["mean"]["IoU@1"] == pytest.approx(0.6)


def test_changes_are_of_the_cases_that_both_have() -> None:
    before = [
        Result("clicks", "a", name, {"IoU@1": value}) for name, value in (("1", 0.2), ("2", 0.4), ("3", 0))
    ]
    after = [
        Result("clicks", "a", name, {"IoU@1": value}) for name, value in (("1", 0.3), ("2", 0.7), ("4", 1))
    ]
    change, error = protocol.compare_results(before, after, "clicks")["IoU@1"]
    assert change == pytest.approx(0.2)
    assert error == pytest.approx(0.1)
    assert protocol.compare_results(before, after, "clips") == {}
