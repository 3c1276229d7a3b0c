"""Values of the journal besides edits: as plain data, and back."""

from __future__ import annotations

import zlib
from typing import Any

from app.domain.annotation import Window
from app.messages.events import PropagationRequested


def seen_to_wire(seen: bytes | bytearray) -> bytes:
    """Return which frames were looked at, one byte each, compressed for the journal."""
    return zlib.compress(seen, 1)


def seen_from_wire(wire: bytes) -> bytes:
    """Return which frames were looked at; b"" where that is damaged or was never written."""
    try:
        return zlib.decompress(wire) if wire else b""
    except zlib.error:
        return b""


def window_to_wire(window: Window | None) -> list[float] | None:
    """Return a window as plain data for the journal."""
    return None if window is None else [window.width, window.center]


def window_from_wire(wire: list[float] | None) -> Window | None:
    """Return the window of a list that window_to_wire made."""
    return None if wire is None else Window(*wire)


def request_to_wire(request: PropagationRequested) -> list[Any]:
    """Return a requested propagation as plain data for the journal."""
    flags = request.prefetch, request.force, request.over_cuts, request.crossed
    return [request.start, request.stop, request.direction, request.objects, *flags]


def request_from_wire(wire: list[Any]) -> PropagationRequested:
    """Return the request of a list that request_to_wire made."""
    start, stop, direction, objects, prefetch, force, *newer = wire
    over_cuts, crossed = newer or (False, ())  # Which earlier versions did not write.
    return PropagationRequested(
        start, stop, direction, tuple(objects), prefetch, force, over_cuts, tuple(crossed)
    )
