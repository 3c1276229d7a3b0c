"""Headers of NRRD (teem.sourceforge.net/nrrd/format.html) and MetaImage: where voxels are stored."""

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from app.domain.errors import SequenceError
from app.storage.volume.file_kinds import not_a
from app.storage.volume.nrrd_times import AXES, list_axis, time_scale
from app.storage.volume.slice_readers import Codec
from app.storage.volume.time_scale import TimeScale

_HEADER_LIMIT: Final = 2**24  # bytes; segmentations with thousands of names take one or two MiB
_BLANK_LINE: Final = re.compile(rb"\r?\n\r?\n")
_META_END: Final = re.compile(rb"^[ \t]*ElementDataFile[ \t]*=[^\r\n]*\r?\n", re.MULTILINE)
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
# What ITK is given of a header: nothing in it names another file. The text of any other line stays out.
_NRRD_FIELDS: Final = (
    "type",
    "dimension",
    "space",
    "space dimension",
    "sizes",
    "spacings",
    "thicknesses",
    "space directions",
    "space origin",
    "space units",
    "centers",
    "kinds",
    "endian",
    "encoding",
    "line skip",
    "byte skip",
)
_META_FIELDS: Final = (
    "ObjectType",
    "NDims",
    "BinaryData",
    "BinaryDataByteOrderMSB",
    "ElementByteOrderMSB",
    "CompressedData",
    "CompressedDataSize",
    "TransformMatrix",
    "Rotation",
    "Orientation",
    "Offset",
    "Position",
    "Origin",
    "CenterOfRotation",
    "AnatomicalOrientation",
    "ElementSpacing",
    "DimSize",
    "ElementSize",
    "ElementNumberOfChannels",
    "ElementType",
)
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
    """Place of the voxels of a volume."""

    path: Path
    offset: int  #: byte where the voxels begin
    codec: Codec | None  #: None where only a full reader of the format can tell
    stored: np.dtype[Any] | None  #: None likewise
    header: bytes  #: what ITK may read: the known fields, and the voxels in the same file
    has_geometry: bool  #: the header says where the volume is in the patient
    #: the axis, first or last, that lists volumes; ITK reads it as parts of a voxel
    list_axis: int | None = None
    times: TimeScale = TimeScale()  #: of the time points; MetaImage knows no unit of time


def nrrd_place(path: Path) -> DataPlace:
    """Read the header of a .nrrd or .nhdr file. Raises SequenceError when it is none."""
    head = _head(path)
    if not head.startswith(b"NRRD"):
        raise not_a("an NRRD file", path)
    text, end = _until_blank(head)
    fields, texts = _fields(text, ": "), _texts(text)
    listed = list_axis(fields, texts)
    data = _sibling(path, fields.get("data file") or fields.get("datafile"))
    order = "<" if fields.get("endian", "little") == "little" else ">"
    kind = next((k for k, names in _NRRD_KINDS.items() if fields.get("type", "").lower() in names), None)
    is_plain = not any(name in fields for name in ("line skip", "lineskip", "byte skip", "byteskip"))
    return DataPlace(
        path=data,
        offset=end if data == path else 0,
        codec=_NRRD_CODECS.get(fields.get("encoding", "")) if is_plain else None,
        stored=None if kind is None else np.dtype(order + kind),
        header=_nrrd_header(fields, listed, path),
        has_geometry=("space" in fields or "space dimension" in fields) and "space directions" in fields,
        list_axis=listed,
        times=time_scale(fields, texts, AXES - 1 if listed is None else listed),
    )


def nrrd_texts(path: Path) -> dict[str, str]:
    """Return the texts that a NRRD header holds beside its fields, by key. Raises SequenceError for no NRRD."""
    head = _head(path)
    if not head.startswith(b"NRRD"):
        raise not_a("an NRRD file", path)
    return _texts(_until_blank(head)[0])


