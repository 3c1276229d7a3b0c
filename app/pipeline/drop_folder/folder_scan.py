"""Scan of one folder in the drop folder for candidates, with the folders below it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from app.pipeline.drop_folder.candidate import (
    Candidate,
    blocked_candidate,
    file_candidate,
    folder_candidate,
    reason,
)
from app.pipeline.drop_folder.file_names import FileKind, file_kind, is_draft, is_hidden
from app.pipeline.drop_folder.symlinks import Symlinks

FILE_LIMIT = 50_000  # files in one top-level folder; chosen by hand, beyond it a whole disk was dropped
DEPTH_LIMIT = 12  # levels of folders; chosen by hand, patient CDs have about four
DICOM_MARK, DICOM_MARK_AT = b"DICM", 128  # prefix and its offset in bytes (DICOM PS3.10, 7.1)
SNIFFED = 8  # files without a known suffix that are opened to see whether a folder holds DICOM


@dataclass(slots=True)
class FolderListing:
    """Contents of one folder, as absolute paths."""

    files: list[str] = field(default_factory=list)  #: without drafts
    drafts: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    bad_links: list[Candidate] = field(default_factory=list)  #: links that are not followed


class FolderScan:
    """One recursive scan, bounded in depth and number of files."""

    def __init__(self, symlinks: Symlinks, avoid: Sequence[str]) -> None:
        """Prepare a scan. avoid: real paths of folders to leave out."""
        self._symlinks = symlinks
        self._avoid = avoid
        self._files = 0

    def candidates(self, folder: str, depth: int = 1) -> Iterator[Candidate]:
        """Yield each video and scan of a folder, its DICOM files or images as one, then those of the folders below."""
        name = self._symlinks.relative_name(folder)
        try:
            listing = self._list(folder)
        except OSError as error:
            yield blocked_candidate(folder, name, reason(folder, error))
            return
        yield from listing.bad_links
        if self._files > FILE_LIMIT or depth > DEPTH_LIMIT:
            yield blocked_candidate(
                folder, name, f"There are more than {FILE_LIMIT:,} files here, or too many folders."
            )
            return
        kinds = {file: file_kind(os.path.basename(file)) for file in listing.files}
        singles = [file for file, kind in kinds.items() if kind in (FileKind.VIDEO, FileKind.SCAN)]
        names = frozenset(os.path.basename(file) for file in (*listing.files, *listing.drafts))
        yield from (file_candidate(file, self._symlinks.relative_name(file), names) for file in singles)
        if _holds_slices(kinds):
            rest = [file for file in listing.files if file not in singles]
            yield folder_candidate(
                folder, name, [*rest, *listing.drafts, *self._below(listing.folders)], bool(listing.drafts)
            )
            return
        images = [file for file, kind in kinds.items() if kind is FileKind.IMAGE]
        if images and not singles:
            yield folder_candidate(folder, name, [*images, *listing.drafts], bool(listing.drafts))
        for inner in listing.folders:
            yield from self.candidates(inner, depth + 1)

    def _list(self, folder: str) -> FolderListing:
        listing = FolderListing()
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if not is_hidden(entry.name):
                    self._add_entry(entry, listing)
        self._files += len(listing.files)
        return listing

    def _add_entry(self, entry: os.DirEntry[str], listing: FolderListing) -> None:
        obstacle = self._symlinks.obstacle(entry)
        if obstacle:
            listing.bad_links.append(
                blocked_candidate(entry.path, self._symlinks.relative_name(entry.path), obstacle)
            )
        elif obstacle is None:
            return
        elif entry.is_dir(follow_symlinks=False):
            listing.folders += [] if os.path.realpath(entry.path) in self._avoid else [entry.path]
        elif entry.is_file():
            (listing.drafts if is_draft(entry.name) else listing.files).append(entry.path)

    def _below(self, folders: Iterable[str]) -> Iterator[str]:
        """Yield all files in folders and below, which a DICOM reader takes as one study."""
        for folder in folders:
            with suppress(OSError):
                listing = self._list(folder)
                yield from listing.files
                if self._files <= FILE_LIMIT:
                    yield from self._below(listing.folders)


def _holds_slices(kinds: dict[str, FileKind]) -> bool:
    if FileKind.SLICE in kinds.values():
        return True
    unknown = [file for file, kind in kinds.items() if kind is FileKind.UNKNOWN]
    return any(_is_dicom(file) for file in unknown[:SNIFFED])


def _is_dicom(path: str) -> bool:
    """Return whether a file has the DICOM prefix behind its preamble."""
    try:
        with open(path, "rb") as file:
            file.seek(DICOM_MARK_AT)
            return file.read(len(DICOM_MARK)) == DICOM_MARK
    except OSError:
        return False
