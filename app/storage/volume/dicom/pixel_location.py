"""Place and compression of the pixels of a DICOM file, which the file may say wrongly or not at all."""

import io
import struct
from dataclasses import replace
from typing import BinaryIO, Final

from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from app.domain.errors import SequenceError
from app.storage.volume.dicom.inflated_file import InflatedFile
from app.storage.volume.dicom.slice_header import GE_BIG_ENDIAN_PIXELS, SliceHeader

PLAIN: Final = (
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    GE_BIG_ENDIAN_PIXELS,
    UID("1.2.840.10008.1.20"),  # Papyrus 3, implicit VR little endian
)
_PIXEL_TAGS: Final = {
    b"\xe0\x7f\x10\x00": False,
    b"\xe0\x7f\x08\x00": True,
    b"\xe0\x7f\x09\x00": True,
}  # is float
_BIG_ENDIAN_TAGS: Final = {b"\x7f\xe0\x00\x10": False, b"\x7f\xe0\x00\x08": True, b"\x7f\xe0\x00\x09": True}
_LONG_VRS: Final = (b"OW", b"OB", b"OF", b"OD", b"UN")
_UNDEFINED: Final = 0xFFFFFFFF  # length of a value that is a sequence of items, as compressed pixels are
_ITEM: Final = b"\xfe\xff\x00\xe0"
# Bytes of the first fragment; the marker that names the process of a JPEG comes early
_SNIFFED: Final = 2**12
# The marker of a JPEG stream that starts the frame, and its process (ITU-T T.81 B.1.1.3, T.87).
_JPEG_PROCESSES: Final = {
    0xC0: JPEGBaseline8Bit,
    0xC1: JPEGExtended12Bit,
    0xC3: JPEGLosslessSV1,
    0xF7: JPEGLSLossless,
}


def locate_pixels(header: SliceHeader, dataset: Dataset, file: BinaryIO) -> SliceHeader:
    """Note where pixels begin and how they are compressed; the file stands at the tag of the pixel data.

    Raises SequenceError when there are none.
    """
    syntax = _named_syntax(dataset)
    tag = file.read(12)
    if tag[:4] in _BIG_ENDIAN_TAGS:
        return _in_big_endian(header, tag, file)
    if len(tag) < 8 or tag[:4] not in _PIXEL_TAGS:
        raise SequenceError(
            "The file holds no pixels: they were left out, or it was cut off before them.",
            subject=header.path,
            remedy="Get it again from where it came.",
        )
    is_long = tag[4:6] in _LONG_VRS
    size = struct.unpack("<I", tag[8:12] if is_long else tag[4:8])[0]
    offset = file.seek(0 if is_long else -4, io.SEEK_CUR)
    found = replace(header, is_float=_PIXEL_TAGS[tag[:4]], pixel_offset=offset)
    if size == _UNDEFINED:
        is_known = syntax.is_transfer_syntax and syntax.is_encapsulated
        return replace(found, transfer_syntax=syntax if is_known else _sniffed_syntax(file) or syntax)
    if syntax not in PLAIN:
        return replace(found, transfer_syntax=syntax)
    held = max(0, _length(file) - offset)
    return replace(found, transfer_syntax=syntax, is_plain=True, pixel_bytes=min(size, held))


def _in_big_endian(header: SliceHeader, tag: bytes, file: BinaryIO) -> SliceHeader:
    """Bytes in words of big endian are swapped (PS3.5 7.3), which is left to pydicom; larger pixels are read here."""
    offset = file.tell()
    held = max(0, _length(file) - offset)
    return replace(
        header,
        transfer_syntax=ExplicitVRBigEndian,
        is_float=_BIG_ENDIAN_TAGS[tag[:4]],
        is_plain=header.bits_allocated > 8,
        pixel_offset=offset,
        pixel_bytes=min(struct.unpack(">I", tag[8:12])[0], held),
    )


def _named_syntax(dataset: Dataset) -> UID:
    """Return the transfer syntax of the file meta information; without one, what the data set was read as."""
    named = dataset.file_meta.get("TransferSyntaxUID")
    if named:
        return UID(named)
    is_implicit, is_little = dataset.original_encoding
    if is_little is False:
        return ExplicitVRBigEndian
    return ExplicitVRLittleEndian if is_implicit is False else ImplicitVRLittleEndian


def _length(file: BinaryIO) -> int:
    """Return how many bytes a file has, of a deflated one how many it may have."""
    return file.most_bytes if isinstance(file, InflatedFile) else file.seek(0, io.SEEK_END)


def _sniffed_syntax(file: BinaryIO) -> UID | None:
    """Return the compression that the first fragment begins with, None for one that is not known."""
    items = file.read(8)
    table = struct.unpack("<I", items[4:])[0] if items[:4] == _ITEM and len(items) == 8 else 0
    file.seek(table, io.SEEK_CUR)
    head = file.read(_SNIFFED)[8:]
    if head.startswith((b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  ")):
        return JPEG2000Lossless
    if head.startswith(b"\xff\xd8\xff"):
        return _jpeg_process(head)
    segments, first = struct.unpack("<II", head[:8]) if len(head) >= 8 else (0, 0)
    return RLELossless if 1 <= segments <= 15 and first == 64 else None


def _jpeg_process(head: bytes) -> UID | None:
    at = 2
    while at + 4 <= len(head) and head[at] == 0xFF:
        if head[at + 1] in _JPEG_PROCESSES:
            return _JPEG_PROCESSES[head[at + 1]]
        at += 2 + struct.unpack(">H", head[at + 2 : at + 4])[0]
    return None
