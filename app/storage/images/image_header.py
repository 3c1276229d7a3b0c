"""Size, orientation and depth of an image file, read from its header alone.

Layouts: JPEG (ITU-T T.81 B), Exif 2.3, PNG (W3C, third edition), BMP, TIFF 6.0 and BigTIFF, WebP (RFC 9649).
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.storage.images.image_tags import (
    BITS,
    EXIF_MAGIC,
    HEIGHT,
    ORIENTATION,
    SAMPLE_FORMAT,
    WIDTH,
    count_pages,
    exif_orientation,
    read_tags,
)

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
MAX_PARTS = 10_000  # segments or chunks before the size: a hostile file must end
MAX_EXIF = 1 << 20  # bytes; a JPEG segment holds 64 KiB, PNG and WebP set no limit
TAIL = 4096  # bytes at the end, read of every file: most hold the end mark, and what stands behind the pixels
# Bytes after the header searched for the end mark where the tail lacks it; bounds the time
SEARCHED = 1 << 28
BLOCK = 1 << 20  # bytes of a search read at once
JPEG_END, PNG_END = b"\xff\xd9", b"IEND\xae\x42\x60\x82"
NOT_SIZES = frozenset({0xC4, 0xC8, 0xCC})  # DHT, JPG, DAC: in the range of the SOF markers, without a size
ALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # TEM, RST0 to RST7, SOI: markers without a length


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """Data of an image file's header."""

    width: int  #: pixels as shown, after the orientation
    height: int
    bits: int  #: of one sample
    whole: bool  #: the file ends as it should
    pages: int  #: images in the file, also of an animation
    is_signed: bool = False  #: its samples may be below 0
    is_turned: bool = False  #: its Exif orientation says to show it turned or mirrored


@dataclass(slots=True)
class _Stored:
    width: int
    height: int
    bits: int = 8
    orientation: int = 1  #: as in EXIF, 1 to 8
    whole: bool = True
    pages: int = 1
    is_signed: bool = False


def read_header(path: Path) -> ImageHeader | None:
    """Return what the header says; None for what is no image or a damaged one. Raises OSError."""
    with path.open("rb") as file:
        magic = file.read(12)
        try:
            found = _reader(magic)(file)
        except (struct.error, ValueError, LookupError, OverflowError):
            return None
    if found.width <= 0 or found.height <= 0:
        return None
    lying = 5 <= found.orientation <= 8
    size = (found.height, found.width) if lying else (found.width, found.height)
    return ImageHeader(*size, found.bits, found.whole, found.pages, found.is_signed, found.orientation != 1)


