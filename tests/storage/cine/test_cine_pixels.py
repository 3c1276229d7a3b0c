from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import pixel_array
from pydicom.uid import ExplicitVRBigEndian, JPEG2000Lossless, JPEGLSLossless, RLELossless

from app.domain.annotation import Window
from app.domain.errors import SequenceError
from app.storage.cine.cine_source import CineSource
from app.storage.opening import open_source
from tests.helpers.cine import clip, colors, write

PUBLIC = Path(pydicom.__file__).parent / "data" / "test_files"
KINDS = [
    "ExplVR_BigEnd.dcm",
    "GDCMJ2K_TextGBR.dcm",
    "SC_jpeg_no_color_transform.dcm",
    "SC_jpeg_no_color_transform_2.dcm",
    "SC_rgb_dcmtk_+eb+cr.dcm",
    "SC_rgb_dcmtk_+eb+cy+n1.dcm",
    "SC_rgb_dcmtk_+eb+cy+n2.dcm",
    "SC_rgb_dcmtk_+eb+cy+np.dcm",
    "SC_rgb_dcmtk_+eb+cy+s2.dcm",
    "SC_rgb_dcmtk_+eb+cy+s4.dcm",
    "SC_rgb_gdcm_KY.dcm",
    "SC_rgb_jls_lossy_line.dcm",
    "SC_rgb_jls_lossy_sample.dcm",
    "SC_rgb_jpeg.dcm",
    "SC_rgb_jpeg_app14_dcmd.dcm",
    "SC_rgb_jpeg_dcmd.dcm",
    "SC_rgb_jpeg_dcmtk.dcm",
    "SC_rgb_jpeg_gdcm.dcm",
    "SC_rgb_jpeg_lossy_gdcm.dcm",
    "SC_rgb_rle.dcm",
    "SC_rgb_rle_16bit.dcm",
    "SC_rgb_rle_16bit_2frame.dcm",
    "SC_rgb_rle_2frame.dcm",
    "SC_rgb_rle_32bit.dcm",
    "SC_rgb_rle_32bit_2frame.dcm",
    "SC_rgb_small_odd.dcm",
    "SC_rgb_small_odd_big_endian.dcm",
    "SC_rgb_small_odd_jpeg.dcm",
    "SC_ybr_full_422_uncompressed.dcm",
    "examples_jpeg2k.dcm",
    "examples_palette.dcm",
    "examples_rgb_color.dcm",
    "examples_ybr_color.dcm",
]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    logging.disable(logging.NOTSET)


def frames_of(path: Path) -> NDArray[np.uint8]:
    with open_source(path) as source:
        return np.stack([source.read(n) for n in range(source.info.frames)])


def expected(path: Path) -> NDArray[np.uint8]:
    """What pydicom decodes with its handlers, (t, h, w, 3)."""
    data = pydicom.dcmread(path)
    pixels, bits = pixel_array(data), data.BitsStored
    if data.PhotometricInterpretation == "PALETTE COLOR":
        pixels = apply_color_lut(pixels, data)
        bits = 8 if pixels.max() < 256 else 16
    shown: NDArray[np.uint8] = (pixels >> (bits - 8)).astype(np.uint8)
    return shown.reshape(-1, data.Rows, data.Columns, 3)


@pytest.mark.parametrize("name", KINDS)
def test_pictures_in_colour_have_the_pixels_of_pydicom(name: str) -> None:
    assert np.array_equal(frames_of(PUBLIC / name), expected(PUBLIC / name))


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
@pytest.mark.parametrize("shape", [(4, 20, 24, 3), (4, 20, 24)])
def test_each_compressed_frame_of_a_clip_is_decoded_by_itself(
    tmp_path: Path, syntax: str, shape: tuple[int, ...]
) -> None:
    pixels = colors(4) if len(shape) == 4 else colors(4)[..., 0].copy()
    data = clip(pixels, FrameTime=40.0)
    data.compress(syntax) if syntax != JPEG2000Lossless else _compress_with_pillow(data, pixels)
    with open_source(write(data, tmp_path / "clip.dcm")) as source:
        for n in (3, 0, 2):
            shown = pixels[n] if len(shape) == 4 else np.repeat(pixels[n][..., None], 3, axis=2)
            assert np.array_equal(source.read(n), shown)


