"""Exports, imports and label lists."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.annotation import Label, Mask
from app.domain.export_selection import ExportSelection
from app.messages.events.event import Event


@dataclass(frozen=True, slots=True)
class ExportRequested(Event):
    """Write files of these kinds under a folder."""

    kinds: tuple[str, ...]
    folder: str
    selection: ExportSelection = ExportSelection()


@dataclass(frozen=True, slots=True)
class ExportAdvanced(Event):
    """An export goes on."""

    job: int
    kind: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ExportEnded(Event):
    """An export is over."""

    job: int
    paths: tuple[str, ...] = ()  #: what was written
    note: str = ""  #: what the annotator has to know of it
    error: str = ""  #: why it failed, if it did


@dataclass(frozen=True, slots=True)
class ExportCancelled(Event):
    """The annotator stops the export; files that were there before stay as they were."""


@dataclass(frozen=True, slots=True)
class MasksImportRequested(Event):
    """Read masks made elsewhere as edits."""

    path: str


@dataclass(frozen=True, slots=True)
class MasksImported(Event):
    """Masks were read from files."""

    labels: tuple[Label, ...]  #: those that the masks need
    objects: tuple[tuple[int, tuple[tuple[int, Mask], ...]], ...]  #: label value, and (frame, mask) each
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MasksImportCancelled(Event):
    """The annotator stops the import; nothing is changed."""


@dataclass(frozen=True, slots=True)
class MasksImportFailed(Event):
    """No masks were imported."""

    what: str  #: why not


@dataclass(frozen=True, slots=True)
class LabelsLoadRequested(Event):
    """Load a label list from a file."""

    path: str


@dataclass(frozen=True, slots=True)
class LabelsSaveRequested(Event):
    """Save the label list to a file."""

    path: str
