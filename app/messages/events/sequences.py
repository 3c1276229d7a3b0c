"""Sequences that are asked for, opened and left."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.annotation import Label, Lines, Object, Orientation, Point, SequenceInfo, Window
from app.domain.history import Edit
from app.messages.events.event import Cells, Event
from app.messages.events.propagation import PropagationRequested


@dataclass(frozen=True, slots=True)
class SequenceRequested(Event):
    """The annotator wants another sequence.

    series: chooses one of several in a DICOM folder. orientation: how to slice a scan, None for the way it was
    sliced the last time.
    """

    path: str
    series: str | None = None
    orientation: Orientation | None = None


@dataclass(frozen=True, slots=True)
class SequenceOpened(Event):
    """A sequence and all that its workspace holds.

    unfinished: arguments of a propagation that was cut off, or None. history: edits that can still be undone.
    seen: of each frame a byte, 1 when somebody has looked at it since its masks changed; b"" when unknown.
    lines: by object id, what a person made in other directions of a scan.
    cross: where on the frame a scan's cross-hairs meet; window: the last one; None for none yet.
    """

    info: SequenceInfo
    labels: tuple[Label, ...] = ()
    objects: tuple[Object, ...] = ()
    cells: Cells = ()
    history: tuple[Edit, ...] = ()
    undone: tuple[Edit, ...] = ()
    frame: int = 0
    next_object: int = 1
    next_edit: int = 1
    unfinished: PropagationRequested | None = None
    seen: bytes = b""
    lines: tuple[tuple[int, Lines], ...] = ()
    cross: Point | None = None
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class SequenceClosed(Event):
    """The annotator leaves the sequence."""
