"""Base of all events, and types that several of them use."""

from dataclasses import dataclass
from typing import Literal

from app.domain.annotation import Annotation

PropagationDirection = Literal["forward", "backward", "both"]

ReviewOrder = Literal["doubt", "time"]

ToastLevel = Literal["info", "warning", "error"]

Cells = tuple[tuple[int, int, Annotation], ...]
"""(frame, object_id, annotation) each."""


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events."""
