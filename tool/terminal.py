"""Progress, warnings and exit status of the tools in a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable

from app.domain.errors import FramewiseError


class Progress:
    """A line of progress on a terminal; nothing where standard error is no terminal."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._shown = -1

    def __call__(self, done: int, total: int) -> None:
        """Show how much of the work is done."""
        percent = 100 * done // max(total, 1)
        if sys.stderr.isatty() and percent != self._shown:
            self._shown = percent
            end = "\n" if done >= total else ""
            print(f"\r{self._name}  {percent:3d} %", end=end, file=sys.stderr, flush=True)


def warn(text: str) -> None:
    """Print a warning."""
    print(f"warning: {text}", file=sys.stderr)


def run_tool(work: Callable[[], None]) -> int:
    """Run work and return the exit status. An error that a user can act on is one line, without a trace."""
    try:
        work()
    except FramewiseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    return 0
