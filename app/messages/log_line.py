"""Lines of the log as views show them. Pure data."""

from dataclasses import dataclass
from typing import Literal

LogLevel = Literal["warning", "error"]


@dataclass(frozen=True, slots=True)
class LogLine:
    """A warning or an error."""

    at: float  #: seconds since 1970
    level: LogLevel
    text: str  #: for the annotator
    private: str  #: the whole line without any name, to be handed on to others
