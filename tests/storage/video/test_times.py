"""Rates and times of video frames."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from app.storage.video.video_source import VideoSource
from tests.helpers.clips import write_clip


@pytest.mark.parametrize(
    ("name", "rate"),
    [
        ("a.mp4", Fraction(30000, 1001)),
        ("a.mkv", Fraction(30000, 1001)),
        ("a.ts", Fraction(25)),
        ("a.avi", Fraction(50)),
        ("a.webm", Fraction(24)),
    ],
)
def test_a_constant_rate_needs_no_times(tmp_path: Path, name: str, rate: Fraction) -> None:
    codec = "libvpx" if name.endswith("webm") else "libx264"
    with VideoSource(write_clip(tmp_path / name, 45, codec, rate=rate)) as video:  # type: ignore[arg-type]
        assert video.info.fps == pytest.approx(float(rate), rel=1e-3)
        assert video.info.times == ()


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
@pytest.mark.parametrize("begin", [0, 90_000])
def test_uneven_times_are_told_from_the_first_frame(tmp_path: Path, name: str, begin: int) -> None:
    steps = [40, 40, 200, 33, 67, 40, 1000, 40, 40, 10]
    times = [sum(steps[:n]) for n in range(len(steps) + 1)]
    path = write_clip(tmp_path / name, len(times), options={"bf": "2"}, pts=[begin + time for time in times])
    with VideoSource(path) as video:
        assert video.info.times == pytest.approx([time / 1000 for time in times], abs=1e-6)
        assert video.info.fps == pytest.approx(10_000 / sum(steps), rel=1e-6)


def test_times_in_whole_milliseconds_are_still_a_constant_rate(tmp_path: Path) -> None:
    times = [round(n * 1000 / 60) for n in range(90)]
    with VideoSource(write_clip(tmp_path / "a.mkv", 90, pts=times)) as video:
        assert video.info.times == ()
        assert video.info.fps == pytest.approx(60, rel=0.002)


def test_a_raw_stream_has_the_rate_it_states(tmp_path: Path) -> None:
    with VideoSource(write_clip(tmp_path / "a.h264", 20, options={"bf": "2"})) as video:
        assert video.info.fps == pytest.approx(25)
        assert video.info.times == ()


def test_a_pause_of_the_recording_is_no_part_of_the_rate(tmp_path: Path) -> None:
    times = [n * 40 + (3_600_000 if n >= 10 else 0) for n in range(20)]
    with VideoSource(write_clip(tmp_path / "a.mkv", 20, pts=times)) as video:
        assert video.info.fps == pytest.approx(25, rel=1e-6)
        assert video.info.times == pytest.approx([time / 1000 for time in times], abs=1e-6)
