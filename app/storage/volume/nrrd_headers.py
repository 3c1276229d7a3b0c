"""Headers of NRRD (teem.sourceforge.net/nrrd/format.html) and MetaImage: where voxels are stored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from app.domain.errors import SequenceError
from app.storage.volume.slice_readers import Codec

_HEADER_LIMIT: Final = 2**16  # bytes
_NRRD_KINDS: Final = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "f4": ("float",),
    "f8": ("double",),
}
_NRRD_CODECS: Final[dict[str, Codec]] = {"raw": "raw", "gzip": "gzip", "gz": "gzip"}
_META_KINDS: Final = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}


@dataclass(frozen=True, slots=True)
class DataPlace:
    """Where the voxels of a volume are stored."""

    path: Path
    offset: int
    codec: Codec | None  #: None where only a full reader of the format can tell
    stored: np.dtype[Any] | None  #: None likewise
    has_geometry: bool  #: the header says where the volume is in the patient


def nrrd_place(path: Path) -> DataPlace:
    """Read the header of a .nrrd or .nhdr file. Raises SequenceError when it is none."""
    head = _head(path)
    if not head.startswith(b"NRRD"):
        raise SequenceError("This is not an NRRD file.", subject=path)
    text, end = _until_blank(head)
    fields = _fields(text, ": ")
    data = _sibling(path, fields.get("data file") or fields.get("datafile"))
    order = "<" if fields.get("endian", "little") == "little" else ">"
    kind = next((k for k, names in _NRRD_KINDS.items() if fields.get("type", "").lower() in names), None)
    is_plain = not any(name in fields for name in ("line skip", "lineskip", "byte skip", "byteskip"))
    return DataPlace(
        path=data,
        offset=end if data == path else 0,
        codec=_NRRD_CODECS.get(fields.get("encoding", "")) if is_plain else None,
        stored=None if kind is None else np.dtype(order + kind),
        has_geometry=("space" in fields or "space dimension" in fields) and "space directions" in fields,
    )


def metaimage_place(path: Path) -> DataPlace:
    """Read the header of a .mha or .mhd file. Raises SequenceError when it is none."""
    head = _head(path)
    mark = head.find(b"ElementDataFile")
    end = head.find(b"\n", mark) + 1
    if mark < 0 or end == 0:
        raise SequenceError("This is not a MetaImage file.", subject=path)
    fields = _fields(head[:end], "=")
    named = fields.get("elementdatafile", "LOCAL")
    data = _sibling(path, None if named == "LOCAL" else named)
    order = ">" if fields.get("binarydatabyteordermsb", fields.get("elementbyteordermsb")) == "True" else "<"
    kind = _META_KINDS.get(fields.get("elementtype", ""))
    is_plain = fields.get("binarydata", "True") == "True" and fields.get("headersize", "0") == "0"
    packed: Codec = "zlib" if fields.get("compresseddata") == "True" else "raw"
    return DataPlace(
        path=data,
        offset=end if data == path else 0,
        codec=packed if is_plain else None,
        stored=None if kind is None else np.dtype(order + kind),
        has_geometry=any(name in fields for name in ("transformmatrix", "offset", "position", "origin")),
    )


def _head(path: Path) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(_HEADER_LIMIT)
    except OSError as error:
        raise SequenceError(f"The file cannot be read: {error}.", subject=path) from error


def _until_blank(head: bytes) -> tuple[bytes, int]:
    """Return the header's text and where the data after its blank line begins."""
    for blank in (b"\n\n", b"\r\n\r\n"):
        if (at := head.find(blank)) >= 0:
            return head[:at], at + len(blank)
    return head, len(head)


def _fields(text: bytes, divider: str) -> dict[str, str]:
    lines = (line for line in text.decode("latin-1").splitlines() if not line.startswith("#"))
    pairs = (line.split(divider, 1) for line in lines if divider in line)
    return {name.strip().lower(): value.strip() for name, value in pairs}


def _sibling(path: Path, name: str | None) -> Path:
    """Return the file with the voxels: the header's own, or one beside it. No header may point anywhere else."""
    if not name:
        return path
    if Path(name).name != name or name.startswith(("LIST", "SKIPLIST")) or "%" in name:
        raise SequenceError(
            f"The voxels are said to be in {name!r}; only one file beside the header is read.",
            subject=path,
            remedy="Convert the volume to a single file.",
        )
    data = path.with_name(name)
    if not data.is_file():
        raise SequenceError(f"The file with the voxels, {name!r}, is not there.", subject=path)
    return data
