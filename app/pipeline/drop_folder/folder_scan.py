"""Scan of one folder in the drop folder for candidates, with the folders below it."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from app.domain.errors import SequenceError
from app.pipeline.drop_folder.candidate import (
    Candidate,
    blocked_candidate,
    describe_error,
    file_candidate,
    folder_candidate,
)
from app.pipeline.drop_folder.file_names import FileKind, file_kind, is_draft, is_hidden, voxel_files
from app.pipeline.drop_folder.symlinks import HOLDS_OUTSIDE, OUTSIDE, Symlinks
from app.storage.exporters.export_ledger import RecordedPaths
from app.storage.volume.dicom.dicom_search import holds_dicom
from app.storage.volume.dicom.dicom_signature import is_dicom_file

FILE_LIMIT = 50_000  # files in one top-level folder; chosen by hand, beyond it a whole disk was dropped
DEPTH_LIMIT = 12  # levels of folders; chosen by hand, patient CDs have about four
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

    def __init__(self, symlinks: Symlinks, avoid: Sequence[str], exported: RecordedPaths) -> None:
        """Prepare a scan. avoid: real paths of folders to leave out; exported: files that the program wrote."""
        self._symlinks = symlinks
        self._avoid = avoid
        self._exported = exported.copy()
        self._files = 0

    def candidates(self, folder: str, depth: int = 1) -> Iterator[Candidate]:
        """Yield each video and scan of a folder, its DICOM files or images as one, then those of the folders below."""
        name = self._symlinks.relative_name(folder)
        try:
            listing = self._list(folder)
        except OSError as error:
            yield blocked_candidate(folder, name, describe_error(folder, error))
            return
        yield from listing.bad_links
        if self._files > FILE_LIMIT or depth > DEPTH_LIMIT:
            yield blocked_candidate(
                folder, name, f"There are more than {FILE_LIMIT:,} files here, or too many folders."
            )
            return
        kinds = {file: file_kind(os.path.basename(file)) for file in listing.files}
        singles = [file for file, kind in kinds.items() if kind in (FileKind.VIDEO, FileKind.SCAN)]
        outside = (link.path for link in listing.bad_links if link.obstacle == OUTSIDE)
        names = frozenset(os.path.basename(file) for file in (*listing.files, *listing.drafts, *outside))
        yield from (single_candidate(self._symlinks, file, names) for file in singles)
        if _holds_slices(kinds):
            rest = [file for file in listing.files if file not in singles]
            below, links = self._below(listing.folders)
            yield self._as_one(folder, [*rest, *listing.drafts, *below], listing, links)
            return
        images = [file for file, kind in kinds.items() if kind is FileKind.IMAGE]
        if images and not singles and not _is_disc(folder):
            yield self._as_one(folder, [*images, *listing.drafts], listing, [])
        for inner in listing.folders:
            yield from self.candidates(inner, depth + 1)

    def _as_one(
        self, folder: str, files: list[str], listing: FolderListing, links: list[Candidate]
    ) -> Candidate:
        """Return the candidate of a folder; a reader opens all in it, so one link out of the drop folder refuses it."""
        name = self._symlinks.relative_name(folder)
        outside = [link for link in (*listing.bad_links, *links) if link.obstacle == OUTSIDE]
        if outside:
            return blocked_candidate(folder, name, HOLDS_OUTSIDE.format(os.path.basename(outside[0].path)))
        return folder_candidate(folder, name, files, bool(listing.drafts))

    def _list(self, folder: str) -> FolderListing:
        listing = FolderListing()
        self._exported.read(folder)
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if not is_hidden(entry.name) and entry.path not in self._exported:
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

    def _below(self, folders: list[str]) -> tuple[list[str], list[Candidate]]:
        """Return all files in folders and below, which a DICOM reader takes as one study, and links not followed."""
        files: list[str] = []
        links: list[Candidate] = []
        folders = list(folders)
        while folders and self._files <= FILE_LIMIT:
            with suppress(OSError):
                listing = self._list(folders.pop())
                files += listing.files
                links += listing.bad_links
                folders += listing.folders
        return files, links


def single_candidate(symlinks: Symlinks, path: str, others: frozenset[str]) -> Candidate:
    """Return the candidate of a file; voxels beside a header are opened with it, so they must not lead outside."""
    name, folder = symlinks.relative_name(path), os.path.dirname(path)
    for other in voxel_files(os.path.basename(path), others):
        if symlinks.leads_outside(os.path.join(folder, other)):
            return blocked_candidate(path, name, HOLDS_OUTSIDE.format(other))
    return file_candidate(path, name, others)


def _holds_slices(kinds: dict[str, FileKind]) -> bool:
    if FileKind.SLICE in kinds.values():
        return True
    unknown = [file for file, kind in kinds.items() if kind is FileKind.UNKNOWN]
    return any(_is_dicom(file) for file in unknown[:SNIFFED])


def _is_dicom(path: str) -> bool:
    try:
        return is_dicom_file(Path(path))
    except OSError:
        return False


def _is_disc(folder: str) -> bool:
    """Return whether images are those of a disc that holds scans in folders below."""
    try:
        return holds_dicom(Path(folder))
    except SequenceError:
        return False
