"""Frame n is frame n: whatever the codec, the container and the order of reading."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.storage.video.video_source import VideoSource
from tests.helpers.clips import digest, number_on, stamped, write_clip

FRAMES = 60
OPEN_GOP = {"x264-params": "open-gop=1:keyint=12:min-keyint=12:bframes=3:b-pyramid=normal:scenecut=0"}
CLOSED_GOP = {"g": "12", "bf": "3"}

Maker = Callable[[Path], Path]


def clip(name: str, codec: str = "libx264", **how: object) -> Maker:
    return lambda folder: write_clip(folder / name, FRAMES, codec, **how)  # type: ignore[arg-type]


CLIPS: dict[str, Maker] = {
    "closed groups, B-frames": clip("a.mp4", options=CLOSED_GOP),
    "open groups, B-pyramid": clip("a.mp4", options=OPEN_GOP),
    "open groups in a transport stream": clip("a.ts", options=OPEN_GOP),
    "open groups in Matroska": clip("a.mkv", options=OPEN_GOP),
    "one long group": clip("a.mp4", options={"g": "250", "bf": "3"}),
    "no keyframes but refreshed columns": clip(
        "a.mp4", options={"x264-params": "intra-refresh=1:keyint=20:bframes=0"}
    ),
    "fragmented": clip("a.mp4", options=CLOSED_GOP, container={"movflags": "frag_keyframe+empty_moov"}),
    "raw H.264, no times at all": clip("a.h264", options=CLOSED_GOP),
    "raw H.264, open groups": clip("a.h264", options=OPEN_GOP),
    "B-frames in AVI, no presentation times": clip("a.avi", options=OPEN_GOP),
    "MPEG-4 with B-frames in AVI": clip("a.avi", "mpeg4", options={"g": "12", "bf": "2"}),
    "MPEG-4 in AVI": clip("a.avi", "mpeg4"),
    "MPEG-2 program stream": clip("a.mpg", "mpeg2video", options={"g": "12", "bf": "2"}),
    "MPEG-2 raw": clip("a.m2v", "mpeg2video", options={"g": "12", "bf": "2"}, format="mpeg2video"),
    "HEVC": clip(
        "a.mp4", "libx265", options={"x265-params": "log-level=none:keyint=12:min-keyint=12:scenecut=0"}
    ),
    "raw HEVC": clip("a.h265", "libx265", options={"x265-params": "log-level=none:keyint=12"}, format="hevc"),
    "VP9": clip("a.webm", "libvpx-vp9", options={"g": "12", "deadline": "realtime", "cpu-used": "8"}),
    "VP8 with hidden frames": clip(
        "a.webm",
        "libvpx",
        options={"auto-alt-ref": "1", "lag-in-frames": "16", "deadline": "good", "cpu-used": "5"},
    ),
    "Motion JPEG": clip("a.avi", "mjpeg", pix_fmt="yuvj420p"),
    "FFV1": clip("a.mkv", "ffv1"),
    "ProRes": clip("a.mov", "prores_ks", pix_fmt="yuv422p10le"),
    "Windows Media": clip("a.wmv", "wmv2"),
    "Flash": clip("a.flv", options=CLOSED_GOP),
    "GIF": clip("a.gif", "gif", pix_fmt="rgb8"),
    "interlaced": clip("a.ts", options={"g": "12", "bf": "2", "flags": "+ildct+ilme"}),
    "odd size": clip("a.mkv", size=(113, 83), pix_fmt="yuv444p", options=CLOSED_GOP),
    "ten bits": clip("a.mp4", pix_fmt="yuv420p10le", options=CLOSED_GOP),
    "grey": clip("a.mkv", "ffv1", pix_fmt="gray"),
    "RGB": clip("a.mkv", "libx264rgb", pix_fmt="rgb24", options=CLOSED_GOP),
    "uneven times": clip("a.mkv", options=OPEN_GOP, pts=[n * 40 + (n * n) % 35 for n in range(FRAMES)]),
    "doubled times": clip("a.mkv", options=CLOSED_GOP, rate=3000),
    "first time far from 0": clip("a.ts", options=OPEN_GOP, pts=[500_000 + 40 * n for n in range(FRAMES)]),
}


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes each clip once."""
    made: dict[str, Path] = {}

    def get(name: str) -> Path:
        if name not in made:
            made[name] = CLIPS[name](tmp_path_factory.mktemp("clip"))
        return made[name]

    return get


def linear(path: Path) -> list[str]:
    """What FFmpeg shows from the beginning to the end, as PyAV gives it by default."""
    with av.open(str(path)) as film:
        return [
            digest(frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False))
            for frame in film.decode(video=0)
        ]


@pytest.mark.parametrize("name", CLIPS)
def test_every_frame_is_the_one_asked_for(name: str, clips: Callable[[str], Path]) -> None:
    path = clips(name)
    with VideoSource(path, budget=400_000) as video:
        assert video.info.frames == FRAMES
        assert not video.info.warnings
        forward = [video.read(n) for n in range(FRAMES)]
        assert [number_on(image) for image in forward] == list(range(FRAMES))
        pixels = [digest(image) for image in forward]
        assert pixels == linear(path)
        assert [digest(video.read(n)) for n in reversed(range(FRAMES))] == pixels[::-1]
        for n in (59, 3, 31, 30, 32, 11, 13, 12, 0, 58, 59, 24):
            assert digest(video.read(n)) == pixels[n]


