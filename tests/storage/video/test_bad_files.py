"""What is no video gets a sentence that a person understands, never an exception of a library."""

from __future__ import annotations

import os
from pathlib import Path

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.errors import FramewiseError, SequenceError, UsageError
from app.storage.video.video_source import VideoSource
from tests.helpers.clips import write_clip


def complaint(path: Path) -> SequenceError:
    with pytest.raises(SequenceError) as caught:
        VideoSource(path)
    error = caught.value
    assert error.what and error.remedy
    assert error.subject == str(path)
    return error


def test_text_under_a_video_name_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("This is not a video.\n" * 200)
    assert "not a video" in complaint(path).what


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()
    assert "empty" in complaint(path).what


def test_a_missing_file_is_called_missing(tmp_path: Path) -> None:
    assert "not there" in complaint(tmp_path / "missing.mp4").what


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert "not a file" in complaint(tmp_path).what


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe.mp4"
    os.mkfifo(path)
    assert "not a file" in complaint(path).what


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "secret.mp4", 3)
    path.chmod(0)
    assert "may not be read" in complaint(path).what


def test_sound_without_pictures_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as film:
        stream = film.add_stream("aac", rate=44100)
        frame = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts = 44100, 0
        film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    assert "no video" in complaint(path).what


@pytest.mark.parametrize("suffix", [".m3u8", ".mp4", ".ffconcat"])
def test_a_playlist_cannot_make_the_program_read_other_files(tmp_path: Path, suffix: str) -> None:
    secret = write_clip(tmp_path / "secret.ts", 10)
    hls = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n"
    concat = f"ffconcat version 1.0\nfile {secret.name}\n"
    path = tmp_path / f"list{suffix}"
    path.write_text(concat if suffix == ".ffconcat" else hls)
    complaint(path)


def test_a_name_that_looks_like_a_protocol_is_a_file(tmp_path: Path) -> None:
    for name in ("http:a.mp4", "concat:b|c.mp4", "Größe %03d ünïcode 视频.mp4"):
        with VideoSource(
            write_clip(tmp_path / name, 4, container={}) if ":" not in name else _moved(tmp_path, name)
        ) as video:
            assert video.info.frames == 4


def _moved(folder: Path, name: str) -> Path:
    return write_clip(folder / "plain.mp4", 4).rename(folder / name)


def test_reading_after_closing_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    video = VideoSource(write_clip(tmp_path / "a.mp4", 4))
    video.close()
    video.close()
    with pytest.raises(UsageError):
        video.read(0)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("films")
    return [
        write_clip(folder / "a.mp4", 16, options={"g": "8", "bf": "2"}, container={"movflags": "faststart"}),
        write_clip(folder / "a.mkv", 16, options={"g": "8", "bf": "2"}),
        write_clip(folder / "a.avi", 16, "mpeg4"),
        write_clip(folder / "a.ts", 16, "mpeg2video", options={"g": "8", "bf": "2"}),
    ]


@given(st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_hostile_bytes_give_frames_or_an_error_of_ours(
    films: list[Path], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    source = data.draw(st.sampled_from(films))
    content = bytearray(source.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        noise = data.draw(st.binary(min_size=1, max_size=24))
        content[place : place + len(noise)] = noise
    path = tmp_path_factory.mktemp("hostile") / f"x{source.suffix}"
    path.write_bytes(content)
    try:
        with VideoSource(path) as video:
            shape = (video.info.height, video.info.width, 3)
            for n in {0, video.info.frames // 2, video.info.frames - 1}:
                assert video.read(n).shape == shape
    except FramewiseError as error:
        assert error.what and error.remedy