def _compress_with_pillow(data: pydicom.Dataset, pixels: NDArray[np.uint8]) -> None:
    import io

    from PIL import Image
    from pydicom.encaps import encapsulate

    coded = []
    for picture in pixels:
        stream = io.BytesIO()
        Image.fromarray(picture).save(stream, "JPEG2000", irreversible=False, no_jp2=True)
        coded.append(stream.getvalue())
    data.PixelData = encapsulate(coded)
    data["PixelData"].VR = "OB"
    data["PixelData"].is_undefined_length = True
    data.file_meta.TransferSyntaxUID = JPEG2000Lossless
    if pixels.ndim == 4:
        data.PhotometricInterpretation = "YBR_RCT"


def test_planes_of_colours_and_swapped_bytes(tmp_path: Path) -> None:
    pixels = colors(3)
    planes = clip(pixels, PlanarConfiguration=1, PixelData=pixels.transpose(0, 3, 1, 2).tobytes())
    assert np.array_equal(frames_of(write(planes, tmp_path / "planes.dcm")), pixels)
    swapped = clip(pixels, PixelData=pixels.tobytes())
    swapped["PixelData"].VR = "OB"
    swapped.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    swapped.save_as(tmp_path / "big.dcm", enforce_file_format=True)
    assert np.array_equal(frames_of(tmp_path / "big.dcm"), pixels)


def test_deep_grey_is_shown_through_its_window_or_the_range_in_use(tmp_path: Path) -> None:
    ramp = np.linspace(0, 1023, 3 * 20 * 24).reshape(3, 20, 24).astype(np.uint16)
    fields = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.12.1", "Modality": "XA", "BitsStored": 10, "HighBit": 9}
    plain = write(clip(ramp, **fields), tmp_path / "plain.dcm")
    shown = frames_of(plain)
    assert shown[0].max() < shown[1].min() + 10
    assert shown.max() >= 250
    stated = write(clip(ramp, **fields, WindowCenter=512, WindowWidth=1024), tmp_path / "window.dcm")
    assert abs(int(frames_of(stated)[1, 10, 0, 0]) - ramp[1, 10, 0] / 4) <= 1
    with open_source(stated) as source:
        assert source.read(0, Window(100.0, 50.0)).max() == 255
    inverted = clip(
        ramp, **fields, PhotometricInterpretation="MONOCHROME1", WindowCenter=512, WindowWidth=1024
    )
    assert np.array_equal(frames_of(write(inverted, tmp_path / "mono1.dcm")), 255 - frames_of(stated))


def test_a_clip_cut_off_keeps_its_whole_frames(tmp_path: Path) -> None:
    pixels = colors(6)
    path = write(clip(pixels, FrameTime=40.0), tmp_path / "clip.dcm")
    path.write_bytes(path.read_bytes()[: -3 * pixels[0].size + 7])
    with open_source(path) as source:
        assert source.info.frames == 3
        assert "3 of 6 frames are missing" in source.info.warnings[0]
        assert np.array_equal(source.read(2), pixels[2])


def test_a_damaged_frame_is_named_and_the_others_are_shown(tmp_path: Path) -> None:
    pixels = colors(3)
    data = clip(pixels)
    data.compress(JPEGLSLossless)
    whole = data.PixelData
    path = write(data, tmp_path / "clip.dcm")
    at = path.read_bytes().index(whole[:64]) + len(whole) // 2
    damaged = bytearray(path.read_bytes())
    damaged[at - 300 : at + 300] = b"\0" * 600
    path.write_bytes(damaged)
    with open_source(path) as source:
        assert isinstance(source, CineSource)
        with pytest.raises(SequenceError, match="Frame 1 is damaged"):
            source.read(1)
        assert np.array_equal(source.read(0), pixels[0])


def test_whole_pixels_that_are_called_subsampled_are_read_as_they_lie(tmp_path: Path) -> None:
    pixels = colors(3)
    paths = [
        write(clip(pixels, PhotometricInterpretation=kind), tmp_path / f"{kind}.dcm")
        for kind in ("YBR_FULL", "YBR_FULL_422")
    ]
    with open_source(paths[0]) as right, open_source(paths[1]) as wrong:
        assert wrong.info.frames == 3
        for frame in range(3):
            assert np.array_equal(wrong.read(frame), right.read(frame))
