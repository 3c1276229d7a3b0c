"""DICOM files told from others by their first bytes, with and without the preamble of PS3.10."""

import struct
from pathlib import Path
from typing import Final

SIGNATURE_BYTES: Final = 352  # of a file's beginning that are looked at
INDEX: Final = "DICOMDIR"  # the name of the index of a medium (PS3.10 8.6)
_PREAMBLE: Final = 128  # bytes before the prefix (PS3.10 7.1)
_PREFIX: Final = b"DICM"
# Groups that a data set begins with where the preamble is missing: the file meta information and the identification.
_FIRST_GROUPS: Final = (0x0002, 0x0008)
_LONGEST_VALUE: Final = 2**12  # bytes; the first elements are codes, dates and UIDs
_VRS: Final = frozenset(
    b"AE AS AT CS DA DS DT FL FD IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV".split()
)
_LONG_VRS: Final = frozenset(b"OB OD OF OL OV OW SQ UC UN UR UT UV SV".split())


def is_index(path: Path) -> bool:
    """Whether a file's name is that of an index; copies of discs have it in small letters or with a version."""
    return path.name.upper().split(";")[0] == INDEX


def is_dicom_file(path: Path) -> bool:
    """Whether a file begins as DICOM does. Raises OSError where it cannot be read."""
    with open(path, "rb") as file:
        return begins_as_dicom(file.read(SIGNATURE_BYTES))


def begins_as_dicom(head: bytes) -> bool:
    """Whether a file with these first bytes is DICOM: with its prefix, or a bare data set of any byte order."""
    return has_prefix(head) or begins_as_data_set(head)


def has_prefix(head: bytes) -> bool:
    """Whether the preamble and its prefix are there."""
    return head[_PREAMBLE : _PREAMBLE + len(_PREFIX)] == _PREFIX


def begins_as_data_set(head: bytes) -> bool:
    """Whether the first two elements make sense: known group, ascending tags, a type or a sensible length."""
    return _is_data_set(head, "<") or _is_data_set(head, ">")


def _is_data_set(head: bytes, order: str) -> bool:
    at, last = 0, (0, 0)
    for _ in range(2):
        if len(head) < at + 8:
            return False
        group, element = struct.unpack_from(f"{order}HH", head, at)
        size, value = _value_size(head, at + 4, order)
        if group not in _FIRST_GROUPS or (group, element) <= last or size > _LONGEST_VALUE or size % 2:
            return False
        at, last = value + size, (group, element)
    return True


def _value_size(head: bytes, at: int, order: str) -> tuple[int, int]:
    """Return the length of a value, and where it begins. at: where its type or, in implicit VR, its length stands."""
    kind = head[at : at + 2]
    if kind in _LONG_VRS:
        return (struct.unpack_from(f"{order}I", head, at + 4)[0] if len(head) >= at + 8 else 0), at + 8
    if kind in _VRS:
        return struct.unpack_from(f"{order}H", head, at + 2)[0], at + 4
    return struct.unpack_from(f"{order}I", head, at)[0], at + 4
