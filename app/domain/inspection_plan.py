"""Which frames are looked over for text and faces before anybody exports them. Pure."""

from collections.abc import Iterable
from typing import Final

from app.domain.annotation import SequenceInfo

#: Texts that a machine burns in stand for seconds, so that these tell soon whether there are any.
_SECONDS: Final = 2.0
_RATE: Final = 25.0  # frames a second of a film that does not say


def frames_to_inspect(info: SequenceInfo, cuts: Iterable[int]) -> tuple[int, ...]:
    """Return the frames to look at first, in order: of a film some of each shot and the last, of anything else all."""
    if info.kind != "video":
        return tuple(range(info.frames))
    step = max(1, round((info.fps or _RATE) * _SECONDS))
    chosen = {*range(0, info.frames, step), *cuts, info.frames - 1}
    return tuple(sorted(frame for frame in chosen if 0 <= frame < info.frames))
