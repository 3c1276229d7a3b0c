"""Names of exported files; imports find masks by the same names."""

import re
from collections.abc import Sequence
from itertools import count
from pathlib import Path, PurePath

from app.domain.annotation import SequenceInfo
from app.files.odd_names import spell_name

UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
NAME_BYTES = 150  # of the 255 that file systems take, less room for suffixes and draft names


def safe_name(name: str) -> str:
    """Return a file name in any script that every file system takes, with room for an ending."""
    plain = UNSAFE.sub("_", name.encode("utf-8", "replace").decode())
    short = plain.encode()[:NAME_BYTES].decode("utf-8", "ignore").strip(". ")
    return f"{short}_" if RESERVED.fullmatch(short) else short or "sequence"


def sequence_name(info: SequenceInfo) -> str:
    """Return the source's name without its ending, fit for any file system."""
    return safe_name(PurePath(info.path).stem if info.kind in ("video", "image") else info.name)


def free_folder_name(parent: Path, stem: str) -> str:
    """Return a name that nothing in a folder has: the stem, or else the stem with a number from 2."""
    names = (stem if number == 1 else f"{stem}_{number}" for number in count(1))
    return next(name for name in names if not (parent / name).exists())


def frame_names(info: SequenceInfo) -> list[str]:
    """Return a name for each frame without ending: the source's own, or the index with five digits or more.

    No two are the same, also where upper and lower case are: then the endings are kept, or else numbers put in
    front.
    """
    digits = max(5, len(str(info.frames - 1)))
    numbers = [f"{frame:0{digits}d}" for frame in range(info.frames)]
    own = [spell_name(PurePath(name).name) for name in info.frame_names]
    if len(own) != info.frames:
        return numbers
    numbered = [f"{number}_{name}" for number, name in zip(numbers, own, strict=True)]
    choices = ([PurePath(name).stem for name in own], own, numbered)
    return next((names for names in choices if _are_unique(names)), numbers)


def _are_unique(names: Sequence[str]) -> bool:
    return len({name.casefold() for name in names}) == len(names)
