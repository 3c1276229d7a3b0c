"""What a script may hand to the headless interface. Each check raises UsageError naming the value."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Color, SequenceInfo
from app.domain.errors import UsageError
from app.messages.events import PropagationDirection


def check_click(info: SequenceInfo, x: float, y: float) -> None:
    """Refuse a click that is on no pixel."""
    if not (-0.5 <= x < info.width - 0.5 and -0.5 <= y < info.height - 0.5):
        raise UsageError(
            "The click is outside the picture.",
            subject=f"({x:g}, {y:g})",
            remedy=f"x runs from 0 to {info.width - 1}, y from 0 to {info.height - 1}.",
        )


def check_color(color: Color | None) -> None:
    """Refuse what is no red, green and blue of 8 bits."""
    if color is not None and not (len(color) == 3 and all(0 <= part <= 255 for part in color)):
        raise UsageError("This is no colour.", subject=color, remedy="Give three numbers from 0 to 255.")


def check_threshold(value: float) -> None:
    """Refuse what is no share of 1."""
    if not 0 <= value <= 1:
        raise UsageError("This is no threshold.", subject=value, remedy="Give a number from 0 to 1.")


def check_propagation(direction: str, objects: Collection[int], known: Collection[int]) -> None:
    """Refuse a direction that there is not, and objects that there are not."""
    ways = get_args(PropagationDirection)
    if direction not in ways:
        raise UsageError(
            "There is no such direction.", subject=direction, remedy=f"Choose one of {', '.join(ways)}."
        )
    strangers = sorted(set(objects) - set(known))
    if strangers:
        raise UsageError("There is no such object.", subject=", ".join(map(str, strangers)))


def locked() -> UsageError:
    """What to say of a mask that a person has verified."""
    return UsageError("This mask is verified and locked.", remedy="Call verify with verified=False.")


def as_mask(mask: Any, info: SequenceInfo, frame: int) -> NDArray[np.bool_]:
    """Return a mask as bool (h, w): of an array or nested lists, set where it is not 0."""
    array = np.asarray(mask, bool)
    if array.shape != (info.height, info.width):
        raise UsageError(
            f"The mask is {array.shape}, the frames are {(info.height, info.width)}.",
            subject=f"frame {frame}",
        )
    return array
