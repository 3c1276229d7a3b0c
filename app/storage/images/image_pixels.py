"""Image files as RGB arrays."""

from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.errors import SequenceError
from app.files.access import access_error
from app.storage.images.image_header import ImageHeader, read_header

MAX_PIXELS = 1 << 27  # 134 million; a picture takes 3 bytes each, 6 while 16-bit ones are converted
DEPTHS = np.dtype(np.uint8), np.dtype(np.uint16)


def read_image(path: Path, bits: int = 16) -> NDArray[np.uint8]:
    """Return uint8 (h, w, 3) RGB, the right way up as its Exif orientation says.

    Grey becomes equal channels, palettes are looked up, alpha is left out (the colours beneath are
    shown as they are stored). bits: the depth that 16-bit files use; its whole range becomes 0..255. An image
    with larger samples is shown by the depth of its own, since clipped it would be white.
    Raises SequenceError naming the file when it is damaged, too large or too deep.
    """
    image = _decoded(path)
    if image.dtype != np.uint8:
        image = cv2.convertScaleAbs(image, alpha=255 / ((1 << max(bits, _bits_of(image))) - 1)).astype(
            np.uint8, copy=False
        )
    return np.ascontiguousarray(image, np.uint8)


def used_bits(path: Path) -> int:
    """Return how many bits, 8 to 16, the largest sample of an image takes."""
    return _bits_of(_decoded(path))


def _bits_of(image: NDArray[np.uint8] | NDArray[np.uint16]) -> int:
    """Return how many bits, 8 to 16, the largest sample takes."""
    return min(max(int(image.max(initial=0)).bit_length(), 8), 16)


def _decoded(path: Path) -> NDArray[np.uint8] | NDArray[np.uint16]:
    try:
        header = read_header(path)
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise access_error(path, error) from error
    if header is not None:
        require_picture(path, header)
    image = _imdecode(data) if header is not None else None
    if image is None or image.dtype not in DEPTHS:
        raise SequenceError(
            "The image is damaged and cannot be decoded.",
            subject=path,
            remedy="Copy it again from its source, or take it out of the folder.",
        )
    return cast("NDArray[np.uint8] | NDArray[np.uint16]", image)


def require_picture(path: Path, header: ImageHeader) -> None:
    """Refuse an image whose pixels cannot be shown. Raises SequenceError."""
    if header.width * header.height > MAX_PIXELS:
        raise SequenceError(
            f"The image is too large ({header.width}x{header.height}).",
            subject=path,
            remedy=f"Images may have up to {MAX_PIXELS >> 20} million pixels; scale it down.",
        )
    if header.bits > 16 or header.is_signed:
        kind = "signed samples, not fit" if header.is_signed else f"{header.bits} bits a sample, too many"
        raise SequenceError(
            f"The image has {kind} for a picture.",
            subject=path,
            remedy="Convert it to 8 or 16 bits; open intensities of a scan as NIfTI or DICOM.",
        )


def _imdecode(data: NDArray[np.uint8]) -> NDArray[np.generic] | None:
    try:
        if data[:2].tobytes() not in (b"II", b"MM"):
            return cv2.imdecode(data, cv2.IMREAD_COLOR_RGB | cv2.IMREAD_ANYDEPTH)
        # OpenCV 4 makes noise of TIFFs with 16-bit colours when it swaps the channels itself.
        image = cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
        return None if image is None else cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    except cv2.error:
        return None
