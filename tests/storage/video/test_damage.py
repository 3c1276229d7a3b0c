"""Videos that end too early or are damaged inside."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from app.domain.errors import SequenceError
from app.storage.video.video_source import VideoSource
from tests.helpers.clips import damage, digest, number_on, packets_of, write_clip

FRAMES = 60
CLOSED = {"g": "12", "bf": "3"}
OPEN = {"x264-params": "open-gop=1:keyint=12:min-keyint=12:scenecut=0:bframes=3"}
FASTSTART = {"movflags": "faststart"}

WHOLE: dict[str, Callable[[Path], Path]] = {
    "mp4": lambda folder: write_clip(folder / "a.mp4", FRAMES, options=CLOSED, container=FASTSTART),
    "mkv": lambda folder: write_clip(folder / "a.mkv", FRAMES, options=OPEN),
    "avi": lambda folder: write_clip(folder / "a.avi", FRAMES, "mpeg4", options={"g": "12"}),
    "avi with B-frames": lambda folder: write_clip(folder / "a.avi", FRAMES, options=CLOSED),
    "ts": lambda folder: write_clip(folder / "a.ts", FRAMES, options=CLOSED),
    "flv": lambda folder: write_clip(folder / "a.flv", FRAMES, options=CLOSED),
    "h264": lambda folder: write_clip(folder / "a.h264", FRAMES, options=CLOSED),
    "mjpeg": lambda folder: write_clip(folder / "a.mkv", FRAMES, "mjpeg", pix_fmt="yuvj420p"),
}
STATES_ITS_LENGTH = {"mp4", "mkv", "avi", "avi with B-frames", "mjpeg"}


def cut(path: Path, packet: int) -> None:
    """Let a file end in the middle of a packet."""
    position, size, _ = packets_of(path)[packet]
    path.write_bytes(path.read_bytes()[: position + (188 + 94 if path.suffix == ".ts" else size // 2)])


@pytest.mark.parametrize("packet", [58, 36, 20])
@pytest.mark.parametrize("kind", WHOLE)
def test_a_cut_video_is_usable_up_to_the_cut(tmp_path: Path, kind: str, packet: int) -> None:
    path = WHOLE[kind](tmp_path)
    cut(path, packet)
    with VideoSource(path) as video:
        usable = video.info.frames
        assert packet - 4 <= usable <= packet + 1
        assert [number_on(video.read(n)) for n in range(usable)] == list(range(usable))
        (warning,) = video.info.warnings
        if kind in STATES_ITS_LENGTH:
            lost = int(re.findall(r"(\d+) frames? (?:is|are) lost", warning)[0])
            assert abs(usable + lost - FRAMES) <= (1 if "about" in warning else 0)
            assert f"the first {usable} can be used" in warning
        else:
            assert re.search(r"frames? (is|are) lost|ends too early", warning)


def test_a_cut_that_only_took_the_index_away_loses_no_frame(tmp_path: Path) -> None:
    path = WHOLE["avi"](tmp_path)
    position, size, _ = packets_of(path)[-1]
    path.write_bytes(path.read_bytes()[: position + size + 8])
    with VideoSource(path) as video:
        assert [number_on(video.read(n)) for n in range(FRAMES)] == list(range(FRAMES))
        assert video.info.warnings == ()


def test_a_whole_video_has_nothing_to_warn_of(tmp_path: Path) -> None:
    for kind in ("mp4", "mkv", "ts", "h264"):
        with VideoSource(WHOLE[kind](tmp_path)) as video:
            assert video.info.warnings == ()


def test_an_mp4_that_lost_its_index_says_so(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", FRAMES)
    cut(path, 40)
    with pytest.raises(SequenceError, match="cut off before its index was written"):
        VideoSource(path)


def test_a_video_whose_tail_was_never_written_is_usable_up_to_there(tmp_path: Path) -> None:
    path = WHOLE["mp4"](tmp_path)
    begin = packets_of(path)[30][0]
    data = bytearray(path.read_bytes())
    data[begin:] = bytes(len(data) - begin)
    path.write_bytes(data)
    with VideoSource(path) as video:
        usable = video.info.frames
        assert 24 <= usable <= 31
        assert [number_on(video.read(n)) for n in range(usable)] == list(range(usable))
        assert any(f"{FRAMES - usable} frames are lost" in warning for warning in video.info.warnings)


def readable(video: VideoSource, order: list[int]) -> dict[int, str]:
    """The pixels of the frames that can be read, by frame; a damaged one must say that it is."""
    found = {}
    for n in order:
        try:
            found[n] = digest(video.read(n))
        except SequenceError as error:
            assert f"Frame {n} is damaged" in error.what
            assert error.subject.endswith(("mp4", "mkv", "ts", "avi")) and error.remedy
    return found


@pytest.mark.parametrize(
    ("kind", "packet"),
    [("mp4", 26), ("mp4", 24), ("mkv", 33), ("mkv", 21), ("ts", 37), ("avi", 24), ("avi", 29), ("mjpeg", 17)],
)
def test_damage_inside_costs_no_frame_beyond_its_group(tmp_path: Path, kind: str, packet: int) -> None:
    whole = WHOLE[kind](tmp_path)
    broken = damage(whole, packet, tmp_path / f"broken{whole.suffix}")
    with VideoSource(whole) as video:
        pixels = readable(video, list(range(FRAMES)))
    with VideoSource(broken) as video:
        assert video.info.frames == FRAMES
        forward = readable(video, list(range(FRAMES)))
    changed = [n for n in range(FRAMES) if forward.get(n) != pixels[n]]
    assert changed and max(changed) - min(changed) < 24
    assert len(forward) < FRAMES or kind == "mjpeg"
    keys = [n for n, (_, _, key) in enumerate(packets_of(whole)) if key]
    after = min(key for key in [*keys, FRAMES] if key > packet)
    assert all(forward[n] == pixels[n] for n in range(min(after + 4, FRAMES), FRAMES))


@pytest.mark.parametrize(("kind", "packet"), [("mp4", 26), ("mkv", 33), ("mkv", 21), ("avi", 29)])
def test_around_damage_too_a_frame_has_the_same_pixels_by_any_route(
    tmp_path: Path, kind: str, packet: int
) -> None:
    whole = WHOLE[kind](tmp_path)
    broken = damage(whole, packet, tmp_path / f"broken{whole.suffix}")
    orders = [list(range(FRAMES)), list(range(FRAMES))[::-1], [n * 37 % FRAMES for n in range(FRAMES)]]
    seen = []
    for order in orders:
        with VideoSource(broken, budget=300_000) as video:
            seen.append(readable(video, order))
    assert seen[0] == seen[1] == seen[2]


def test_a_video_that_begins_in_the_middle_of_a_group_begins_at_its_first_whole_frame(tmp_path: Path) -> None:
    whole = WHOLE["ts"](tmp_path)
    position = packets_of(whole)[5][0]
    data = whole.read_bytes()
    tail = tmp_path / "tail.ts"
    tail.write_bytes(data[: 3 * 188] + data[position:])
    with VideoSource(tail) as video:
        first = number_on(video.read(0))
        assert first == 12
        assert [number_on(video.read(n)) for n in range(video.info.frames)] == list(range(first, FRAMES))


def test_a_video_with_nothing_but_noise_inside_is_refused(tmp_path: Path) -> None:
    path = WHOLE["mp4"](tmp_path)
    begin = packets_of(path)[0][0]
    data = bytearray(path.read_bytes())
    data[begin:] = bytes(len(data) - begin)
    path.write_bytes(data)
    with pytest.raises(SequenceError, match="no frame that can be decoded"):
        VideoSource(path)


def test_a_video_that_changes_under_the_reader_says_so(tmp_path: Path) -> None:
    path = WHOLE["h264"](tmp_path)
    with VideoSource(path) as video:
        video.read(59)
        write_clip(path, FRAMES, options=CLOSED, size=(160, 96))
        with pytest.raises(SequenceError, match="has changed since it was opened"):
            video.read(0)


def test_a_video_that_is_gone_says_so(tmp_path: Path) -> None:
    path = WHOLE["h264"](tmp_path)
    with VideoSource(path) as video:
        video.read(59)
        path.unlink()
        with pytest.raises(SequenceError, match="not there"):
            video.read(0)


def test_a_picture_size_that_changes_is_named(tmp_path: Path) -> None:
    small = write_clip(tmp_path / "small.h264", 12)
    large = write_clip(tmp_path / "large.h264", 12, size=(160, 96))
    both = tmp_path / "both.h264"
    both.write_bytes(small.read_bytes() + large.read_bytes())
    with VideoSource(both) as video:
        assert number_on(video.read(11)) == 11
        with pytest.raises(SequenceError, match="Frame 12 is 160x96, frame 0 is 112x80"):
            video.read(12)
        assert number_on(video.read(2)) == 2


@pytest.mark.parametrize(("rest", "said"), [(lambda n: 40 * n, 1), (lambda n: 40 * n + 900 * (n % 3), 0)])
def test_a_hole_in_an_even_video_is_named_and_one_among_uneven_times_is_not(
    tmp_path: Path, rest: Callable[[int], int], said: int
) -> None:
    pts = [rest(n) + (4000 if n >= 20 else 0) for n in range(FRAMES)]
    path = write_clip(tmp_path / "a.mkv", FRAMES, options=CLOSED, pts=sorted(pts))
    with VideoSource(path) as video:
        assert len(video.info.warnings) == said
        assert all("Between frames 19 and 20 4.0 seconds" in warning for warning in video.info.warnings)
        assert number_on(video.read(20)) == 20
