"""File kinds in the drop folder by name alone. Pure."""

import os
import re
from collections.abc import Collection
from enum import Enum

from app.files.suffixes import ARCHIVES, IMAGES, PACKED_SCANS, SCANS, SLICES, VIDEOS


class FileKind(Enum):
    """Kind of source that a name suggests. NOTHING: a companion or system file, never a source."""

    VIDEO = "video"
    SCAN = "scan"
    SLICE = "slice"
    IMAGE = "image"
    UNKNOWN = "unknown"
    NOTHING = "nothing"


# Suffixes of unfinished files of browsers, copy programs, file managers and office programs.
# fmt: off
DRAFTS = frozenset({
    ".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".download", ".opdownload", ".aria2",
    ".!ut", ".!qb", ".bc!", ".swp", ".writing", ".incomplete", ".unfinished", ".inprogress", ".uploading",
    ".transferring", ".lock",
})
# Suffixes of files beside videos and scans: notes, tables, files of the system.
COMPANIONS = frozenset({
    ".txt", ".md", ".log", ".csv", ".tsv", ".json", ".xml", ".yaml", ".yml", ".toml",
    ".ini", ".inf", ".cfg", ".db", ".lnk", ".url", ".html", ".htm", ".pdf", ".doc", ".docx", ".xls", ".xlsx",
    ".odt", ".ods", ".ppt", ".pptx", ".srt", ".vtt", ".sub", ".md5", ".sha1", ".sha256", ".exe", ".dll",
    ".bat", ".sh", ".py", ".bak",
})
# fmt: on
SYSTEM_NAMES = frozenset({"dicomdir", "thumbs.db", "desktop.ini", "autorun.inf", "lockfile", "version"})
SYSTEM_FOLDERS = frozenset({"system volume information", "$recycle.bin", "lost+found", "@eadir", "__macosx"})
VOXELS = frozenset({".raw", ".zraw", ".img"})  # suffixes of the voxels of a header file
HEADER = re.compile(r"(.+)(?:\.mhd|\.nhdr|\.hdr|\.hdr\.gz)", re.IGNORECASE | re.DOTALL)


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
    if suffix in VOXELS or name.lower().endswith(".img.gz"):
        return FileKind.NOTHING
    if suffix in SLICES:
        return FileKind.SLICE
    if suffix in SCANS or name.lower().endswith((*PACKED_SCANS, *ARCHIVES)):
        return FileKind.SCAN
    if suffix in VIDEOS:
        return FileKind.VIDEO
    if suffix in IMAGES:
        return FileKind.IMAGE
    plain = name.lower() in SYSTEM_NAMES or suffix in COMPANIONS
    return FileKind.NOTHING if plain else FileKind.UNKNOWN


def voxel_files(name: str, others: Collection[str]) -> tuple[str, ...]:
    """Return the names beside a header file that may hold its voxels."""
    header = HEADER.fullmatch(name)
    if header is None:
        return ()
    stem = header[1]
    rests = {suffix + packed for suffix in ("", *VOXELS) for packed in ("", ".gz")} - {""}
    return tuple(
        sorted(
            other
            for other in others
            if other.startswith(stem) and other[len(stem) :].lower() in rests and other != name
        )
    )


def _suffix(name: str) -> str:
    """Return the lower-case suffix; os.path is used since Path is slow for 100,000 names."""
    return os.path.splitext(name)[1].lower()