@given(
    st.sampled_from(
        ["open groups, B-pyramid", "raw H.264, open groups", "MPEG-2 program stream", "doubled times"]
    ),
    st.lists(st.integers(0, FRAMES - 1), min_size=2, max_size=12),
    st.sampled_from([1, 200_000, 96 << 20]),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_of_reading_and_any_budget_give_the_same_pixels(
    clips: Callable[[str], Path], name: str, order: list[int], budget: int
) -> None:
    path = clips(name)
    expected = linear(path)
    with VideoSource(path, budget=budget) as video:
        assert [digest(video.read(n)) for n in order] == [expected[n] for n in order]


def test_what_is_read_belongs_to_the_reader(clips: Callable[[str], Path]) -> None:
    for name in ("closed groups, B-frames", "RGB"):
        with VideoSource(clips(name)) as video:
            before = digest(video.read(7))
            video.read(7)[:] = 0
            assert digest(video.read(7)) == before


def test_there_is_no_frame_before_the_first_or_after_the_last(clips: Callable[[str], Path]) -> None:
    with VideoSource(clips("MPEG-4 in AVI")) as video:
        for n in (-1, FRAMES, 10**9):
            with pytest.raises(IndexError):
                video.read(n)


def test_one_frame_is_a_video(tmp_path: Path) -> None:
    with VideoSource(write_clip(tmp_path / "one.mp4", 1)) as video:
        assert video.info.frames == 1
        assert number_on(video.read(0)) == 0


def test_frames_that_an_edit_list_cuts_away_are_not_counted(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", FRAMES, options=CLOSED_GOP)
    cut = 7
    data = bytearray(path.read_bytes())
    entry = data.index(b"elst") + 12
    start = int.from_bytes(data[entry + 4 : entry + 8], "big")
    with av.open(str(path)) as film:
        tick = film.streams.video[0].time_base
    assert tick is not None
    data[entry + 4 : entry + 8] = (start + int(cut / 25 / tick)).to_bytes(4, "big")
    path.write_bytes(data)
    shown = list(range(cut, FRAMES))
    with VideoSource(path) as video:
        assert video.info.frames == len(shown)
        assert [number_on(video.read(n)) for n in range(len(shown))] == shown
        assert [number_on(video.read(n)) for n in reversed(range(len(shown)))] == shown[::-1]


def test_streams_joined_end_to_end_go_on_counting_though_their_times_begin_again(tmp_path: Path) -> None:
    pictures = [stamped(n) for n in range(2 * FRAMES)]
    halves = pictures[:FRAMES], pictures[FRAMES:]
    parts = [
        write_clip(tmp_path / f"{n}.ts", FRAMES, options=CLOSED_GOP, images=half)
        for n, half in enumerate(halves)
    ]
    path = tmp_path / "joined.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    with VideoSource(path, budget=400_000) as video:
        assert video.info.frames == 2 * FRAMES
        assert video.info.times == ()
        for n in (0, 59, 60, 61, 119, 58, 100, 3, 62):
            assert number_on(video.read(n)) == n


def test_pictures_that_are_not_coded_are_not_counted(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "a.avi", FRAMES, "mpeg4", options={"g": "12"})
    path = tmp_path / "skips.avi"
    # Picture start code, then P, no second, marker, time 5 bits, marker, not coded, stuffing.
    not_coded = b"\0\0\1\xb6" + 0b0101_0000_0100_1111.to_bytes(2, "big")
    with av.open(str(source)) as old, av.open(str(path), "w") as film:
        stream = film.add_stream_from_template(old.streams.video[0])
        place = 0
        for number, packet in enumerate(old.demux(video=0)):
            if packet.size:
                repeats = 1 if number in (40, 43, 51) else 0
                for data in [bytes(packet), *[not_coded] * repeats]:
                    made = av.Packet(data)
                    made.stream, made.time_base = stream, packet.time_base
                    made.pts = made.dts = place
                    made.is_keyframe = packet.is_keyframe and data != not_coded
                    film.mux(made)
                    place += 1
    with VideoSource(path) as video:
        assert video.info.frames == FRAMES
        assert [number_on(video.read(n)) for n in range(FRAMES)] == list(range(FRAMES))
        assert [number_on(video.read(n)) for n in (41, 39, 52, 44)] == [41, 39, 52, 44]


def test_the_video_with_the_larger_picture_is_taken_and_a_cover_is_not(tmp_path: Path) -> None:
    path = tmp_path / "two.mkv"
    large = write_clip(tmp_path / "large.mp4", 20, size=(160, 96))
    small = write_clip(tmp_path / "small.mp4", 20)
    with av.open(str(path), "w") as film, av.open(str(small)) as first, av.open(str(large)) as second:
        for source in (first, second):
            stream = film.add_stream_from_template(source.streams.video[0])
            stream.disposition = 0  # type: ignore[assignment]
        for number, source in enumerate((first, second)):
            for packet in source.demux(video=0):
                if packet.dts is not None:
                    packet.stream = film.streams.video[number]
                    film.mux(packet)
    with VideoSource(path) as video:
        assert (video.info.width, video.info.height) == (160, 96)
        assert [number_on(video.read(n)) for n in (0, 19, 7)] == [0, 19, 7]
