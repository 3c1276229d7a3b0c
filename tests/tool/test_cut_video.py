from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.stream import VideoStream

from app.domain.errors import ExportError, SequenceError
from app.storage.video.video_source import VideoSource
from tests.helpers.clips import write_clip
from tool.cut_video import cut, main

TOOL = Path(__file__).parents[2] / "tool/cut_video.py"
BITS = 10


def picture(number: int, width: int = 160, height: int = 64) -> np.ndarray:
    """A frame that says its number in bright and dark blocks, uint8 (h, w, 3)."""
    image = np.full((height, width, 3), 90, np.uint8)
    for bit in range(BITS):
        image[16:48, bit * 16 : bit * 16 + 16] = 220 if number >> bit & 1 else 30
    return image


def number_of(image: np.ndarray) -> int:
    """The number that a frame says."""
    return sum(1 << bit for bit in range(BITS) if image[20:44, bit * 16 + 4 : bit * 16 + 12].mean() > 125)


def write(
    path: Path,
    frames: int,
    codec: str = "libx264",
    gop: int = 25,
    times: list[int] | None = None,
    **options: str,
) -> Path:
    """Write a video of numbered frames. times: ticks of 1/1000 s, else 25 a second."""
    odd = options.pop("odd", "")
    with av.open(str(path), "w") as target:
        stream = target.add_stream(codec, rate=25, options={"g": str(gop), **options})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = (161, 65) if odd else (160, 64)
        stream.pix_fmt = "yuv444p" if odd else ("yuvj420p" if codec == "mjpeg" else "yuv420p")
        if times:
            stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(number, stream.width, stream.height), format="rgb24")
            frame.pts = times[number] if times else number
            frame.time_base = Fraction(1, 1000) if times else Fraction(1, 25)
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return path


def numbers(path: Path) -> list[int]:
    with VideoSource(path) as source:
        return [number_of(source.read(index)) for index in range(source.info.frames)]


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line.split()[-1] for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("name", "options", "how"),
    [
        ("keys.mp4", {"gop": 20, "sc_threshold": "0", "flags": "+cgop"}, "copied"),
        ("long.mp4", {"gop": 250, "sc_threshold": "0"}, "encoded"),
        ("open.mkv", {"gop": 20, "sc_threshold": "0", "x264-params": "open-gop=1:bframes=3"}, ""),
        ("plain.avi", {"codec": "mpeg4", "gop": 20, "sc_threshold": "1000000000"}, ""),
        ("motion.avi", {"codec": "mjpeg"}, "encoded"),
        ("odd.mp4", {"gop": 250, "odd": "yes"}, "encoded"),
        ("stream.ts", {"gop": 20, "sc_threshold": "0", "flags": "+cgop"}, "copied"),
    ],
)
def test_every_frame_is_in_exactly_one_chunk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, options: dict, how: str
) -> None:
    video = write(tmp_path / name, 130, **options)
    chunks = cut(video, tmp_path / "out", 40)
    ways = said(capsys)
    assert [path.name for path in chunks] == sorted(path.name for path in (tmp_path / "out").iterdir())
    assert [numbers(path) for path in chunks] == [
        list(range(start, min(start + 40, 130))) for start in range(0, 130, 40)
    ]
    assert not how or ways.count(how) >= 3


def test_copied_packets_are_the_very_same(tmp_path: Path) -> None:
    video = write(tmp_path / "keys.mp4", 60, gop=20, sc_threshold="0", flags="+cgop")

    def packets(path: Path) -> list[bytes]:
        with av.open(str(path)) as file:
            return [bytes(packet) for packet in file.demux(video=0) if packet.size]

    chunks = cut(video, tmp_path / "out", 20)
    assert [data for path in chunks for data in packets(path)] == packets(video)


def test_encoding_again_is_not_seen(tmp_path: Path) -> None:
    video = write(tmp_path / "long.mp4", 30, gop=250)
    chunks = cut(video, tmp_path / "out", 20)
    with VideoSource(video) as source, VideoSource(chunks[1]) as chunk:
        gap = source.read(25).astype(int) - chunk.read(5)
    assert np.abs(gap).mean() < 1.0


