"""File kinds in the drop folder by name alone. Pure."""

from __future__ import annotations

import os
from collections.abc import Collection
from enum import Enum
from pathlib import Path

from app.files.suffixes import IMAGES, SCANS, SLICES, VIDEOS


class FileKind(Enum):
    """Kind of source that a name suggests. NOTHING: a companion or system file, never a source."""

    VIDEO = "video"
    SCAN = "scan"
    SLICE = "slice"
    IMAGE = "image"
    UNKNOWN = "unknown"
    NOTHING = "nothing"


PACKED_SCAN = ".nii.gz"
# Suffixes of unfinished files of browsers, copy programs, file managers and office programs.
# fmt: off
DRAFTS = frozenset({
    ".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".download", ".opdownload", ".aria2",
    ".!ut", ".!qb", ".bc!", ".swp", ".writing", ".incomplete", ".unfinished", ".inprogress", ".uploading",
    ".transferring", ".lock",
})
# Suffixes of files beside videos and scans: voxels of a header file, notes, tables, files of the system.
COMPANIONS = frozenset({
    ".raw", ".zraw", ".img", ".txt", ".md", ".log", ".csv", ".tsv", ".json", ".xml", ".yaml", ".yml", ".toml",
    ".ini", ".inf", ".cfg", ".db", ".lnk", ".url", ".html", ".htm", ".pdf", ".doc", ".docx", ".xls", ".xlsx",
    ".odt", ".ods", ".ppt", ".pptx", ".srt", ".vtt", ".sub", ".md5", ".sha1", ".sha256", ".exe", ".dll",
    ".bat", ".sh", ".py", ".bak",
})
# fmt: on
SYSTEM_NAMES = frozenset({"dicomdir", "thumbs.db", "desktop.ini", "autorun.inf", "lockfile", "version"})
SYSTEM_FOLDERS = frozenset({"system volume information", "$recycle.bin", "lost+found", "@eadir", "__macosx"})
VOXEL_SUFFIXES = frozenset({".raw", ".zraw", ".img", ".gz"})
HEADER_SUFFIXES = frozenset({".mhd", ".nhdr", ".hdr"})


def is_hidden(name: str) -> bool:
    """Return whether a name begins with a dot or is a folder of the operating system."""
    return name.startswith(".") or name.lower() in SYSTEM_FOLDERS


def is_draft(name: str) -> bool:
    """Return whether a name marks an unfinished file."""
    return name.startswith("~") or name.endswith("~") or _suffix(name) in DRAFTS


def has_draft(name: str, others: Collection[str]) -> bool:
    """Return whether an unfinished copy is beside a file, which then may be a mere reservation: clip.mp4.part."""
    return any(name + suffix in others for suffix in DRAFTS)


def file_kind(name: str) -> FileKind:
    """Return the kind of a visible, finished name."""
    suffix = _suffix(name)
    if suffix in SLICES:
        return FileKind.SLICE
    if suffix in SCANS or name.lower().endswith(PACKED_SCAN):
        return FileKind.SCAN
    if suffix in VIDEOS:
        return FileKind.VIDEO
    if suffix in IMAGES:
        return FileKind.IMAGE
    plain = name.lower() in SYSTEM_NAMES or suffix in COMPANIONS
    return FileKind.NOTHING if plain else FileKind.UNKNOWN


def voxel_files(name: str, others: Collection[str]) -> tuple[str, ...]:
    """Return the names beside a header file that may hold its voxels."""
    path = Path(name)
    if path.suffix.lower() not in HEADER_SUFFIXES:
        return ()
    stems = {path.stem, path.stem + ".raw"}
    found = (Path(other) for other in others if other != name)
    return tuple(
        sorted(
            str(other) for other in found if other.stem in stems and other.suffix.lower() in VOXEL_SUFFIXES
        )
    )


def _suffix(name: str) -> str:
    """Return the lower-case suffix; os.path is used since Path is slow for 100,000 names."""
    return os.path.splitext(name)[1].lower()
