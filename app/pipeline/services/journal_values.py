"""Values of the journal besides edits: as plain data, and back."""

import math
import zlib
from typing import Any, Final, TypeGuard, get_args

from app.domain.annotation import Window
from app.messages.events import PropagationRequested
from app.messages.events.event import PropagationDirection

_MOST_FRAMES: Final = 2**24  # a week at 25 a second; a few bytes may stand for any number


def seen_to_wire(seen: bytes | bytearray) -> bytes:
    """Return which frames were looked at, one byte each, compressed for the journal."""
    return zlib.compress(seen, 1)


def seen_from_wire(wire: object) -> bytes:
    """Return which frames were looked at; b"" where that is damaged or was never written."""
    try:
        return zlib.decompressobj().decompress(wire, _MOST_FRAMES) if isinstance(wire, bytes) else b""
    except zlib.error:
        return b""


def window_to_wire(window: Window | None) -> list[float] | None:
    """Return a window as plain data for the journal."""
    return None if window is None else [window.width, window.center]


def window_from_wire(wire: object) -> Window | None:
    """Return the window of a list that window_to_wire made, None for anything else."""
    match wire:
        case [int() | float() as width, int() | float() as center] if math.isfinite(width + center):
            return Window(width, center)
    return None


def request_to_wire(request: PropagationRequested) -> list[Any]:
    """Return a requested propagation as plain data for the journal."""
    flags = request.prefetch, request.force, request.over_cuts, request.crossed
    return [request.start, request.stop, request.direction, request.objects, *flags]


def request_from_wire(wire: object) -> PropagationRequested | None:
    """Return the request of a list that request_to_wire made, None for anything else."""
    match wire:
        case [
            int() | None as start,
            int() | None as stop,
            str(named),
            list(objects),
            prefetch,
            force,
            *newer,
        ]:
            # Earlier versions did not write them.
            over_cuts, crossed = newer if len(newer) == 2 else (False, [])
            direction = next((one for one in get_args(PropagationDirection) if one == named), None)
            if direction is None or not _are_numbers(objects) or not _are_numbers(crossed):
                return None
            flags = bool(prefetch), bool(force), bool(over_cuts)
            return PropagationRequested(start, stop, direction, tuple(objects), *flags, tuple(crossed))
    return None


def _are_numbers(wire: object) -> TypeGuard[list[int]]:
    return isinstance(wire, list) and all(isinstance(number, int) for number in wire)
