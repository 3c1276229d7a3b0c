"""The worklist as data: what is known of each sequence, and where it is. Pure."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from app.domain.annotation import SequenceKind


class EntryState(StrEnum):
    """How far a sequence is; the value is what the annotator reads."""

    ARRIVING = "arriving"
    CHECKING = "checking"
    READY = "ready"
    IN_WORK = "in work"
    PROPAGATING = "propagating"
    DONE = "done"
    FAILED = "failed"

    @property
    def can_open(self) -> bool:
        """Whether the sequence was found to be readable."""
        return self in OPENABLE

    @property
    def is_touched(self) -> bool:
        """Whether somebody has worked on the sequence."""
        return self in TOUCHED


TOUCHED = frozenset({EntryState.IN_WORK, EntryState.PROPAGATING, EntryState.DONE})
OPENABLE = TOUCHED | {EntryState.READY}
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class FileSignature:
    """File signature, which tells without reading whether a file or folder has changed.

    size: bytes of all files. files: count. modified: a number made of the names and modification times of all
    files. changed: nanoseconds since 1970 of the newest change of any kind, permissions too.
    filled: bytes that hold data on the disk; below size while a copy fills a file that it reserved first.
    """

    size: int = 0
    modified: int = 0
    files: int = 0
    changed: int = 0
    filled: int = 0

    def has_same_content(self, other: FileSignature) -> bool:
        """Whether nothing was written in between."""
        return (self.size, self.modified, self.files) == (other.size, other.modified, other.files)


NO_SIGNATURE = FileSignature()


@dataclass(frozen=True, slots=True)
class Copy:
    """Another place with the same content."""

    path: str
    signature: FileSignature


@dataclass(frozen=True, slots=True)
class WorklistEntry:
    """A sequence in the worklist.

    name: what the annotator reads, on one line. path: of the source; odd file names are spelled with
    surrogates, as os.fsdecode does. series: which series of a DICOM folder, None for its only one.
    dropped: found in the drop folder, not opened from elsewhere. missing: the source is not there at present.
    reason: why it failed, or what else to know, one or two sentences.
    progress: share of all (frame, object) cells that a person made or verified; propagation: share of the
    running propagation; both in [0, 1].
    arrived, touched, finished_at: seconds since 1970. labels: names of those in use.
    """

    entry_id: str
    path: str
    name: str
    arrived: float
    state: EntryState = EntryState.ARRIVING
    series: str | None = None
    kind: SequenceKind | None = None
    frames: int = 0
    fps: float | None = None
    width: int = 0
    height: int = 0
    modality: str = ""
    signature: FileSignature = NO_SIGNATURE
    reason: str = ""
    warnings: tuple[str, ...] = ()
    progress: float = 0.0
    propagation: float = 0.0
    labels: tuple[str, ...] = ()
    touched: float | None = None
    thumbnail: str = ""
    fingerprint: str = ""
    finished_by: str = ""
    finished_at: float | None = None
    copies: tuple[Copy, ...] = ()
    dropped: bool = True
    missing: bool = False

    @property
    def can_open(self) -> bool:
        """Whether the annotator can open it now."""
        return self.state.can_open and not self.missing

    @property
    def seconds(self) -> float | None:
        """Length of a video in seconds, None where time has no meaning."""
        return self.frames / self.fps if self.fps else None

    @property
    def status(self) -> str:
        """The state in the annotator's words."""
        if self.missing:
            return f"{self.state}, file missing"
        if self.state is EntryState.PROPAGATING:
            return f"propagating {100 * self.propagation:.0f} %"
        if self.state is EntryState.DONE and self.finished_by:
            return f"done by {self.finished_by}"
        return str(self.state)


@dataclass(frozen=True, slots=True)
class DropFolder:
    """The drop folder as the annotator should know it. problem: why nothing can arrive, "" when all is well.

    has_events: the file system says when something changes; without that the folder is looked at regularly.
    """

    path: str = ""
    problem: str = ""
    has_events: bool = False


@dataclass(frozen=True, slots=True)
class WorklistSnapshot:
    """The worklist at one moment, in order of arrival."""

    entries: tuple[WorklistEntry, ...] = ()
    folder: DropFolder = DropFolder()

    def entry(self, entry_id: str) -> WorklistEntry | None:
        """The entry of this id."""
        return next((entry for entry in self.entries if entry.entry_id == entry_id), None)


def display_name(path: str) -> str:
    """Return a path as it can be shown: valid Unicode on one line that nothing turns around."""
    text = os.fsencode(path).decode("utf-8", "replace")
    return "".join(_shown(character) for character in unicodedata.normalize("NFC", text))


def _shown(character: str) -> str:
    hidden = character in BIDI_CONTROLS or unicodedata.category(character) in ("Cc", "Zl", "Zp")
    return "\N{REPLACEMENT CHARACTER}" if hidden else character
