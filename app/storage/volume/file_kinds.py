"""What a file is by its first bytes, where it is not what its name says."""

from contextlib import suppress
from pathlib import Path
from typing import Final

from app.domain.errors import SequenceError

_HEAD: Final = 512  # bytes
# Offset, first bytes, what it is, how it must be named to be opened; "" where it cannot be.
_KINDS: Final = (
    (0, b"NRRD000", "an NRRD file", ".nrrd"),
    (0, b"ObjectType", "a MetaImage file", ".mha"),
    (0, b"NDims", "a MetaImage file", ".mha"),
    (344, b"n+1\0", "a NIfTI file", ".nii"),
    (4, b"n+2\0", "a NIfTI file", ".nii"),
    (128, b"DICM", "a DICOM file", ".dcm"),
    (0, b"\x89PNG", "a PNG picture", ".png"),
    (0, b"\xff\xd8\xff", "a JPEG picture", ".jpg"),
    (4, b"ftyp", "an MP4 video", ".mp4"),
    (0, b"PK\3\4", "a zip file", ".zip"),
    (0, b"\x89HDF", "an HDF5 file", ""),
    (0, b"<!DOCTYPE html", "a web page", ""),
    (0, b"<html", "a web page", ""),
)
_MAY_BE_PACKED: Final = frozenset({"a NIfTI file", "a volume of FreeSurfer"})


def not_a(kind: str, path: Path) -> SequenceError:
    """Return the error for a file that is not of a kind ("an NRRD file"), which says what it is where that is known."""
    head = b""
    with suppress(OSError), path.open("rb") as file:
        head = file.read(_HEAD)
    if head[:2] == b"\x1f\x8b" and kind not in _MAY_BE_PACKED:
        return SequenceError(
            "This file is packed with gzip.", subject=path, remedy="Unpack it, and open that."
        )
    for offset, magic, other, ending in _KINDS:
        if head[offset : offset + len(magic)].lower() == magic.lower() and other != kind:
            remedy = (
                f"Give its name the ending {ending}." if ending else "Get the file again from its source."
            )
            return SequenceError(f"This is not {kind} but {other}.", subject=path, remedy=remedy)
    return SequenceError(f"This is not {kind}.", subject=path)
