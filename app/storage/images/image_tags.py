"""The tags of a TIFF file or an Exif block (TIFF 6.0, BigTIFF, Exif 2.3)."""

import io
import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

WIDTH, HEIGHT, BITS, ORIENTATION, SAMPLE_FORMAT = 256, 257, 258, 274, 339  # TIFF 6.0
EXIF_MAGIC = b"Exif\0\0"
NUMBERS = {1: "B", 3: "H", 4: "I", 16: "Q"}  # TIFF types of whole numbers: BYTE, SHORT, LONG, LONG8
MAX_TAGS = 4096  # of a page; real files have below 100
MAX_PAGES = 10_000  # counted; a hostile chain of pages must end


class _Layout(NamedTuple):
    """Number format of a file: byte order, and the widths of offsets, counts and entries."""

    order: str
    offset: str
    counter: str
    entry: int
    value_at: int
    first: int


def read_tags(file: BinaryIO) -> dict[int, int]:
    """Return the first value of each whole-number tag of the first page.

    Raises ValueError or struct.error for what is no TIFF structure.
    """
    layout = _layout(file)
    file.seek(layout.first)
    (start,) = _unpack(layout.order + layout.offset, file)
    return dict(_entries(file, layout, start))


def count_pages(file: BinaryIO) -> int:
    """Return the number of pages. Raises ValueError or struct.error as read_tags does."""
    layout = _layout(file)
    place, pages = layout.first, 0
    while pages < MAX_PAGES:
        _go_to(file, place)
        (start,) = _unpack(layout.order + layout.offset, file)
        if not start:
            break
        _go_to(file, start)
        (count,) = _unpack(layout.order + layout.counter, file)
        place = start + struct.calcsize(layout.counter) + count * layout.entry
        pages += 1
    return pages


def exif_orientation(data: bytes) -> int:
    """Return the orientation that an Exif block states, 1 when it says nothing that makes sense."""
    try:
        return read_tags(io.BytesIO(data.removeprefix(EXIF_MAGIC))).get(ORIENTATION, 1)
    except (struct.error, ValueError, OverflowError):
        return 1


def _layout(file: BinaryIO) -> _Layout:
    file.seek(0)
    mark = file.read(2)
    if mark not in (b"II", b"MM"):
        raise ValueError("no byte order")
    order = "<" if mark == b"II" else ">"
    (version,) = _unpack(order + "H", file)
    return _Layout(order, "Q", "Q", 20, 12, 8) if version == 43 else _Layout(order, "I", "H", 12, 8, 4)


def _go_to(file: BinaryIO, place: int) -> None:
    """Move to an offset that the file names. Raises ValueError for one that no file can have."""
    try:
        file.seek(place)
    except (OSError, OverflowError) as error:
        raise ValueError(f"offset {place}") from error


def _entries(file: BinaryIO, layout: _Layout, start: int) -> Iterator[tuple[int, int]]:
    _go_to(file, start)
    (count,) = _unpack(layout.order + layout.counter, file)
    block = file.read(min(count, MAX_TAGS) * layout.entry)
    for place in range(0, len(block) - layout.entry + 1, layout.entry):
        tag, kind, values = struct.unpack_from(f"{layout.order}HH{layout.offset}", block, place)
        code = NUMBERS.get(kind)
        if code is None or not values:
            continue
        if values * struct.calcsize(code) > layout.entry - layout.value_at:
            (where,) = struct.unpack_from(layout.order + layout.offset, block, place + layout.value_at)
            _go_to(file, where)
            yield tag, _unpack(layout.order + code, file)[0]
        else:
            yield tag, struct.unpack_from(layout.order + code, block, place + layout.value_at)[0]


def _unpack(layout: str, file: BinaryIO) -> tuple[int, ...]:
    return struct.unpack(layout, file.read(struct.calcsize(layout)))
