"""Notices, storage and operators."""

from dataclasses import dataclass

from app.messages.events.event import Event, ToastLevel


@dataclass(frozen=True, slots=True)
class Noticed(Event):
    """Something the annotator should read."""

    level: ToastLevel
    text: str


@dataclass(frozen=True, slots=True)
class FrameOutOfReach(Event):
    """The frame in view cannot be read, since the system does not give its file at present."""

    what: str  #: for the annotator


@dataclass(frozen=True, slots=True)
class ToastDismissed(Event):
    """The annotator has read a toast, or its time is over."""

    toast_id: int


@dataclass(frozen=True, slots=True)
class StorageFailed(Event):
    """An edit could not be made durable; writing is tried again until it can."""

    what: str


@dataclass(frozen=True, slots=True)
class EditsStored(Event):
    """The journal was written."""

    gestures: int  #: how many more are durable


@dataclass(frozen=True, slots=True)
class OperatorChosen(Event):
    """The name that edits are recorded under."""

    name: str
