"""One DICOM file as frames that are decoded one by one (PS3.3 C.7.6.3)."""

import copy
import io
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, Final

from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels.utils import pixel_array
from pydicom.uid import (
    JPEG2000,
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    SecondaryCaptureImageStorage,
)

from app.domain.closeable import Closeable
from app.storage.cine.frame_ranges import Range, find_fragments, group_fragments, read_ranges
from app.storage.volume.dicom.dicom_codec import PLUGINS, decode_with_itk
from app.storage.volume.dicom.dicom_headers import open_dataset, pydicom_silenced
from app.storage.volume.dicom.slice_header import SliceHeader

_PLUGINS: Final = {**PLUGINS, JPEG2000: "pillow", JPEG2000Lossless: "pillow"}
_BY_ITK: Final = (JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1)
DECODED_SYNTAXES: Final = frozenset(
    (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, *_PLUGINS, *_BY_ITK)
)
_JPEG_2000: Final = (JPEG2000, JPEG2000Lossless)
_IMAGE_PIXEL_GROUP: Final = 0x0028  # PS3.6 6
_SUBSAMPLED: Final = "YBR_FULL_422"  # two pixels share their colour: 4 bytes for 2 pixels


class CineFile(Closeable):
    """The frames of a file. frames: how many are whole in it. Not for use by several threads at once."""

    def __init__(self, header: SliceHeader) -> None:
        """Find the frames of a file. header: of its first frame. Raises one of dicom_headers.DAMAGE."""
        self.path: Path = header.path
        with ExitStack() as opened:
            self._file: BinaryIO = opened.enter_context(
                open_dataset(header.path, header.pixel_offset + header.pixel_bytes)
            )
            with pydicom_silenced():
                self.dataset = dcmread(self._file, stop_before_pixels=True, force=True)
            header = _with_true_colors(self._file, header)
            self._template = _template(self.dataset, header)
            self._ranges = _frame_ranges(self._file, header)
            self._vr = _pixel_vr(self._file, header)
            self._opened = opened.pop_all()
        self.frames = len(self._ranges)

    def close(self) -> None:
        """Release the file."""
        self._opened.close()

    def read_stored(self, index: int) -> NDArray[Any]:
        """Return the pixels of a frame, (h, w), or (h, w, 3) RGB of colours. Raises one of DAMAGE."""
        frame = read_ranges(self._file, self._ranges[index])
        with pydicom_silenced():
            data = copy.copy(self._template)
            syntax = data.file_meta.TransferSyntaxUID
            data.PixelData = encapsulate([frame]) if syntax.is_compressed else frame
            data["PixelData"].VR = self._vr
            data["PixelData"].is_undefined_length = syntax.is_compressed
            pixels = _decode(data, syntax)
        if pixels.shape[:2] != (data.Rows, data.Columns):
            raise ValueError("the picture is of another size than its header says")
        return pixels


def _with_true_colors(file: BinaryIO, header: SliceHeader) -> SliceHeader:
    """Return a header that names how its colours lie: some programs call whole pixels YBR_FULL_422."""
    whole = header.frames * header.rows * header.columns * header.samples * header.bits_allocated // 8
    if header.photometric != _SUBSAMPLED or header.transfer_syntax.is_compressed:
        return header
    return replace(header, photometric="YBR_FULL") if _held_bytes(file, header) >= whole else header


def _held_bytes(file: BinaryIO, header: SliceHeader) -> int:
    """Return how many bytes of plain pixels the file has."""
    return header.pixel_bytes if header.is_plain else file.seek(0, io.SEEK_END) - header.pixel_offset


def _template(dataset: Dataset, header: SliceHeader) -> Dataset:
    """Return what describes the pixels, for a file of one frame."""
    data = dataset.group_dataset(_IMAGE_PIXEL_GROUP)
    data.file_meta = copy.copy(dataset.file_meta)
    data.file_meta.TransferSyntaxUID = header.transfer_syntax
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = SecondaryCaptureImageStorage
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = UID("1.2.3")
    data.NumberOfFrames = 1
    data.BitsStored, data.BitsAllocated = header.bits_stored, header.bits_allocated
    data.SamplesPerPixel, data.PhotometricInterpretation = header.samples, header.photometric
    data.PixelRepresentation = int(header.is_signed)
    if header.samples > 1 and "PlanarConfiguration" not in data:
        data.PlanarConfiguration = 0
    return data


def _frame_ranges(file: BinaryIO, header: SliceHeader) -> list[list[Range]]:
    if header.transfer_syntax.is_compressed:
        table, fragments = find_fragments(file, header.pixel_offset)
        return group_fragments(file, table, fragments, header.frames)
    samples = 2 if header.photometric == _SUBSAMPLED else header.samples
    size = header.rows * header.columns * samples * header.bits_allocated // 8
    held = _held_bytes(file, header)
    ranges = [
        [(header.pixel_offset + n * size, size)] for n in range(min(header.frames, held // max(size, 1)))
    ]
    if len(ranges) * size % 2 and len(ranges) * size < held:
        ranges[-1][0] = (ranges[-1][0][0], size + 1)  # with its padding, which is swapped with the last byte
    return ranges


def _pixel_vr(file: BinaryIO, header: SliceHeader) -> str:
    """Return the VR of the pixel data: bytes in words of big endian are swapped."""
    if header.transfer_syntax == ExplicitVRBigEndian:
        file.seek(header.pixel_offset - 8)
        return file.read(2).decode("ascii", "replace")
    return "OB" if header.transfer_syntax.is_compressed or header.bits_allocated <= 8 else "OW"


def _decode(data: Dataset, syntax: UID) -> NDArray[Any]:
    if syntax in _BY_ITK or (syntax in _JPEG_2000 and data.BitsStored > 8):
        return decode_with_itk(data)
    try:
        pixels: NDArray[Any] = pixel_array(data, index=0, decoding_plugin=_PLUGINS.get(syntax, ""))
    except RuntimeError:
        if syntax not in _JPEG_2000:
            raise
        # Pillow reads files of JPEG 2000 and not every bare stream.
        return decode_with_itk(data)
    return pixels
