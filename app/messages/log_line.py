"""What the program has to say of a run. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LogLevel = Literal["warning", "error"]


@dataclass(frozen=True, slots=True)
class LogLine:
    """A warning or an error.

    at: seconds since 1970. text: as the annotator may read it. private: the whole of it without any name, to be
    handed on to others.
    """

    at: float
    level: LogLevel
    text: str
    private: str
