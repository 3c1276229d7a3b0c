"""Signing the open sequence off, and reopening it."""

from dataclasses import dataclass

from app.messages.events.event import Event


@dataclass(frozen=True, slots=True)
class SequenceSignedOff(Event):
    """Somebody approves the open sequence, which locks it."""

    by: str
    at: float  #: seconds since 1970


@dataclass(frozen=True, slots=True)
class SignOffWithdrawn(Event):
    """Somebody reopens the open sequence, which was signed off."""

    by: str
    at: float  #: seconds since 1970
    reason: str
