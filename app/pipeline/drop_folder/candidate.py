"""Candidates in the drop folder, described by names, sizes and times, never by contents."""

import errno
import heapq
import os
import stat
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.domain.worklist.entry import NO_SIGNATURE, FileSignature
from app.files.access import access_error
from app.pipeline.drop_folder.file_names import has_draft, voxel_files

NEWEST = 8  # files checked for writers and read permission; chosen by hand, a copy program writes few at once
BLOCK = 512  # bytes, the unit of st_blocks (stat(2))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A video, scan, image or folder as it was at the last scan."""

    path: str  #: absolute
    name: str  #: relative to the drop folder
    signature: FileSignature = NO_SIGNATURE
    is_folder: bool = False
    is_draft: bool = False  #: an unfinished file is in it or beside it
    obstacle: str = ""  #: why it cannot be opened as it is, "" for none
    newest: tuple[str, ...] = ()  #: its files written last, absolute paths


def file_candidate(path: str, name: str, others: frozenset[str]) -> Candidate:
    """Return the candidate of one file and of the files beside it, given by name, that belong to it."""
    own = os.path.basename(path)
    beside = (os.path.join(os.path.dirname(path), other) for other in voxel_files(own, others))
    return _seen(path, name, [path, *beside], False, has_draft(own, others))


def folder_candidate(path: str, name: str, files: Sequence[str], is_draft: bool) -> Candidate:
    """Return the candidate of a folder whose files form one source."""
    return _seen(path, name, files, True, is_draft)


def blocked_candidate(path: str, name: str, why: str) -> Candidate:
    """Return the candidate of a path that cannot be opened, and why."""
    return Candidate(path, name, obstacle=why)


def describe_error(path: str, error: OSError) -> str:
    """Return an error of the system as sentences for the annotator."""
    told = access_error(Path(path), error)
    return f"{told.what} {told.remedy}"


def _seen(path: str, name: str, files: Sequence[str], is_folder: bool, is_draft: bool) -> Candidate:
    try:
        stats = {file: os.stat(file) for file in files}
    except FileNotFoundError:
        return Candidate(path, name, is_folder=is_folder, is_draft=True)
    except OSError as error:
        return blocked_candidate(path, name, describe_error(path, error))
    if any(not stat.S_ISREG(about.st_mode) for about in stats.values()):
        return blocked_candidate(
            path, name, "This is neither a file nor a folder. Copy a video or scan here."
        )
    newest = tuple(heapq.nlargest(NEWEST, stats, key=lambda file: stats[file].st_mtime_ns))
    hidden = next((file for file in newest if not os.access(file, os.R_OK, effective_ids=True)), None)
    if hidden is not None:
        return blocked_candidate(path, name, describe_error(path, PermissionError(errno.EACCES, "")))
    return Candidate(path, name, _signature(path, stats), is_folder, is_draft, "", newest)


def _signature(path: str, stats: dict[str, os.stat_result]) -> FileSignature:
    start = len(os.path.dirname(path)) + 1
    return FileSignature(
        size=sum(about.st_size for about in stats.values()),
        modified=sum(_mark(file[start:], about) for file, about in stats.items()),
        files=len(stats),
        changed=max(about.st_ctime_ns for about in stats.values()),
        filled=sum(about.st_blocks * BLOCK for about in stats.values()),
    )


def _mark(name: str, about: os.stat_result) -> int:
    return zlib.crc32(os.fsencode(name) + about.st_mtime_ns.to_bytes(12, "little", signed=True))
