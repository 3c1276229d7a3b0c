"""Files of the header and the voxels of a NIfTI or Analyze volume: one or two, packed or not, in any case."""

import gzip
import os
import zlib
from pathlib import Path
from typing import Final

from app.domain.errors import SequenceError

HEADER_SUFFIXES: Final = (".hdr", ".hdr.gz")
VOXEL_SUFFIXES: Final = (".img", ".img.gz")
_GZIP: Final = b"\x1f\x8b"


def find_pair(path: Path) -> tuple[Path, Path]:
    """Return the files with the voxels and with the header, given either. Raises SequenceError without the other."""
    for suffixes, others in ((HEADER_SUFFIXES, VOXEL_SUFFIXES), (VOXEL_SUFFIXES, HEADER_SUFFIXES)):
        ending = next((suffix for suffix in suffixes if path.name.lower().endswith(suffix)), None)
        if ending is not None:
            other = _beside(path, path.name[: -len(ending)], others)
            return (other, path) if suffixes is HEADER_SUFFIXES else (path, other)
    return path, path


def is_packed(path: Path) -> bool:
    """Whether a file is gzip, by its content. Raises SequenceError when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(_GZIP)) == _GZIP
    except OSError as error:
        raise SequenceError(f"The file cannot be read: {error}.", subject=path) from error


def read_head(path: Path, size: int) -> bytes:
    """Return the first bytes of a file, unpacked. Raises SequenceError when it cannot be read."""
    try:
        with gzip.open(path) if is_packed(path) else path.open("rb") as file:
            return file.read(size)
    except (OSError, EOFError, zlib.error) as error:
        raise SequenceError(f"The file cannot be read: {error}.", subject=path) from error


def _beside(path: Path, stem: str, suffixes: tuple[str, ...]) -> Path:
    wanted = {(stem + suffix).lower() for suffix in suffixes}
    found = sorted(name for name in os.listdir(path.parent) if name.lower() in wanted)
    exact = [name for name in found if name.startswith(stem)]
    if not exact:
        raise SequenceError(
            f"The other half of this volume, {stem}{suffixes[0]}, is not there.",
            subject=path,
            remedy="Copy both files into one folder.",
        )
    return path.with_name(exact[0])