def test_frames_keep_their_times(tmp_path: Path) -> None:
    times = np.cumsum([40 + 30 * (n % 3 == 0) for n in range(60)]).tolist()
    for gop in (20, 250):
        video = write(tmp_path / f"{gop}.mkv", 60, gop=gop, times=times, sc_threshold="0", flags="+cgop")
        for number, chunk in enumerate(cut(video, tmp_path / f"out{gop}", 20)):
            with VideoSource(chunk) as source:
                expected = np.array(times[number * 20 : number * 20 + 20])
                assert source.info.times == pytest.approx((expected - expected[0]) / 1000, abs=0.002)


def test_chunks_can_end_at_key_frames(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    video = write(tmp_path / "keys.mp4", 100, gop=30, sc_threshold="0", flags="+cgop")
    chunks = cut(video, tmp_path / "out", 40, on_keys=True)
    assert said(capsys) == ["copied"] * 3
    assert [len(numbers(path)) for path in chunks] == [30, 30, 40]


def test_one_chunk_holds_a_short_video(tmp_path: Path) -> None:
    [chunk] = cut(write(tmp_path / "one.mp4", 1), tmp_path / "out", 100)
    assert numbers(chunk) == [0]
    assert chunk.name == "one_0000.mp4"


def test_a_real_clip_keeps_all_its_frames(shared_data: Path, tmp_path: Path) -> None:
    video = shared_data / "video/example.mp4"
    chunks = cut(video, tmp_path / "out", 50)
    with VideoSource(video) as source:
        for number, path in enumerate(chunks):
            with VideoSource(path) as chunk:
                assert chunk.info.frames == min(50, source.info.frames - 50 * number)
                for index in (0, chunk.info.frames - 1):
                    gap = chunk.read(index).astype(int) - source.read(50 * number + index)
                    assert np.abs(gap).mean() < 1.5


def test_nothing_is_left_when_it_fails(tmp_path: Path) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"no video" * 100)
    with pytest.raises(SequenceError):
        cut(tmp_path / "bad.mp4", tmp_path / "out", 10)
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine.txt").write_text("keep")
    video = write(tmp_path / "one.mp4", 5)
    with pytest.raises(ExportError, match="holds files already"):
        cut(video, tmp_path / "full", 10)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.mp4", "full", "one.mp4"]


def test_a_chunk_that_cannot_be_written_takes_the_others_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = write(tmp_path / "long.mp4", 30, gop=250)
    monkeypatch.setattr("tool.cut_video._frames_in", lambda path: 20 if "0000" in path.name else 0)
    with pytest.raises(ExportError, match="does not hold its frames"):
        cut(video, tmp_path / "out", 20)
    assert [path.name for path in tmp_path.iterdir()] == ["long.mp4"]


def test_it_runs_from_anywhere(tmp_path: Path) -> None:
    command = [sys.executable, str(TOOL), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "at most n frames" in done.stdout


def test_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["cut_video", *map(str, words)])
        status = main()
        return status, *capsys.readouterr()

    video = write(tmp_path / "clip.mp4", 12)
    status, said, _ = call(video, "-n", 5)
    assert status == 0
    assert said.endswith("3 chunks in " + str(tmp_path / "clip_chunks") + "\n")
    assert len(list((tmp_path / "clip_chunks").iterdir())) == 3
    status, _, told = call(video, "-n", 5)
    assert status == 1
    assert told.startswith("error: ")
    status, _, told = call(tmp_path / "gone.mp4")
    assert status == 1
    assert "gone.mp4" in told
    with pytest.raises(SystemExit):
        call(video, "-n", 0)


def test_chunks_keep_the_shape_of_pixels(tmp_path: Path) -> None:
    video = write_clip(
        tmp_path / "a.mp4", 10, options={"g": "250"}, setup={"sample_aspect_ratio": Fraction(16, 11)}
    )
    for chunk in cut(video, tmp_path / "out", 4):
        with av.open(str(chunk)) as film:
            assert film.streams.video[0].sample_aspect_ratio == Fraction(16, 11)
