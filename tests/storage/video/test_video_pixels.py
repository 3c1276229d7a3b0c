"""Colours, orientation and pixel formats of video frames."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange
from av.video.stream import VideoStream
from numpy.typing import NDArray

from app.imaging.picture_scale import pixel_aspect
from app.storage.video.video_source import VideoSource
from tests.helpers.clips import HEIGHT, WIDTH, number_on, stamped, write_clip

PATCHES = [[200, 40, 40], [40, 180, 60], [30, 60, 210], [230, 220, 40], [128, 128, 128], [250, 250, 250]]
# How a stream names its matrix (AVColorSpace).
MATRICES = {"bt709": 1, "bt470bg": 5, "smpte170m": 6, "bt2020nc": 9}


def patches() -> NDArray[np.uint8]:
    return np.repeat(np.repeat(np.array([PATCHES], np.uint8), 64, axis=0), 32, axis=1)


def matrix_of(name: str) -> tuple[float, float]:
    """Kr and Kb (ITU-R BT.601, BT.709, BT.2020)."""
    return {"bt709": (0.2126, 0.0722), "bt2020nc": (0.2627, 0.0593)}.get(name, (0.299, 0.114))


def to_yuv(image: NDArray[np.uint8], name: str, full: bool) -> NDArray[np.uint8]:
    """Y'CbCr planes of 8 bits, 4:4:4, worked out from the standards."""
    kr, kb = matrix_of(name)
    red, green, blue = (image[..., i] / 255 for i in range(3))
    y = kr * red + (1 - kr - kb) * green + kb * blue
    cb, cr = (blue - y) / (2 - 2 * kb), (red - y) / (2 - 2 * kr)
    low, luma, chroma = (0, 255, 255) if full else (16, 219, 224)
    planes = low + luma * y, 128 + chroma * cb, 128 + chroma * cr
    return np.stack([np.clip(np.round(plane), 0, 255).astype(np.uint8) for plane in planes])


def write_planes(
    path: Path, planes: NDArray[np.uint8], matrix: int | None = None, full: bool = False
) -> Path:
    """Store planes without loss, their matrix and range named if there is one."""
    with av.open(str(path), "w") as film:
        stream = film.add_stream("ffv1", rate=25)
        stream.height, stream.width = planes.shape[1:]
        stream.pix_fmt = "yuv444p"
        frame = av.VideoFrame.from_ndarray(planes, format="yuv444p")
        if matrix is not None:
            named = matrix, ColorRange.JPEG if full else ColorRange.MPEG
            stream.codec_context.colorspace, stream.codec_context.color_range = named
            frame.colorspace, frame.color_range = named
        film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("name", MATRICES)
def test_colours_follow_the_matrix_and_range_of_the_stream(tmp_path: Path, name: str, full: bool) -> None:
    image = patches()
    path = write_planes(tmp_path / "a.mkv", to_yuv(image, name, full), MATRICES[name], full)
    with VideoSource(path) as video:
        assert np.abs(video.read(0).astype(int) - image).max() <= 4


def test_an_unnamed_matrix_is_taken_for_bt601_in_limited_range(tmp_path: Path) -> None:
    image = patches()
    path = write_planes(tmp_path / "a.mkv", to_yuv(image, "bt470bg", False))
    with VideoSource(path) as video:
        assert np.abs(video.read(0).astype(int) - image).max() <= 4


@pytest.mark.parametrize(
    ("codec", "pix_fmt"),
    [
        ("libx264", "yuv422p10le"),
        ("ffv1", "gray"),
        ("ffv1", "gray10le"),
        ("ffv1", "gray16le"),
        ("ffv1", "yuva420p"),
        ("ffv1", "bgra"),
        ("ffv1", "gbrp10le"),
        ("png", "rgba"),
        ("png", "rgb48be"),
        ("qtrle", "argb"),
        ("rawvideo", "yuyv422"),
    ],
)
def test_every_pixel_format_becomes_rgb(tmp_path: Path, codec: str, pix_fmt: str) -> None:
    suffix = ".mov" if codec in ("qtrle", "png") else ".mkv"
    path = write_clip(tmp_path / f"a{suffix}", 4, codec, pix_fmt=pix_fmt)
    with VideoSource(path) as video:
        for n in (3, 0, 2):
            image = video.read(n)
            expected = stamped(n).astype(int)
            assert number_on(image) == n
            if pix_fmt.startswith("gray"):
                assert (np.ptp(image, axis=2) <= 1).all()
                expected = (expected @ [0.299, 0.587, 0.114]).round()[..., None]
            assert np.abs(image - expected).mean() < 8


