"""Compressed DICOM pixels: what pydicom's codecs decode goes there, the rest to SimpleITK.

GDCM's own Python binding is not used: it ends the process where the data is damaged.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import SimpleITK as sitk
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.pixels.utils import pixel_array
from pydicom.uid import (
    JPEG2000,
    UID,
    ExplicitVRBigEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
    SecondaryCaptureImageStorage,
)

from app.domain.errors import SequenceError
from app.storage.volume.dicom.dicom_headers import pydicom_silenced
from app.storage.volume.dicom.slice_header import SliceHeader

PLUGINS: Final = {
    RLELossless: "pydicom",
    JPEGLSLossless: "pyjpegls",
    JPEGLSNearLossless: "pyjpegls",
    JPEGBaseline8Bit: "pillow",
}
_BY_ITK: Final = (JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1, JPEG2000Lossless, JPEG2000)


def require_decodable(header: SliceHeader) -> None:
    """Raise SequenceError when the pixels are compressed in a way that none of the codecs knows."""
    if header.is_plain or header.transfer_syntax in (*PLUGINS, *_BY_ITK, ExplicitVRBigEndian):
        return
    name = header.transfer_syntax.name
    raise SequenceError(
        f"The pixels are stored in a way that cannot be read here ({name}).",
        subject=header.path,
        remedy="Export the scan again without compression, or as JPEG 2000 or JPEG-LS.",
    )


def decode_pixels(header: SliceHeader) -> NDArray[Any]:
    """Return the stored pixels of a slice, (rows, columns). Raises one of dicom_headers.DAMAGE."""
    with pydicom_silenced():
        if header.transfer_syntax == ExplicitVRBigEndian:
            pixels = pixel_array(header.path, index=header.frame, raw=True)
        else:
            pixels = _decode_frame(_single_frame_dataset(header), PLUGINS.get(header.transfer_syntax))
    if pixels.shape != (header.rows, header.columns):
        raise ValueError("the picture is of another size than its header says")
    return pixels


def _decode_frame(data: Dataset, plugin: str | None) -> NDArray[Any]:
    """Decode with a plugin of pydicom, and with ITK where it fails: each knows streams that the other refuses."""
    if plugin is not None:
        with suppress(RuntimeError, ValueError):
            return pixel_array(data, raw=True, decoding_plugin=plugin)
    return decode_with_itk(data)


def decode_with_itk(data: Dataset) -> NDArray[Any]:
    """Return the pixels of a file of one frame, (h, w), or (h, w, 3) of colours. Raises RuntimeError."""
    with _memory_file(data) as name:
        reader = sitk.ImageFileReader()
        reader.SetImageIO("GDCMImageIO")
        reader.SetFileName(name)
        pixels: NDArray[Any] = sitk.GetArrayFromImage(reader.Execute())
    return pixels[0] if pixels.shape[0] == 1 and pixels.ndim > 2 else pixels


def _single_frame_dataset(header: SliceHeader) -> Dataset:
    """Return one frame as a file of its own: the codecs would read all frames of a long one."""
    with open(header.path, "rb") as file:
        file.seek(header.pixel_offset)
        frame = get_frame(file, header.frame, number_of_frames=header.frames)
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = header.transfer_syntax
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = SecondaryCaptureImageStorage
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = UID("1.2.3")
    data.Rows, data.Columns, data.SamplesPerPixel = header.rows, header.columns, 1
    # GDCM would invert MONOCHROME1; the stored values are wanted, and the display inverts them.
    data.PhotometricInterpretation = "MONOCHROME2"
    data.BitsAllocated, data.BitsStored = header.bits_allocated, header.bits_stored
    data.HighBit, data.PixelRepresentation = header.bits_stored - 1, int(header.is_signed)
    data.PixelData = encapsulate([frame])
    data["PixelData"].VR = "OB"
    data["PixelData"].is_undefined_length = True
    return data


@contextmanager
def _memory_file(data: Dataset) -> Iterator[str]:
    """Return a name under which other libraries can read a dataset; nothing touches a disk."""
    handle = os.memfd_create("slice", os.MFD_CLOEXEC)
    try:
        with open(handle, "wb", closefd=False) as file:
            data.save_as(file, enforce_file_format=True)
        yield f"/proc/self/fd/{handle}"
    finally:
        os.close(handle)
