"""Names of masks stand for the frames that they name, or are refused; no mask lands on another frame."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.annotation import SequenceInfo
from app.domain.errors import ImportMasksError
from app.storage.importers.frame_match import match_frames

FOLDER = ("img1.jpg", "img2.jpg", "img3.jpg")


def film(frames: int = 10) -> SequenceInfo:
    return SequenceInfo("clip1", "/videos/clip1.mp4", "video", frames, 9, 7)


def folder(*names: str) -> SequenceInfo:
    return SequenceInfo("images", "/images", "folder", len(names), 9, 7, frame_names=names)


def image(name: str) -> SequenceInfo:
    return SequenceInfo("image", f"/images/{name}", "image", 1, 9, 7)


def frames_of(info: SequenceInfo, *names: str) -> list[int | None]:
    found, _ = match_frames(dict(enumerate(names)), info, Path("set.json"))
    return [found.get(number) for number in range(len(names))]


@pytest.mark.parametrize(
    ("info", "names", "frames"),
    [
        (folder("s_0_v2.png", "s_1_v2.png"), ("C:\\data\\s_0_v2.png", "D:\\s_1_v2.png"), [0, 1]),
        (folder(*FOLDER), ("train/img2.jpg", "..\\img1.jpg"), [1, 0]),
        (folder(*FOLDER), ("IMG3.PNG", "img1.png"), [2, 0]),
        (folder(*FOLDER), ("img1_mask.png", "mask-img3.png"), [0, 2]),
        (folder(*FOLDER), ("seg1.png", "seg2.png"), [0, 1]),
        (folder("a 1.jpg", "a 10.jpg"), ("a 10 mask.png", "a 1 mask.png"), [1, 0]),
        (folder("a.jpg", "a.png"), ("a.png", "a.jpg.png"), [1, 0]),
        (film(3), ("00001.jpg", "00002.jpg", "00003.jpg"), [0, 1, 2]),
        (film(3), ("0.png", "2.png", "9.png"), [0, 2, None]),
        (film(3), ("s_0_v2.png", "s_1_v2.png", "s_2_v2.png"), [0, 1, 2]),
        (film(), ("clip1_00005.png",), [5]),
        (image("image1.png"), ("image0.png", "image1.png", "image2.png"), [None, 0, None]),
        (image("image1.png"), ("scan 12 mask.png",), [0]),
    ],
)
def test_names_stand_for_the_frames_that_they_name(
    info: SequenceInfo, names: tuple[str, ...], frames: list[int | None]
) -> None:
    assert frames_of(info, *names) == frames


@pytest.mark.parametrize(
    ("info", "names"),
    [
        (film(), ("f1_a1.png", "f1_a2.png", "f2_a1.png", "f2_a2.png")),
        (film(), ("left_0.png", "right_0.png", "left_1.png", "right_1.png")),
        (film(), ("take_3_shot_4.png",)),
        (folder("a.jpg", "a.png"), ("a.tif",)),
        (folder(*FOLDER), ("holiday.png", "beach.png")),
        (image("image7.png"), ("image0.png", "image1.png")),
    ],
)
def test_names_that_could_stand_for_several_frames_are_refused(
    info: SequenceInfo, names: tuple[str, ...]
) -> None:
    with pytest.raises(ImportMasksError, match=r"set\.json"):
        frames_of(info, *names)


def test_what_is_left_out_is_counted_and_named() -> None:
    names = ("x/img1.jpg", "y/img1.jpg", "img2.jpg", "other.jpg")
    found, warnings = match_frames(dict(enumerate(names)), folder(*FOLDER), Path("set.json"))
    assert found == {2: 1}
    assert any("(2): x/img1.jpg, y/img1.jpg" in warning for warning in warnings)
    assert any("(1): other.jpg" in warning for warning in warnings)


def test_numbers_of_which_the_first_is_not_known_are_warned_of() -> None:
    found, warnings = match_frames({0: "shot_1.png", 1: "shot_2.png"}, film(), Path("set.json"))
    assert found == {0: 1, 1: 2} and "count from 0" in warnings[0]
    assert not match_frames({0: "00001.png"}, film(), Path("set.json"))[1]
