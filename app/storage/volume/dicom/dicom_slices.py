"""The pixels of a DICOM series, slice by slice, in every transfer syntax that pydicom and ITK decode."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread

from app.domain.errors import SequenceError
from app.files.access import access_error
from app.storage.volume.dicom.dicom_codec import decode_pixels
from app.storage.volume.dicom.dicom_headers import DAMAGE, open_dataset, pydicom_silenced
from app.storage.volume.dicom.dicom_stack import DicomStack
from app.storage.volume.dicom.slice_header import SliceHeader
from app.storage.volume.slice_readers import Rescale

_LUT_VALUES: Final = np.dtype(np.uint16)  # of a modality LUT, which has at most 16 bits


class DicomSlices:
    """Slices in native intensities: the modality's rescale or lookup table applied, slice by slice."""

    is_direct = False
    is_sequential = False

    def __init__(self, stack: DicomStack) -> None:
        self.shape = (len(stack.slices), *stack.geometry.shape[1:])
        self._slices = stack.slices
        self._rescales = [_rescale(header) for header in stack.slices]
        kinds = zip(self._slices, self._rescales, strict=True)
        self.dtype = _common({_LUT_VALUES if header.has_lut else scale.dtype for header, scale in kinds})
        self._opened = ExitStack()
        self._file: tuple[Path, BinaryIO] | None = None  # the last one: it may hold many frames

    def read(self, index: int) -> NDArray[Any]:
        """Return slice index, (y, x). Raises SequenceError, naming the file, when it is damaged or out of reach."""
        header = self._slices[index]
        was_open = self._file is not None and self._file[0] == header.path
        try:
            stored = _read_plain(header, self._open(header)) if header.is_plain else decode_pixels(header)
            native = _look_up(header, stored) if header.has_lut else self._rescales[index](stored)
        except OSError as error:
            self.close()
            if was_open:  # a drive that comes back does not bring its open files
                return self.read(index)
            if error.errno is not None:
                raise access_error(header.path, error) from error
            raise _damaged(header) from error
        except DAMAGE as error:
            raise _damaged(header) from error
        return native.astype(self.dtype, copy=False)

    def close(self) -> None:
        """Release the file that was read last."""
        self._opened.close()
        self._file = None

    def _open(self, header: SliceHeader) -> BinaryIO:
        if self._file is None or self._file[0] != header.path:
            self.close()
            end = header.pixel_offset + header.pixel_bytes
            self._file = header.path, self._opened.enter_context(open_dataset(header.path, end))
        return self._file[1]


def _damaged(header: SliceHeader) -> SequenceError:
    return SequenceError(
        "The pixels of this slice are damaged.",
        subject=header.path,
        remedy="Copy the file again from where it came.",
    )


def _look_up(header: SliceHeader, stored: NDArray[Any]) -> NDArray[Any]:
    """Apply the modality LUT, which is read with its slice: a series of 1,000 would hold 128 MB of them."""
    with pydicom_silenced():
        tags = ["ModalityLUTSequence", "PixelRepresentation"]
        dataset = dcmread(header.path, stop_before_pixels=True, specific_tags=tags, force=True)
        item = dataset.ModalityLUTSequence[0]
        count, first, _ = (int(value) for value in item.LUTDescriptor)
        data, count = item.LUTData, count or 2**16
        order = "<" if dataset.original_encoding[1] else ">"
        if isinstance(data, bytes):
            data = np.frombuffer(data, f"{order}u{2 if len(data) >= 2 * count else 1}")
    table = np.asarray(data, _LUT_VALUES)[:count]
    first -= 2**16 if header.is_signed and first >= 2**15 else 0
    values: NDArray[Any] = table[(stored.astype(np.int64) - first).clip(0, len(table) - 1)]
    return values


def _read_plain(header: SliceHeader, file: BinaryIO) -> NDArray[Any]:
    size = header.rows * header.columns * header.stored.itemsize
    file.seek(header.pixel_offset + header.frame * size)
    data = file.read(size)
    if len(data) < size or (header.frame + 1) * size > header.pixel_bytes:
        raise EOFError("the file ends within its pixels")
    pixels = np.frombuffer(data, header.stored).astype(header.stored.newbyteorder("="), copy=False)
    return _without_spare_bits(pixels.reshape(header.rows, header.columns), header)


def _without_spare_bits(pixels: NDArray[Any], header: SliceHeader) -> NDArray[Any]:
    """Drop what lies above and below the bits stored: old scanners kept overlays there."""
    unused = header.bits_allocated - header.bits_stored
    return (pixels << (unused - header.spare_bits)) >> unused if unused else pixels


def _rescale(header: SliceHeader) -> Rescale:
    return Rescale(header.stored, header.slope, header.intercept, header.limits)


def _common(kinds: set[np.dtype[Any]]) -> np.dtype[Any]:
    return kinds.pop() if len(kinds) == 1 else np.result_type(*kinds)