def metaimage_place(path: Path) -> DataPlace:
    """Read the header of a .mha or .mhd file. Raises SequenceError when it is none."""
    head = _head(path)
    mark = _META_END.search(head)
    if mark is None:
        raise not_a("a MetaImage file", path)
    end = mark.end()
    fields = _fields(head[:end], "=")
    named = fields.get("elementdatafile", "LOCAL")
    data = _sibling(path, None if named == "LOCAL" else named)
    order = ">" if fields.get("binarydatabyteordermsb", fields.get("elementbyteordermsb")) == "True" else "<"
    kind = _META_KINDS.get(fields.get("elementtype", ""))
    is_plain = fields.get("binarydata", "True") == "True"
    packed: Codec = "zlib" if fields.get("compresseddata") == "True" else "raw"
    return DataPlace(
        path=data,
        offset=_meta_offset(fields, data, kind) or (end if data == path else 0),
        codec=packed if is_plain else None,
        stored=None if kind is None else np.dtype(order + kind),
        header=_meta_header(fields, path),
        has_geometry=any(name in fields for name in ("transformmatrix", "offset", "position", "origin")),
    )


def _head(path: Path) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(_HEADER_LIMIT)
    except OSError as error:
        raise SequenceError(f"The file cannot be read: {error}.", subject=path) from error


def _until_blank(head: bytes) -> tuple[bytes, int]:
    """Return the header's text and where the data after its blank line begins; the end where there is none."""
    blank = _BLANK_LINE.search(head)
    return (head[: blank.start()], blank.end()) if blank else (head, len(head))


def _meta_offset(fields: dict[str, str], data: Path, kind: str | None) -> int:
    """Return what HeaderSize says: a place in the file, or with -1 that the voxels end it; 0 where it is silent."""
    try:
        stated = int(fields.get("headersize", "0"))
        sizes = [int(size) for size in fields.get("dimsize", "").split()]
        channels = int(fields.get("elementnumberofchannels", "1"))
    except ValueError:
        stated = -2
    if stated == -1 and kind is not None:
        stated = data.stat().st_size - math.prod(sizes) * channels * np.dtype(kind).itemsize
    if stated < 0:
        raise SequenceError("The header does not say where its voxels are.", subject=data)
    return stated


def _nrrd_header(fields: dict[str, str], listed: int | None, path: Path) -> bytes:
    if listed is not None:
        # ITK takes an axis of time without a direction for one of space, and a spacing beside directions for a mistake.
        kinds = " ".join("list" if axis == listed else "domain" for axis in range(AXES))
        fields = {**fields, "kinds": kinds, "spacings": "", "thicknesses": "", "centers": ""}
    lines = [f"{name}: {fields[name]}" for name in _NRRD_FIELDS if fields.get(name)]
    return _ascii(["NRRD0005", *lines, "", ""], path)


def _meta_header(fields: dict[str, str], path: Path) -> bytes:
    lines = [f"{name} = {fields[name.lower()]}" for name in _META_FIELDS if fields.get(name.lower())]
    return _ascii([*lines, "ElementDataFile = LOCAL", ""], path)


def _ascii(lines: list[str], path: Path) -> bytes:
    """Return the lines that ITK reads; its parser of vectors crashes on bytes that are not ASCII.

    A unit such as µm is left out: it means nothing here. Raises SequenceError for other fields.
    """
    plain = [line for line in lines if line.isascii() or not line.startswith("space units")]
    for line in plain:
        if not line.isascii():
            name = re.split("[:=]", line)[0].strip()
            raise SequenceError(f"The field {name!r} of the header is damaged.", subject=path)
    return "\n".join(plain).encode("ascii")


def _fields(text: bytes, divider: str) -> dict[str, str]:
    lines = (line for line in _decoded(text).splitlines() if not line.startswith("#"))
    pairs = (line.split(divider, 1) for line in lines if divider in line)
    return {name.strip().lower(): value.strip() for name, value in pairs}


def _texts(text: bytes) -> dict[str, str]:
    """Return the key-value pairs of a NRRD header."""
    lines = _decoded(text).splitlines()
    return dict(line.split(":=", 1) for line in lines if ":=" in line and not line.startswith("#"))


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")


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
