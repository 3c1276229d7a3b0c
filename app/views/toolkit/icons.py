"""Icons, drawn by the program itself so that no font or file is needed."""

from __future__ import annotations

from types import MappingProxyType

import cv2
import dearpygui.dearpygui as dpg
import numpy as np
from numpy.typing import NDArray

SIDE = 24  # pixels
_FINE = 8  # drawn so many times larger, then averaged, for smooth edges

Shape = tuple[tuple[float, float], ...]


def _triangle(left: float, right: float) -> Shape:
    return ((left, 4), (right, 12), (left, 20))


def _bar(left: float, right: float) -> Shape:
    return ((left, 4), (right, 4), (right, 20), (left, 20))


def _mirrored(shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    return tuple(tuple((SIDE - x, y) for x, y in shape) for shape in shapes)


_NEXT = (_triangle(9, 18),)
_FORWARD = (_triangle(4, 12), _triangle(12, 20))
_LAST = (_triangle(5, 15), _bar(16, 19))
_FILLED: MappingProxyType[str, tuple[Shape, ...]] = MappingProxyType(
    {
        "next": _NEXT,
        "previous": _mirrored(_NEXT),
        "forward": _FORWARD,
        "back": _mirrored(_FORWARD),
        "last": _LAST,
        "first": _mirrored(_LAST),
        "play": (_triangle(6, 20),),
        "pause": (_bar(6, 10), _bar(14, 18)),
        "stop": (((6, 6), (18, 6), (18, 18), (6, 18)),),
        "loop": (((16, 1), (22, 6), (16, 11)), ((8, 13), (2, 18), (8, 23))),
    }
)
_LINES: MappingProxyType[str, tuple[Shape, ...]] = MappingProxyType(
    {
        "loop": (((3, 12), (3, 6), (17, 6)), ((21, 12), (21, 18), (7, 18))),
        "close": (((6, 6), (18, 18)), ((18, 6), (6, 18))),
        "add": (((12, 5), (12, 19)), ((5, 12), (19, 12))),
        "up": (((5, 15), (12, 8), (19, 15)),),
        "down": (((5, 9), (12, 16), (19, 9)),),
        "folder": (((3, 19), (3, 6), (9, 6), (11, 8), (21, 8), (21, 19), (3, 19)),),
        "file": (((6, 3), (14, 3), (18, 7), (18, 21), (6, 21), (6, 3)),),
        "home": (((3, 12), (12, 4), (21, 12)), ((6, 10), (6, 20), (18, 20), (18, 10))),
        "close_up": (
            ((3, 8), (3, 3), (8, 3)),
            ((16, 3), (21, 3), (21, 8)),
            ((21, 16), (21, 21), (16, 21)),
            ((8, 21), (3, 21), (3, 16)),
            ((9, 9), (15, 9), (15, 15), (9, 15), (9, 9)),
        ),
        "check": (((4, 13), (10, 19), (20, 6)),),
    }
)
NAMES = tuple(sorted({*_FILLED, *_LINES}))


def draw_icon(name: str) -> NDArray[np.float32]:
    """Return an icon, float32 (24, 24, 4): white, its shape in alpha."""
    fine = np.zeros((SIDE * _FINE, SIDE * _FINE), np.uint8)
    for shape in _FILLED.get(name, ()):
        cv2.fillPoly(fine, [_points(shape)], 255)
    for shape in _LINES.get(name, ()):
        cv2.polylines(fine, [_points(shape)], False, 255, 2 * _FINE)
    alpha = cv2.resize(fine, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    icon = np.ones((SIDE, SIDE, 4), np.float32)
    icon[..., 3] = alpha
    return icon


def load_icons() -> dict[str, int]:
    """Make a texture of each icon and return their items by name."""
    with dpg.texture_registry():
        return {
            name: int(dpg.add_static_texture(SIDE, SIDE, draw_icon(name).ravel().tolist())) for name in NAMES
        }


def _points(shape: Shape) -> NDArray[np.int32]:
    return np.array([(x * _FINE, y * _FINE) for x, y in shape], np.int32)
