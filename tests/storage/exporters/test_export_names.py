"""Exported files have names that every file system takes and that never collide."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.annotation import SequenceInfo
from app.storage.exporters.export_names import frame_names, safe_name, sequence_name


def info(name: str = "clip", frames: tuple[str, ...] = (), **other: object) -> SequenceInfo:
    values: dict[str, object] = {
        "path": f"/data/{name}",
        "kind": "folder",
        "frames": len(frames) or 3,
        **other,
    }
    return SequenceInfo(name, width=4, height=4, frame_names=frames, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Darmspiegelung Müller", "Darmspiegelung Müller"),
        ("肠镜检查 3", "肠镜检查 3"),
        ("a/b\\c:d*e?f", "a_b_c_d_e_f"),
        ("..", "sequence"),
        ("", "sequence"),
        ("CON", "CON_"),
        ("nul.v2", "nul.v2_"),
        ("end. ", "end"),
        ("bad\udcff", "bad_"),
    ],
)
def test_names_of_any_script_are_kept_and_dangerous_ones_are_mended(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(name=st.text(max_size=300))
def test_a_name_is_one_plain_file_name_with_room_for_an_ending(name: str) -> None:
    safe = safe_name(name)
    assert safe and safe == safe.strip(". ") and not set(safe) & set('/\\\0:*?"<>|\n')
    assert len(safe.encode()) <= 200


def test_a_video_is_named_without_its_ending_and_a_folder_whole() -> None:
    assert sequence_name(info("x", path="/a/my.clip.mp4", kind="video")) == "my.clip"
    assert sequence_name(info("run.3")) == "run.3"


def test_frames_of_a_video_are_numbered_in_order_of_their_names() -> None:
    assert frame_names(info(kind="video", frames=())) == ["00000", "00001", "00002"]
    many = SequenceInfo("v", "v.mp4", "video", 100_001, 4, 4)
    assert frame_names(many)[-1] == "100000" and frame_names(many)[0] == "000000"


@pytest.mark.parametrize(
    ("frames", "names"),
    [
        (("b.jpg", "a.tif"), ["b", "a"]),
        (("a.jpg", "a.png"), ["a.jpg", "a.png"]),
        (("a.jpg", "A.png"), ["a.jpg", "A.png"]),
        (("a.jpg", "A.jpg"), ["00000_a.jpg", "00001_A.jpg"]),
        (("sub/a.jpg", "../b.jpg"), ["a", "b"]),
    ],
)
def test_frames_of_a_folder_keep_their_own_names_as_far_as_none_collides(
    frames: tuple[str, ...], names: list[str]
) -> None:
    assert frame_names(info(frames=frames)) == names


@given(frames=st.lists(st.text("aAbB.é", min_size=1, max_size=4), min_size=1, max_size=6, unique=True))
def test_no_two_frames_ever_share_a_file(frames: list[str]) -> None:
    names = frame_names(info(frames=tuple(frames)))
    assert len({name.casefold() for name in names}) == len(frames)
