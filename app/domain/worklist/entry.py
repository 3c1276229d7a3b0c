"""Entries of the worklist: each sequence, its source and its state. Pure data."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from app.domain.annotation import SequenceKind

Sorting = Literal["arrival", "name"]


class EntryState(StrEnum):
    """Progress of a sequence; the value is what the annotator reads."""

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
        """Whether work on the sequence has begun."""
        return self in TOUCHED


TOUCHED = frozenset({EntryState.IN_WORK, EntryState.PROPAGATING, EntryState.DONE})
OPENABLE = TOUCHED | {EntryState.READY}
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class FileSignature:
    """Signature of a file or folder, which detects changes without reading it."""

    size: int = 0  #: bytes of all files
    modified: int = 0  #: a number made of the names and modification times of all files
    files: int = 0  #: count
    changed: int = 0  #: nanoseconds since 1970 of the newest change of any kind, permissions too
    filled: int = 0  #: bytes that hold data on the disk; below size while a copy fills a reserved file

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
    """A sequence in the worklist. Times are in seconds since 1970."""

    entry_id: str
    path: str  #: of the source; names that are no Unicode are spelled with surrogates, as by os.fsdecode
    name: str  #: for the annotator, on one line
    arrived: float
    state: EntryState = EntryState.ARRIVING
    series: str | None = None  #: which series of a DICOM folder, None for its only one
    kind: SequenceKind | None = None
    frames: int = 0  #: 0 until the source has been probed, as width and height
    time_points: int = 1  #: of a scan over time; frames holds the slices of all of them
    fps: float | None = None  #: frames a second, None where there is no rate
    width: int = 0
    height: int = 0
    modality: str = ""
    signature: FileSignature = NO_SIGNATURE
    reason: str = ""  #: why it failed, or what else to know, one or two sentences
    warnings: tuple[str, ...] = ()
    progress: float = 0.0  #: share of (frame, object) cells that a person made or verified, in [0, 1]
    propagation: float = 0.0  #: share of the running propagation, in [0, 1]
    labels: tuple[str, ...] = ()  #: names of those in use
    unmasked: tuple[
        str, ...
    ] = ()  #: phases and intervals with frames that have no mask, as the annotator reads it
    touched: float | None = None
    thumbnail: str = ""
    fingerprint: str = ""
    finished_by: str = ""
    finished_at: float | None = None
    copies: tuple[Copy, ...] = ()
    dropped: bool = True  #: found in the drop folder, not opened from elsewhere
    #: frames on which text or faces were found that are not called harmless, as far as is known
    flagged: int = 0
    inspected: float = 0.0  #: share of frames looked over for text and faces, in [0, 1]
    missing: bool = False  #: the source is not there at present
    finished_number: int = 0  #: place among all finished first readings, from 1; 0 for none yet
    repeat: Literal["", "asked", "withdrawn"] = ""  #: of a first reading: whether another one was asked for
    repeats: str = ""  #: id of the entry whose sequence is read again here, "" for a first reading
    reader: Literal["any", "same", "other"] = "any"  #: who may do so: the first reader, or another operator
    first_reader: str = ""  #: operator who finished the first reading

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
    """State of the drop folder."""

    path: str = ""
    problem: str = ""  #: why nothing can arrive
    has_events: bool = False  #: the file system reports changes; without that the folder is polled


@dataclass(frozen=True, slots=True)
class WorklistSnapshot:
    """The worklist at one moment, in order of arrival."""

    entries: tuple[WorklistEntry, ...] = ()
    folder: DropFolder = DropFolder()
    entry_id: str = ""  #: of the open sequence
    sorting: Sorting = "arrival"  #: in which the annotator sees it

    def entry(self, entry_id: str) -> WorklistEntry | None:
        """The entry of this id."""
        return next((entry for entry in self.entries if entry.entry_id == entry_id), None)


def display_name(path: str) -> str:
    """Return a path as it can be shown: valid Unicode on one line without bidirectional controls."""
    text = os.fsencode(path).decode("utf-8", "replace")
    return "".join(_shown(character) for character in unicodedata.normalize("NFC", text))


def _shown(character: str) -> str:
    hidden = character in BIDI_CONTROLS or unicodedata.category(character) in ("Cc", "Zl", "Zp")
    return "\N{REPLACEMENT CHARACTER}" if hidden else character