def write_paletted(path: Path, codec: str, palettes: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Write a frame for each palette, (5, 3) RGB, and return the indices that all frames have, (h, w)."""
    indices = np.repeat(np.repeat(np.arange(480, dtype=np.uint8).reshape(20, 24) % 5, 4, 0), 4, 1)
    with av.open(str(path), "w") as film:
        stream = cast(VideoStream, film.add_stream(codec, rate=25))
        stream.height, stream.width = indices.shape
        stream.pix_fmt = "pal8"
        for n, palette in enumerate(palettes):
            argb = np.zeros((256, 4), np.uint8)
            argb[:, 0], argb[:5, 1:] = 255, palette
            # The stub of PyAV knows no pair of indices and palette.
            frame = av.VideoFrame.from_ndarray((indices, argb), format="pal8")  # type: ignore[arg-type]
            frame.pts = n
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    return indices


@pytest.mark.parametrize(
    ("codec", "suffix"), [("rawvideo", ".avi"), ("rawvideo", ".mov"), ("msrle", ".avi"), ("png", ".mov")]
)
def test_paletted_films_have_their_colours_in_any_order_of_reading(
    tmp_path: Path, codec: str, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    palette = np.array(PATCHES[:5], np.uint8)
    indices = write_paletted(path, codec, [palette] * 200)
    with VideoSource(path) as video:
        for n in (150, 0, 199, 2, 100):
            assert np.array_equal(video.read(n), palette[indices])


def test_a_palette_that_changes_in_a_film_holds_from_there_on(tmp_path: Path) -> None:
    first = np.array(PATCHES[:5], np.uint8)
    path = tmp_path / "a.avi"
    indices = write_paletted(path, "rawvideo", [first] * 100 + [first[::-1]] * 100)
    with VideoSource(path) as video:
        for n in (150, 3, 199, 100, 99):
            assert np.array_equal(video.read(n), (first if n < 100 else first[::-1])[indices])


TURNS = [
    *((degrees, False, False) for degrees in (0, 90, 180, 270)),
    *((degrees, True, False) for degrees in (0, 90, 270)),
    *((degrees, False, True) for degrees in (0, 90, 270)),
]


def turned(image: NDArray[np.uint8], turn: tuple[float, bool, bool]) -> NDArray[np.uint8]:
    """What a person sees: turned counter-clockwise, then mirrored."""
    degrees, across, down = turn
    shown = np.rot90(image, int(degrees) // 90)
    shown = shown[:, ::-1] if across else shown
    return np.ascontiguousarray(shown[::-1] if down else shown)


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
@pytest.mark.parametrize("turn", TURNS)
def test_the_display_matrix_is_applied(tmp_path: Path, turn: tuple[float, bool, bool], suffix: str) -> None:
    path = write_clip(tmp_path / f"a{suffix}", 5, turn=turn)
    with VideoSource(path, tmp_path / "index") as video, VideoSource(path, tmp_path / "index") as again:
        lying = turn[0] in (90, 270)
        assert (video.info.width, video.info.height) == ((HEIGHT, WIDTH) if lying else (WIDTH, HEIGHT))
        for n in (4, 0):
            image = video.read(n)
            assert image.flags.c_contiguous and image.flags.writeable
            assert np.abs(image.astype(int) - turned(stamped(n), turn)).mean() < 12
            assert np.array_equal(again.read(n), image)


def test_a_slanted_display_matrix_is_told_of(tmp_path: Path) -> None:
    with VideoSource(write_clip(tmp_path / "a.mp4", 3, turn=(20, False, False))) as video:
        assert any("slant" in warning for warning in video.info.warnings)
        assert number_on(video.read(2)) == 2


def test_pixels_that_are_not_square_stay_as_they_are_stored(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", 3, setup={"sample_aspect_ratio": Fraction(4, 3)})
    with VideoSource(path) as video:
        assert (video.info.width, video.info.height) == (WIDTH, HEIGHT)
        assert number_on(video.read(1)) == 1


@pytest.mark.parametrize(("turn", "aspect"), [(0.0, (16, 11)), (90.0, (11, 16))])
def test_the_shape_of_pixels_is_known_and_turns_with_the_picture(
    tmp_path: Path, turn: float, aspect: tuple[int, int]
) -> None:
    setup = {"sample_aspect_ratio": Fraction(16, 11)}
    path = write_clip(tmp_path / "a.mp4", 2, setup=setup, turn=(turn, False, False))
    with VideoSource(path) as source:
        assert source.info.sample_aspect == aspect
        assert pixel_aspect(source.info) == aspect[1] / aspect[0]
