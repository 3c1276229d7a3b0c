"""Clicks and other prompts, the masks that answer them, undo and redo."""

from dataclasses import dataclass

from app.domain.annotation import Mask, Status
from app.domain.model_prompts import Box, Lasso, Scribble
from app.messages.events.event import Event


@dataclass(frozen=True, slots=True)
class ClickAdded(Event):
    """A click on the canvas, in source pixels."""

    frame: int
    x: float
    y: float
    positive: bool
    afresh: bool = False  #: it begins a mask anew, in place of the object's mask and of the clicks before


@dataclass(frozen=True, slots=True)
class ClickExpected(Event):
    """The pointer rests where it may click, in source pixels, or a button went down there that may become a click."""

    frame: int
    x: float
    y: float
    positive: bool | None = None  #: None where it is not known


@dataclass(frozen=True, slots=True)
class PromptDrawn(Event):
    """A box, a scribble or a lasso was drawn around or over a thing."""

    frame: int
    prompt: Box | Scribble | Lasso


@dataclass(frozen=True, slots=True)
class ClicksCleared(Event):
    """Drop the pending clicks and their mask."""


@dataclass(frozen=True, slots=True)
class PendingSegmented(Event):
    """The segmenter answered a job with a mask."""

    job: int
    mask: Mask


@dataclass(frozen=True, slots=True)
class SegmentationFailed(Event):
    """The segmenter could not answer a job."""

    job: int
    what: str


@dataclass(frozen=True, slots=True)
class MaskFinished(Event):
    """Commit the pending mask to the label's object, or toggle polygon editing when there is none."""

    label: int | None = None  #: None for the current one
    merged: Mask | None = None  #: a mask to commit in place of the pending one


@dataclass(frozen=True, slots=True)
class MaskSet(Event):
    """A mask made elsewhere becomes the object's mask; the frame becomes a reference."""

    frame: int
    object_id: int
    mask: Mask


@dataclass(frozen=True, slots=True)
class MasksSet(Event):
    """Several masks of one object, made elsewhere, in one edit; verified ones stay as they are."""

    object_id: int
    masks: tuple[tuple[int, Mask], ...]  #: frame and mask
    status: Status = Status.EDITED
    score: float = 1.0  #: in [0, 1]


@dataclass(frozen=True, slots=True)
class MaskDeleted(Event):
    """The object is not on this frame: its mask becomes empty, an edit like any other."""

    frame: int
    object_id: int


@dataclass(frozen=True, slots=True)
class Undone(Event):
    """Take back the last click, or else the last edit."""


@dataclass(frozen=True, slots=True)
class Redone(Event):
    """Bring back the last click or edit that was taken back."""
