"""Frames with verified masks, as tuning uses them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.models.engine import BoolMask, Image


@dataclass(frozen=True, slots=True, eq=False)
class TunedFrame:
    """A frame with verified masks; the picture is read when it is needed."""

    sequence: str  #: of which sequence; a whole one is held out or not
    index: int
    masks: Mapping[int, BoolMask]  #: by object id, bool (h, w), none of them empty
    read: Callable[[], Image]  #: returns uint8 (h, w, 3) RGB