def _reader(magic: bytes) -> Callable[[BinaryIO], _Stored]:
    if magic[:2] == b"\xff\xd8":
        return _jpeg
    if magic[:8] == PNG_MAGIC:
        return _png
    if magic[:2] == b"BM":
        return _bmp
    if magic[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return _tiff
    if magic[:4] == b"RIFF" and magic[8:12] == b"WEBP":
        return _webp
    raise ValueError("no image")


def _jpeg(file: BinaryIO) -> _Stored:
    orientation = 1
    file.seek(2)
    for _ in range(MAX_PARTS):
        marker = _jpeg_marker(file)
        if marker in ALONE:
            continue
        (length,) = _unpack(">H", file)
        begin = file.tell()
        if marker == 0xE1 and file.read(6) == EXIF_MAGIC:
            orientation = exif_orientation(file.read(max(length - 8, 0)))
        if 0xC0 <= marker <= 0xCF and marker not in NOT_SIZES:
            bits, height, width = _unpack(">BHH", file)
            # Coded pixels never hold the end mark; phones append a film to it.
            return _Stored(width, height, bits, orientation, _holds(file, JPEG_END))
        file.seek(begin + length - 2)
    raise ValueError("no size in this JPEG")


def _jpeg_marker(file: BinaryIO) -> int:
    (byte,) = _unpack("B", file)
    if byte != 0xFF:
        raise ValueError("no marker where one should be")
    while byte == 0xFF:
        (byte,) = _unpack("B", file)
    return int(byte)


def _png(file: BinaryIO) -> _Stored:
    file.seek(16)
    width, height, bits = _unpack(">IIB", file)
    found = _Stored(width, height, bits, 1, _holds(file, PNG_END))
    _, mark, late = _tail(file).rpartition(b"eXIf")  # Exif may stand behind the pixels
    found.orientation = exif_orientation(late) if mark else 1
    place = 33
    for _ in range(MAX_PARTS):
        file.seek(place)
        head = file.read(8)
        if len(head) < 8 or head[4:] in (b"IDAT", b"IEND"):
            break
        length = int.from_bytes(head[:4], "big")
        if head[4:] == b"eXIf":
            found.orientation = exif_orientation(file.read(min(length, MAX_EXIF)))
        elif head[4:] == b"acTL":
            (found.pages,) = _unpack(">I", file)
        place += 12 + length
    return found


def _bmp(file: BinaryIO) -> _Stored:
    file.seek(2)
    (stated,) = _unpack("<I", file)
    file.seek(14)
    (length,) = _unpack("<I", file)
    width, height = _unpack("<HH" if length == 12 else "<ii", file)
    return _Stored(width, abs(height), whole=stated <= file.seek(0, 2))


def _tiff(file: BinaryIO) -> _Stored:
    tags = read_tags(file)
    stored = _Stored(tags[WIDTH], tags[HEIGHT], tags.get(BITS, 1), tags.get(ORIENTATION, 1))
    stored.pages = count_pages(file)
    stored.is_signed = tags.get(SAMPLE_FORMAT) == 2
    return stored


def _webp(file: BinaryIO) -> _Stored:
    file.seek(4)
    (stated,) = _unpack("<I", file)
    whole = stated + 8 <= file.seek(0, 2)
    found: _Stored | None = None
    place, frames = 12, 0
    for _ in range(MAX_PARTS):
        file.seek(place)
        head = file.read(8)
        if len(head) < 8:
            break
        length = int.from_bytes(head[4:], "little")
        if head[:4] == b"EXIF" and found:
            found.orientation = exif_orientation(file.read(min(length, MAX_EXIF)))
        elif head[:4] in (b"VP8 ", b"VP8L", b"VP8X") and not found:
            found = _Stored(*_webp_size(head[:4], file.read(10)), whole=whole)
        frames += head[:4] == b"ANMF"
        place += 8 + length + length % 2
    if found is None:
        raise ValueError("no picture in this WebP")
    found.pages = max(frames, 1)
    return found


def _webp_size(kind: bytes, data: bytes) -> tuple[int, int]:
    if kind == b"VP8X":
        return int.from_bytes(data[4:7], "little") + 1, int.from_bytes(data[7:10], "little") + 1
    if kind == b"VP8L":
        (packed,) = struct.unpack("<I", data[1:5])
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    width, height = struct.unpack("<HH", data[6:10])
    return width & 0x3FFF, height & 0x3FFF


def _holds(file: BinaryIO, mark: bytes) -> bool:
    """Whether the file holds a mark at its end or, behind it, other content after the place where it stands."""
    if mark in _tail(file):
        return True
    place, last, found = file.tell(), b"", False
    for _ in range(SEARCHED // BLOCK):
        block = file.read(BLOCK)
        found = mark in last + block
        if found or not block:
            break
        last = block[1 - len(mark) :]
    file.seek(place)
    return found


def _tail(file: BinaryIO) -> bytes:
    place = file.tell()
    size = file.seek(0, 2)
    file.seek(max(size - TAIL, 0))
    tail = file.read(TAIL)
    file.seek(place)
    return tail


def _unpack(layout: str, file: BinaryIO) -> tuple[int, ...]:
    return struct.unpack(layout, file.read(struct.calcsize(layout)))
