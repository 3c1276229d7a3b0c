"""Stored pixels of a cine or a still as 8-bit RGB, as a viewer of DICOM shows them (PS3.3 C.11, PS3.4 N.2)."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut, apply_voi_lut

from app.domain.annotation import Window
from app.imaging.windowing import apply_window
from app.storage.volume.dicom.dicom_headers import pydicom_silenced
from app.storage.volume.dicom.slice_header import SliceHeader


def show_pixels(
    stored: NDArray[Any], header: SliceHeader, dataset: Dataset, window: Window | None
) -> NDArray[np.uint8]:
    """Return uint8 (h, w, 3) RGB of a stored frame.

    stored: (h, w), or (h, w, 3) RGB. dataset: of its file, for tables of colours and of grey values.
    window: of grey pixels; None for the table in the file, or the stored values as they are.
    """
    if stored.ndim == 3:
        return _to_eight_bits(stored[..., :3], header.bits_stored)
    if header.photometric == "PALETTE COLOR":
        return _look_up_colors(stored, dataset)
    native = native_pixels(stored, header)
    is_inverted = header.photometric == "MONOCHROME1"
    if window is not None:
        gray = apply_window(native, window, inverted=is_inverted)
    else:
        gray = _without_window(native, header, dataset)
        gray = ~gray if is_inverted else gray
    return cv2.cvtColor(np.ascontiguousarray(gray), cv2.COLOR_GRAY2RGB).astype(np.uint8, copy=False)


def native_pixels(stored: NDArray[Any], header: SliceHeader) -> NDArray[Any]:
    """Return grey pixels in the units that the file gives them."""
    if header.slope == 1.0 and header.intercept == 0.0:
        return stored
    return stored.astype(np.float64) * header.slope + header.intercept


def _without_window(native: NDArray[Any], header: SliceHeader, dataset: Dataset) -> NDArray[np.uint8]:
    if not dataset.get("VOILUTSequence"):
        return _to_eight_bits(native, header.bits_stored)
    with pydicom_silenced():
        shown = apply_voi_lut(native, dataset)
        bits = int(dataset.VOILUTSequence[0].LUTDescriptor[2])
    return _to_eight_bits(shown, min(max(bits, 8), 16))


def _look_up_colors(stored: NDArray[Any], dataset: Dataset) -> NDArray[np.uint8]:
    with pydicom_silenced():
        shown = apply_color_lut(stored, dataset)
        bits = int(dataset.RedPaletteColorLookupTableDescriptor[2])
    # Some programs write tables of 8 bits and call them 16.
    return _to_eight_bits(shown[..., :3], 8 if shown.max(initial=0) < 256 else bits)


def _to_eight_bits(pixels: NDArray[Any], bits: int) -> NDArray[np.uint8]:
    """Keep the upper eight of some bits."""
    is_float = pixels.dtype.kind == "f"
    upper = pixels if is_float else np.maximum(pixels, 0) >> max(bits - 8, 0)
    eight: NDArray[np.uint8] = np.clip(upper, 0, 255).astype(np.uint8)
    return eight
