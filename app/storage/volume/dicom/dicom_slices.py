"""The pixels of a DICOM series, slice by slice, in every transfer syntax that pydicom and ITK decode."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import SequenceError
from app.storage.volume.dicom.dicom_codec import decode_pixels
from app.storage.volume.dicom.dicom_headers import DAMAGE, SliceHeader
from app.storage.volume.dicom.dicom_stack import DicomStack
from app.storage.volume.slice_readers import Rescale


class DicomSlices:
    """Slices in native intensities: the modality's rescale slope and intercept applied, slice by slice."""

    is_direct = False
    is_sequential = False

    def __init__(self, stack: DicomStack) -> None:
        self.shape = stack.geometry.shape
        self._slices = stack.slices
        self._rescales = [_rescale(header) for header in stack.slices]
        self.dtype = _common({rescale.dtype for rescale in self._rescales})

    def read(self, index: int) -> NDArray[Any]:
        """Return slice index, (y, x). Raises SequenceError, naming the file, when it is damaged."""
        header = self._slices[index]
        try:
            stored = _read_plain(header) if header.is_plain else decode_pixels(header)
        except DAMAGE as error:
            raise SequenceError(
                "The pixels of this slice are damaged.",
                subject=header.path,
                remedy="Copy the file again from where it came.",
            ) from error
        return self._rescales[index](stored).astype(self.dtype, copy=False)

    def close(self) -> None:
        """Nothing is held open between slices."""


def _read_plain(header: SliceHeader) -> NDArray[Any]:
    size = header.rows * header.columns * header.stored.itemsize
    with open(header.path, "rb") as file:
        data = os.pread(file.fileno(), size, header.pixel_offset + header.frame * size)
    if len(data) < size or header.is_truncated:
        raise EOFError("the file ends within its pixels")
    pixels = np.frombuffer(data, header.stored).reshape(header.rows, header.columns)
    return _without_spare_bits(pixels, header)


def _without_spare_bits(pixels: NDArray[Any], header: SliceHeader) -> NDArray[Any]:
    """Drop what lies above the bits stored: old scanners kept overlays there."""
    spare = header.bits_allocated - header.bits_stored
    return (pixels << spare) >> spare if spare else pixels


def _rescale(header: SliceHeader) -> Rescale:
    return Rescale(header.stored, header.slope, header.intercept, header.limits)


def _common(kinds: set[np.dtype[Any]]) -> np.dtype[Any]:
    return kinds.pop() if len(kinds) == 1 else np.result_type(*kinds)
