"""The warnings and errors of this run, kept in memory for the annotator to read."""

import logging
from collections import deque
from typing import Final

from app.messages.log_line import LogLevel, LogLine

KEPT: Final = 500  # lines, chosen by hand: more than a person reads


class RecentLog(logging.Handler):
    """Keeps the newest lines. May be asked from any thread.

    count: how many there were in all.
    """

    def __init__(self, formatter: logging.Formatter) -> None:
        """formatter: hides names in what is handed on to others."""
        super().__init__(logging.WARNING)
        self.setFormatter(formatter)
        self._lines: deque[LogLine] = deque(maxlen=KEPT)
        self.count = 0

    @property
    def lines(self) -> tuple[LogLine, ...]:
        """The lines, oldest first."""
        self.acquire()
        try:
            return tuple(self._lines)
        finally:
            self.release()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record as a line."""
        level: LogLevel = "error" if record.levelno >= logging.ERROR else "warning"
        text = record.getMessage()
        error = record.exc_info[1] if record.exc_info else None
        shown = f"{text}: {error}" if error is not None else text
        self._lines.append(LogLine(record.created, level, shown, self.format(record)))
        self.count += 1
