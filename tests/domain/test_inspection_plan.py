"""Frames that are looked over in the background: all of a scan, some of each shot of a film."""

from __future__ import annotations

from app.domain.annotation import SequenceInfo
from app.domain.inspection_plan import frames_to_inspect


def test_a_film_is_sampled_within_every_shot_and_a_folder_is_looked_over_whole() -> None:
    film = SequenceInfo("a.mp4", "/a.mp4", "video", 1000, 64, 48, 25.0)
    assert frames_to_inspect(film, (120, 121)) == tuple(sorted({*range(0, 1000, 50), 120, 121, 999}))
    folder = SequenceInfo("a", "/a", "folder", 30, 64, 48)
    assert frames_to_inspect(folder, ()) == tuple(range(30))
