"""Names and colours of labels in the files of label volumes: NIfTI extensions and the segments of 3D Slicer."""

import gzip
import html
import re
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from app.domain.annotation import Color, Label
from app.domain.errors import LabelFileError, SequenceError
from app.domain.label_colors import palette
from app.storage.exporters.color_tables import SUFFIXES
from app.storage.exporters.label_list import read_labels
from app.storage.exporters.mask_record import KEY, PRIVATE_CREATOR, PRIVATE_ELEMENT, PRIVATE_GROUP, from_text
from app.storage.volume.nifti import CARET, COMMENT, read_header, vox_offset
from app.storage.volume.nifti_pair import find_pair, is_packed
from app.storage.volume.nrrd_headers import nrrd_texts

LARGEST_EXTENSION: Final = 2**24  # bytes of all extensions of a file
_ROW: Final = re.compile(r"<Label\b([^>]*)>(.*?)</Label>", re.DOTALL)
_ATTRIBUTE: Final = re.compile(r'(\w+)\s*=\s*"([^"]*)"')
_CDATA: Final = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_SEGMENT: Final = re.compile(r"Segment(\d{1,5})_(\w+)")
_NUMBERS: Final = ("Layer", "LabelValue")  # fields of a segment that are numbers
_NUMBER: Final = re.compile(r"\d{1,9}")


def read_names(path: Path) -> dict[int, Label]:
    """Return the labels that a NIfTI or NRRD file names, by value; nothing where it names none or is damaged."""
    try:
        if path.name.lower().endswith((".nrrd", ".nhdr")):
            return _segments(nrrd_texts(path))
        if path.name.lower().endswith((".nii", ".nii.gz", ".hdr", ".img", ".hdr.gz", ".img.gz")):
            return _table(read_extensions(path).get(CARET, b""))
    except (SequenceError, OSError, EOFError, zlib.error):
        pass
    return {}


def names_beside(path: Path) -> dict[int, Label]:
    """Return the labels of a list beside a label volume, by value, as ITK-SNAP and 3D Slicer save it; nothing without.

    It has the name of the volume, or is the only list or labels.txt in the folder.
    """
    stem, folder = path.name.removesuffix(".gz").rpartition(".")[0], path.parent
    tables = [one for one in folder.iterdir() if one.suffix.lower() in SUFFIXES]
    named = (folder / f"{stem}{suffix}" for suffix in (*sorted(SUFFIXES), ".txt"))
    for listed in (*named, *(tables if len(tables) == 1 else ()), folder / "labels.txt"):
        with suppress(LabelFileError):
            return {label.value: label for label in read_labels(listed)[0]}
    return {}


def read_volume_record(path: Path) -> dict[str, Any]:
    """Return the record in one of our own label volumes, {} where there is none."""
    try:
        if path.name.lower().endswith((".nrrd", ".nhdr")):
            return from_text(nrrd_texts(path).get(KEY, ""))
        if path.name.lower().endswith((".nii", ".nii.gz")):
            text = read_extensions(path).get(COMMENT, b"").decode("utf-8", "replace")
            return from_text(text.removeprefix(f"{KEY}: "))
        if path.suffix.lower() not in (".hdr", ".img", ".gz", ".mha", ".mhd", ".mgh", ".mgz"):
            return _private_record(path)
    except (SequenceError, OSError, EOFError, zlib.error):
        pass
    return {}


def _private_record(path: Path) -> dict[str, Any]:
    """Return the record of a DICOM segmentation of ours."""
    # pydicom takes a while to import, and other formats do without.
    from pydicom import dcmread

    from app.storage.volume.dicom.dicom_headers import DAMAGE, pydicom_silenced

    try:
        with pydicom_silenced():
            file = dcmread(path, stop_before_pixels=True)
            text = file.private_block(PRIVATE_GROUP, PRIVATE_CREATOR)[PRIVATE_ELEMENT].value
    except DAMAGE:
        return {}
    return from_text(str(text))


def read_extensions(path: Path) -> dict[int, bytes]:
    """Return the extensions of a NIfTI file by code. Raises SequenceError, OSError, EOFError or zlib.error."""
    _, path = find_pair(path)
    header = read_header(path)
    start = vox_offset(header.version)
    end = min(float(header.fields[0]["vox_offset"]) or LARGEST_EXTENSION, start + LARGEST_EXTENSION)
    with gzip.open(path) if is_packed(path) else path.open("rb") as file:
        content = file.read(max(int(end), start))
    found: dict[int, bytes] = {}
    if header.is_analyze or content[start - 4 : start - 3] != b"\1":
        return found
    while start + 8 <= len(content):
        little = "little" if header.order == "<" else "big"
        size, code = (int.from_bytes(content[at : at + 4], little) for at in (start, start + 4))  # type: ignore[arg-type]
        if size < 8:
            break
        found.setdefault(code, content[start + 8 : start + size].rstrip(b"\0"))
        start += size
    return found


def _table(content: bytes) -> dict[int, Label]:
    """Return the labels of a CARET extension."""
    found: dict[int, Label] = {}
    for attributes, text in _ROW.findall(content.decode("utf-8", "replace")):
        fields = dict(_ATTRIBUTE.findall(attributes))
        plain = _CDATA.sub(lambda match: html.escape(match[1]), text)
        name = html.unescape(plain).strip()
        key = fields.get("Key", "")
        if re.fullmatch(r"\d{1,9}", key) and int(key) > 0 and name:
            parts = [fields.get(part, "") for part in ("Red", "Green", "Blue")]
            found[int(key)] = Label(int(key), name, _color(int(key), parts))
    return found


def segment_rows(path: Path) -> dict[int, dict[str, str]]:
    """Return what 3D Slicer says of each segment in a .seg.nrrd, by number and field, such as Name. Numbers only fit.

    Raises SequenceError for no NRRD.
    """
    return _rows(nrrd_texts(path))


def _rows(texts: Mapping[str, str]) -> dict[int, dict[str, str]]:
    rows: dict[int, dict[str, str]] = {}
    for key, text in texts.items():
        match = _SEGMENT.fullmatch(key)
        if match and (match[2] not in _NUMBERS or _NUMBER.fullmatch(text.strip())):
            rows.setdefault(int(match[1]), {})[match[2]] = text
    return rows


def _segments(texts: Mapping[str, str]) -> dict[int, Label]:
    """Return the labels of the segments that 3D Slicer lists in a .seg.nrrd."""
    found: dict[int, Label] = {}
    for row in _rows(texts).values():
        value, name = row.get("LabelValue", ""), row.get("Name", "").strip()
        if value and int(value) > 0 and name:
            found[int(value)] = Label(int(value), name, _color(int(value), row.get("Color", "").split()))
    return found


def _color(value: int, parts: list[str]) -> Color:
    """Return a colour of three numbers in [0, 1], that of the palette where they are none."""
    try:
        red, green, blue = (min(max(round(255 * float(part)), 0), 255) for part in parts)
    except (ValueError, OverflowError):
        return palette()[(value - 1) % len(palette())]
    return red, green, blue
