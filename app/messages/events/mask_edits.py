"""Edits of masks by hand tools, and their results."""

from dataclasses import dataclass

from app.domain.annotation import Mask, Point
from app.domain.mask_operations import MaskOperation
from app.messages.events.event import Event


@dataclass(frozen=True, slots=True)
class MaskEditRequested(Event):
    """A hand tool was used on an object's mask; a stroke or region without an object begins one."""

    frame: int
    operation: MaskOperation
    object_id: int | None = None  #: None for the selected one
    is_ball: bool = False  #: a stroke goes through the slices of a scan, as a ball does
    drawn: int = 0  #: number of the gesture, by which the canvas knows that the picture shows it


@dataclass(frozen=True, slots=True)
class ObjectCut(Event):
    """A line was drawn that cuts the selected object's mask in two; the smaller part becomes an object."""

    frame: int
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class ObjectsMerged(Event):
    """All masks of another object are to belong to an object."""

    object_id: int
    other: int


@dataclass(frozen=True, slots=True)
class GapsInterpolated(Event):
    """Fill the frames between neighbouring references of an object by the shapes between them."""

    object_id: int
    start: int = 0  #: gaps within frames [start, stop) only
    stop: int | None = None  #: None for the end
    around: int | None = None  #: a frame: only the gap that it is in


@dataclass(frozen=True, slots=True)
class MaskCopied(Event):
    """The selected object's mask on the current frame is to be pasted elsewhere."""


@dataclass(frozen=True, slots=True)
class MaskPasted(Event):
    """Give the selected object the copied mask on the current frame."""


@dataclass(frozen=True, slots=True)
class MaskCopiedOn(Event):
    """Give the selected object its mask on the next frame too, or at the next time point, and go there."""

    step: int = 1
    over_time: bool = False


@dataclass(frozen=True, slots=True)
class RangeCleared(Event):
    """The object is on none of the frames [start, stop)."""

    object_id: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class MasksEdited(Event):
    """An order to edit masks was carried out."""

    job: int
    results: tuple[tuple[int, int, Mask, float], ...]  #: (frame, object_id, mask, score)


@dataclass(frozen=True, slots=True)
class MaskEditFailed(Event):
    """An order to edit masks could not be carried out."""

    job: int
    what: str
