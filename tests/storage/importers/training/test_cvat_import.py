"""Tracks of CVAT and of programs that write its format: keyframes, frames outside, turned shapes, steps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.domain.annotation import SequenceInfo
from app.domain.errors import ImportMasksError
from app.storage.importers.import_registry import read_masks

SIDE, FRAMES = 24, 12
FILM = SequenceInfo("clip", "/x/clip.mp4", "video", FRAMES, SIDE, SIDE, fps=25.0)


def box(frame: int, left: int = 4, *, outside: int = 0, keyframe: int = 1, turn: float = 0.0) -> str:
    places = f'xtl="{left}" ytl="8" xbr="{left + 8}" ybr="12" rotation="{turn}"'
    return f'<box frame="{frame}" keyframe="{keyframe}" outside="{outside}" {places} />'


def read(folder: Path, *shapes: str, info: SequenceInfo = FILM, about: str = "") -> dict[int, np.ndarray]:
    """The mask of the only track by frame."""
    labels = "<labels><label><name>tool</name></label></labels>"
    track = f'<track id="0" label="tool">{"".join(shapes)}</track>'
    text = f"<annotations><meta><task>{about}{labels}</task></meta>{track}</annotations>"
    (folder / "annotations.xml").write_text(text)
    found = read_masks(folder / "annotations.xml", info, ()).frames()
    return {frame: mask for frame, layers in found for _, mask in layers.values()}


def columns(mask: np.ndarray) -> tuple[int, int]:
    used = np.flatnonzero(mask.any(axis=0))
    return int(used[0]), int(used[-1])


def test_a_box_moves_evenly_between_keyframes_and_ends_where_it_is_outside(tmp_path: Path) -> None:
    found = read(tmp_path, box(1), box(5, 12), box(7, 12, outside=1), box(10, 2), box(11, 2, outside=1))
    assert {frame: columns(mask)[0] for frame, mask in found.items()} == {
        1: 4, 2: 6, 3: 8, 4: 10, 5: 12, 6: 12, 10: 2,
    }  # fmt: skip


def test_frames_that_are_no_part_of_a_task_stay_empty(tmp_path: Path) -> None:
    about = "<frame_filter>step=3</frame_filter>"
    assert list(read(tmp_path, box(0), box(9), about=about)) == [0, 3, 6, 9]


def test_a_mask_stays_until_the_next_keyframe_and_outlines_are_not_made_up(tmp_path: Path) -> None:
    mask = '<mask frame="{}" keyframe="1" outside="{}" rle="1, 3" left="2" top="3" width="2" height="2" />'
    found = read(tmp_path, mask.format(2, 0), mask.format(5, 1))
    assert {frame: int(mask.sum()) for frame, mask in found.items()} == {2: 3, 3: 3, 4: 3}
    outline = '<polygon frame="{}" keyframe="1" outside="0" points="2,2;9,2;9,9" />'
    assert list(read(tmp_path, outline.format(2), outline.format(5))) == [2, 5]


def test_frames_are_counted_from_0_whatever_the_files_are_called(tmp_path: Path) -> None:
    names = tuple(f"{number:06d}.png" for number in range(1, FRAMES + 1))
    folder = replace(FILM, name="clip", path="/x/clip", kind="folder", fps=None, frame_names=names)
    assert list(read(tmp_path, box(3), info=folder)) == [3]


def test_frames_beyond_the_sequence_are_named(tmp_path: Path) -> None:
    assert list(read(tmp_path, box(3), box(FRAMES, 9, keyframe=0))) == [3]
    with pytest.raises(ImportMasksError, match=f"about frames 90, and the sequence has {FRAMES}"):
        read(tmp_path, box(90))


def test_a_turned_box_and_an_ellipse_have_their_own_pixels(tmp_path: Path) -> None:
    upright = read(tmp_path, box(0, 8, turn=90.0))[0]
    assert upright[6:14, 10:14].all() and upright.sum() == 32
    shape = '<ellipse frame="0" keyframe="1" outside="0" cx="12" cy="12" rx="8" ry="4" rotation="90" />'
    ellipse = read(tmp_path, shape)[0]
    assert ellipse.sum() == pytest.approx(np.pi * 8 * 4, rel=0.05)
    assert ellipse[5:19, 12].all() and columns(ellipse) == (8, 15)
