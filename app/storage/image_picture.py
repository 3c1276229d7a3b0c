"""Image files as RGB arrays."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.errors import SequenceError
from app.storage.access import refusal
from app.storage.image_header import read_header

MAX_PIXELS = 1 << 27
WHOLE = np.dtype(np.uint8), np.dtype(np.uint16)


def read_image(path: Path, bits: int = 16) -> NDArray[np.uint8]:
    """Return uint8 (h, w, 3) RGB, the right way up as its Exif orientation says.

    Grey becomes equal channels, palettes are looked up, alpha is left out (the colours beneath are
    shown as they are stored). bits: the depth that 16-bit files use; its whole range becomes 0..255.
    Raises SequenceError naming the file when it is damaged, too large, or holds no whole numbers.
    """
    image = _decoded(path)
    shown = image if image.dtype == np.uint8 else cv2.convertScaleAbs(image, alpha=255 / ((1 << bits) - 1))
    return np.ascontiguousarray(shown, np.uint8)


def used_bits(path: Path) -> int:
    """Return how many bits, 8 to 16, the largest sample of an image takes."""
    return min(max(int(_decoded(path).max(initial=0)).bit_length(), 8), 16)


def _decoded(path: Path) -> NDArray[np.uint8] | NDArray[np.uint16]:
    try:
        header = read_header(path)
        if header is not None and header.width * header.height > MAX_PIXELS:
            raise SequenceError(
                f"The image is too large ({header.width}x{header.height}).",
                subject=path,
                remedy=f"Images may have up to {MAX_PIXELS >> 20} million pixels; scale it down.",
            )
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise refusal(path, error) from error
    return _whole(path, _imdecode(data) if header is not None else None)


def _imdecode(data: NDArray[np.uint8]) -> NDArray[np.generic] | None:
    try:
        return cv2.imdecode(data, cv2.IMREAD_COLOR_RGB | cv2.IMREAD_ANYDEPTH)
    except cv2.error:
        return None


def _whole(path: Path, image: NDArray[np.generic] | None) -> NDArray[np.uint8] | NDArray[np.uint16]:
    if image is None:
        raise SequenceError(
            "The image is damaged and cannot be decoded.",
            subject=path,
            remedy="Copy it again from its source, or take it out of the folder.",
        )
    if image.dtype not in WHOLE:
        raise SequenceError(
            f"The image holds {image.dtype} numbers, not 8- or 16-bit ones.",
            subject=path,
            remedy="Convert it to 8 or 16 bits; open intensities of a scan as NIfTI or DICOM.",
        )
    return image  # type: ignore[return-value]
