"""Opening and closing of sequences."""

from dataclasses import dataclass

from app.domain.annotation import Label, Lines, Object, Orientation, Point, SequenceInfo, Window
from app.domain.comment import Comment
from app.domain.cut_stop import CutStop
from app.domain.finding import PictureDecision
from app.domain.history import Edit
from app.domain.sign_off import SignOff
from app.domain.tier import TierTable
from app.messages.events.event import Cells, Event
from app.messages.events.propagation import PropagationRequested


@dataclass(frozen=True, slots=True)
class SequenceRequested(Event):
    """The annotator wants another sequence."""

    path: str
    series: str | None = None  #: UID or number of one of several in a DICOM folder
    orientation: Orientation | None = None  #: how to slice a scan, None for the way it was sliced last


@dataclass(frozen=True, slots=True)
class SequenceAwaited(Event):
    """A sequence is being made, and will be requested when it is there."""

    name: str


@dataclass(frozen=True, slots=True)
class SequenceOpened(Event):
    """A sequence was opened, with all that its workspace holds."""

    info: SequenceInfo
    labels: tuple[Label, ...] = ()
    objects: tuple[Object, ...] = ()
    cells: Cells = ()
    history: tuple[Edit, ...] = ()  #: edits that can be undone, oldest first
    undone: tuple[Edit, ...] = ()  #: edits that can be redone, next one last
    frame: int = 0
    next_object: int = 1
    next_edit: int = 1
    unfinished: PropagationRequested | None = None  #: a propagation that was cut off
    seen: bytes = b""  #: a byte for each frame, 1 when looked at since its masks changed; b"" when unknown
    #: by object_id and time point, made in other directions of a scan
    lines: tuple[tuple[tuple[int, int], Lines], ...] = ()
    cross: Point | None = None  #: where on the frame a scan's cross-hairs meet, None for its middle
    window: Window | None = None  #: the last one
    comments: tuple[Comment, ...] = ()
    tiers: TierTable = TierTable()
    selected: int | None = None  #: object_id
    sign_offs: tuple[SignOff, ...] = ()  #: approvals and reopenings, oldest first
    cut_stops: tuple[CutStop, ...] = ()  #: where propagation has stopped
    picture_decisions: tuple[PictureDecision, ...] = ()  #: on text and faces in its frames, oldest first


@dataclass(frozen=True, slots=True)
class SequenceClosed(Event):
    """The annotator leaves the sequence."""

    at_once: bool = False  #: without waiting for masks of what was clicked and drawn
