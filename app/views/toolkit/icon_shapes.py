"""The shapes of all icons, in a square of 24 units: filled polygons and lines of two units."""

import math
from types import MappingProxyType

SIDE = 24  # units
Shape = tuple[tuple[float, float], ...]


def _triangle(left: float, right: float) -> Shape:
    return ((left, 4), (right, 12), (left, 20))


def _box(left: float, top: float, right: float, bottom: float) -> Shape:
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def _frame(left: float, top: float, right: float, bottom: float) -> Shape:
    return (*_box(left, top, right, bottom), (left, top))


def _arc(x: float, y: float, radius: float, start: float = 0, end: float = 360) -> Shape:
    """Return points every 15 degrees of a circle; 0 is at the right, 90 at the bottom."""
    steps = max(round(abs(end - start) / 15), 1)
    turns = [math.radians(start + (end - start) * n / steps) for n in range(steps + 1)]
    return tuple((x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns)


def _mirrored(shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    return tuple(tuple((SIDE - x, y) for x, y in shape) for shape in shapes)


# Points (x, y) in a square of SIDE units, drawn by hand.
_NEXT = (_triangle(9, 18),)
_FORWARD = (_triangle(4, 12), _triangle(12, 20))
_LAST = (_triangle(5, 15), _box(16, 4, 19, 20))
_UNDO_HEAD = (((9, 2), (2, 8), (9, 14)),)
_UNDO_TAIL = (((6, 8), (14, 8), *_arc(14, 14, 6, -90, 90), (8, 20)),)
_POLYGON = ((5, 6), (16, 3), (21, 12), (14, 21), (4, 17), (5, 6))
_LASSO = (*_arc(12, 9, 9, 60, 405), (10, 17), (13, 22))
_BRUSH = ((21, 3), (11, 13))
_EYE = (
    tuple((12 + (x - 12) * 1.2, y) for x, y in _arc(12, 18, 11, 215, 325)),
    tuple((12 + (x - 12) * 1.2, y) for x, y in _arc(12, 6, 11, 35, 145)),
    _arc(12, 12, 3),
)

FILLED: MappingProxyType[str, tuple[Shape, ...]] = MappingProxyType(
    {
        "next": _NEXT,
        "previous": _mirrored(_NEXT),
        "forward": _FORWARD,
        "back": _mirrored(_FORWARD),
        "last": _LAST,
        "first": _mirrored(_LAST),
        "play": (_triangle(6, 20),),
        "pause": (_box(6, 4, 10, 20), _box(14, 4, 18, 20)),
        "stop": (_box(6, 6, 18, 18),),
        "loop": (((16, 1), (22, 6), (16, 11)), ((8, 13), (2, 18), (8, 23))),
        "undo": _UNDO_HEAD,
        "redo": _mirrored(_UNDO_HEAD),
        "click": (((5, 2), (5, 19), (9.5, 15), (12.5, 22), (15.5, 20.5), (12.5, 14), (18.5, 13.5)),),
        "outlines": tuple(_box(x - 2.5, y - 2.5, x + 2.5, y + 2.5) for x, y in _POLYGON),
        "sheet": tuple(_box(x, y, x + 5, y + 5) for x in (2, 9.5, 17) for y in (2, 9.5, 17)),
        "propagate": (((7, 6), (1, 12), (7, 18)), ((17, 6), (23, 12), (17, 18)), _box(10.5, 4, 13.5, 20)),
        "brush": (((11, 11), (14, 14), *_arc(8, 17, 4, 0, 120), (2, 22), *_arc(8, 17, 4, 180, 290)),),
        "eraser": (((9, 20), (2, 13), (8, 7), (15, 14)),),
        "ball": (_arc(9, 9, 3),),
        "contrast": (_arc(12, 12, 9, 90, 270),),
        "keep_piece": (_arc(12, 12, 3),),
        "locked": (_box(5, 11, 19, 21),),
    }
)
LINES: MappingProxyType[str, tuple[Shape, ...]] = MappingProxyType(
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
            _frame(9, 9, 15, 15),
        ),
        "check": (((4, 13), (10, 19), (20, 6)),),
        "undo": _UNDO_TAIL,
        "redo": _mirrored(_UNDO_TAIL),
        "outlines": (_POLYGON,),
        "polygon": (_POLYGON, ((12, 8), (12, 16)), ((8, 12), (16, 12))),
        "box": (_frame(3, 5, 21, 19),),
        "rectangle": (_frame(3, 5, 21, 19), ((12, 8), (12, 16)), ((8, 12), (16, 12))),
        "scribble": (((2, 17), (6, 8), (9, 16), (13, 6), (15, 17), (18, 10), (22, 14)),),
        "lasso": (_LASSO,),
        "find_lasso": (_arc(10, 10, 8, 0, 300), ((17, 15), (17, 23)), ((13, 19), (21, 19))),
        "diameter": (_arc(12, 12, 9), ((5.6, 18.4), (18.4, 5.6))),
        "brush": (_BRUSH,),
        "eraser": (((9, 20), (2, 13), (14, 2), (21, 9), (9, 20)), ((8, 20), (22, 20))),
        "ball": (_arc(12, 12, 9), tuple((x, 12 + (y - 12) / 3) for x, y in _arc(12, 12, 9, 0, 180))),
        "cut": (((8, 8), (20, 20)), ((8, 16), (20, 4)), _arc(5.5, 5.5, 3), _arc(5.5, 18.5, 3)),
        "merge": (((4, 4), (12, 12), (20, 4)), ((12, 12), (12, 21)), ((8, 17), (12, 21), (16, 17))),
        "fill": (_arc(12, 12, 9), _arc(12, 12, 3), ((12, 3), (12, 9)), ((12, 15), (12, 21))),
        "keep_piece": (_arc(12, 12, 9),),
        "range": (((3, 21), (3, 12), (8, 12), (8, 5), (13, 5), (13, 15), (21, 15)), ((2, 21), (22, 21))),
        "ruler": (((3, 16), (16, 3), (21, 8), (8, 21), (3, 16)), ((8, 11), (11, 14)), ((12, 7), (15, 10))),
        "angle": (((20, 20), (3, 20), (15, 4)), _arc(3, 20, 11, -53, 0)),
        "cube": (
            ((12, 2), (21, 7), (21, 17), (12, 22), (3, 17), (3, 7), (12, 2)),
            ((3, 7), (12, 12), (21, 7)),
            ((12, 12), (12, 22)),
        ),
        "linked": (_frame(3, 3, 21, 21), ((13, 3), (13, 21)), ((13, 12), (21, 12))),
        "contrast": (_arc(12, 12, 9),),
        "doubt": (_arc(10, 10, 7), ((15, 15), (22, 22)), ((10, 6), (10, 11)), ((10, 13), (10, 14))),
        "verify": (
            ((12, 2), (20, 5), (20, 12), (12, 22), (4, 12), (4, 5), (12, 2)),
            ((8, 10), (11, 14), (16, 7)),
        ),
        "eye": _EYE,
        "eye_off": (*_EYE, ((4, 21), (20, 3))),
        "unlocked": (_frame(5, 11, 19, 21), ((8, 11), (8, 8), *_arc(12, 7, 4, 180, 330))),
        "locked": (((8, 11), (8, 8), *_arc(12, 7, 4, 180, 360), (16, 11)),),
    }
)
NAMES = tuple(sorted({*FILLED, *LINES}))
