"""Probing as a function, and its failure that is not the candidate's fault."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from app.domain.errors import FramewiseError
from app.pipeline.requests.prober_requests import ProbeResult


class ProbeUnavailable(FramewiseError):
    """Raised when no source can be probed at present."""


ProbeFunction = Callable[[Path], Awaitable[Sequence[ProbeResult]]]
"""Opens a source and returns what is in it. Raises FramewiseError when it cannot be opened."""
