"""Frame numbers as they are shown and typed. Pure."""

import re
from typing import Final

from app.domain.annotation import SequenceInfo
from app.domain.frame_order import order_of

# A number, the word or letter before it that says of what, and how many there are, which is not needed.
_NUMBER: Final = re.compile(r"(?:\b(t|time|s|slice)\s*)?(\d+)(?:\s*/\s*\d+)?", re.IGNORECASE)


def frame_text(info: SequenceInfo, frame: int) -> str:
    """Return which frame of how many it is, of a scan over time which time point and slice; all count from 0."""
    order = order_of(info)
    if order.times < 2:
        return f"{frame} / {max(info.frames - 1, 0)}"
    time, index = order.time_of(frame), order.slice_of(frame)
    return f"time {time}/{order.times - 1} · slice {index}/{order.slices - 1}"


def typed_text(info: SequenceInfo, frame: int) -> str:
    """Return what typing a frame begins with."""
    order = order_of(info)
    return str(frame) if order.times < 2 else f"{order.time_of(frame)} {order.slice_of(frame)}"


def typed_frame(info: SequenceInfo, frame: int, text: str) -> int | None:
    """Return the frame that a text means, the nearest there is; None for a text that means none.

    frame: the one that is shown. Of a scan over time "3 12" is time point 3, slice 12; "t 3" and "s 12", or one number
    alone for what the next frame changes, leave the other as it is.
    """
    order = order_of(info)
    found = [(name[:1].lower(), int(number)) for name, number in _NUMBER.findall(text)]
    if not found or len(found) > (2 if order.times > 1 else 1):
        return None
    if order.times < 2:
        return min(found[0][1], max(info.frames - 1, 0))
    if [name for name, _ in found] == [""]:
        found = [("s" if order.along == "space" else "t", found[0][1])]
    elif [name for name, _ in found] == ["", ""]:
        found = [("t", found[0][1]), ("s", found[1][1])]
    said = dict(found)
    if len(said) < len(found) or "" in said:
        return None
    time = min(said.get("t", order.time_of(frame)), order.times - 1)
    return order.frame(time, min(said.get("s", order.slice_of(frame)), order.slices - 1))
