"""Byte ranges of the frames of encapsulated pixel data in a DICOM file, found without reading them (PS3.5 A.4)."""

import bisect
import io
import struct
from typing import BinaryIO, Final

Range = tuple[int, int]  # first byte in the file, number of bytes

_ITEM: Final = b"\xfe\xff\x00\xe0"
_HEAD: Final = 8  # bytes of an item's tag and length
_TAIL: Final = 10  # bytes at the end of a fragment in which a JPEG may end: padding follows it
_END_OF_IMAGE: Final = b"\xff\xd9"  # of JPEG, JPEG-LS and JPEG 2000


def find_fragments(file: BinaryIO, offset: int) -> tuple[list[int], list[Range]]:
    """Return the basic offset table and the fragments that are whole in the file.

    offset: of the first item. Raises ValueError when no item is there.
    """
    size = file.seek(0, io.SEEK_END)
    items: list[Range] = []
    at = offset
    while at + _HEAD <= size:
        file.seek(at)
        tag, length = struct.unpack("<4sI", file.read(_HEAD))
        if tag != _ITEM or at + _HEAD + length > size:
            break
        items.append((at + _HEAD, length))
        at += _HEAD + length
    if not items:
        raise ValueError("no fragments of pixel data")
    file.seek(items[0][0])
    table = file.read(items[0][1] // 4 * 4)
    return list(struct.unpack(f"<{len(table) // 4}I", table)), items[1:]


def group_fragments(
    file: BinaryIO, table: list[int], fragments: list[Range], frames: int
) -> list[list[Range]]:
    """Return the fragments of each frame; fewer than frames where the file ends too early.

    By the offset table where there is one; else one fragment a frame, or by the ends of coded pictures.
    """
    if len(table) > 1 and fragments:
        first = fragments[0][0] - _HEAD
        grouped: list[list[Range]] = [[] for _ in table]
        for fragment in fragments:
            grouped[max(bisect.bisect_right(table, fragment[0] - _HEAD - first) - 1, 0)].append(fragment)
        return [group for group in grouped if group][:frames]
    if frames == 1:
        return [fragments] if fragments else []
    if len(fragments) <= frames:
        return [[fragment] for fragment in fragments]
    grouped = [[]]
    for start, length in fragments:
        grouped[-1].append((start, length))
        tail = min(length, _TAIL)
        file.seek(start + length - tail)
        if _END_OF_IMAGE in file.read(tail):
            grouped.append([])
    return [group for group in grouped if group][:frames]


def read_ranges(file: BinaryIO, ranges: list[Range]) -> bytes:
    """Return the bytes of some ranges, one after the other. Raises EOFError where the file is shorter."""
    parts = []
    for start, length in ranges:
        file.seek(start)
        parts.append(file.read(length))
        if len(parts[-1]) < length:
            raise EOFError("the file ends within its pixels")
    return b"".join(parts)
