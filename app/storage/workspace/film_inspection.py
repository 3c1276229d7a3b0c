"""Which frames of a film the networks look at: not all, but such that they miss nothing that anybody could read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import SequenceError
from app.domain.finding import Finding, join_findings
from app.imaging.strong_contrast import has_new_contrast, strong_blocks

Findings = tuple[Finding, ...]

# Frames after which one is looked at whatever it shows: about a second. Networks take a tenth of a second for 640x480
# and half a second for 1920x1080 on one core, and texts that a machine burns in stand still.
_STEADY: Final = 25
# Seconds after which one is looked at where there is new contrast all the time, as where the camera moves. Chosen by
# hand: nobody reads a name in less, and looking costs about what writing the frames as PNG does.
_UNSTEADY: Final = 0.6
_RATE: Final = 25.0  # frames a second of a film that does not say
_FACE_FRAMES: Final = (
    3  # between two looks that show a face at one place: people move, machines' texts do not
)


class Seen(NamedTuple):
    """What is on a frame."""

    frame: int
    found: Findings
    is_exact: bool = True  #: False for what is on the frames before and after, and so somewhere on this one


@dataclass(slots=True)
class _LookedAt:
    """A frame of which it is known what it shows."""

    frame: int
    found: Findings
    blocks: NDArray[np.uint8] | None  #: where it has strong contrast, None until that is asked for


class FilmInspection:
    """Looks at a frame where strong contrast appears, and less often where that is so all the time.

    Where two looks show the same at the same places, so do the frames between them. Otherwise the middle one of these
    is looked at, and so on: what stands for as long as two looks are apart is found on every frame that shows it. Where
    something moves or flickers, that is every frame; to know which frames show anything, fewer are enough.
    """

    def __init__(
        self,
        read: Callable[[int], NDArray[np.uint8]],
        inspect: Callable[[NDArray[np.uint8]], Findings],
        known: Callable[[int], Findings | None],
        fps: float | None,
        *,
        exact: bool,
    ) -> None:
        """known: returns what is known of a frame already. exact: whether to tell where things are on each frame."""
        self._read, self._inspect, self._known, self._exact = read, inspect, known, exact
        self._longest = min(_STEADY, max(1, round((fps or _RATE) * _UNSTEADY)))
        self._patience = 1  #: frames from one look to the next where there is new contrast
        self._last = _LookedAt(-_STEADY, (), None)
        self._is_new = False  #: whether the frame read last has contrast that the last look had not

    def look(self, frames: Sequence[int], *, skip_damaged: bool) -> Iterator[Seen]:
        """Yield what is on frames, which ascend. Raises what reading raises.

        skip_damaged: leave out frames that cannot be decoded.
        """
        self._last = _LookedAt(-_STEADY, (), None)
        waiting: list[int] = []
        for frame in frames:
            try:
                now = self._look_if_due(frame)
            except SequenceError:
                if not skip_damaged:
                    raise
                continue
            waiting.append(frame)
            if now is not None:
                yield from self._finish(waiting, now)
                waiting = []
        if waiting:
            must_look = self._is_new or _has_face(self._last.found)
            found = self._find(waiting[-1]) if must_look else self._last.found
            yield from self._finish(waiting, _LookedAt(waiting[-1], found, None))

    def _look_if_due(self, frame: int) -> _LookedAt | None:
        """Return what a frame shows if that is known, or if it is time to find out."""
        known = self._known(frame)
        if known is not None:
            return _LookedAt(frame, known, None)
        image = self._read(frame)
        blocks = strong_blocks(image)
        return _LookedAt(frame, self._inspect(image), blocks) if self._is_due(frame, blocks) else None

    def _is_due(self, frame: int, blocks: NDArray[np.uint8]) -> bool:
        last, passed = self._last, frame - self._last.frame
        if last.frame >= 0:
            last.blocks = strong_blocks(self._read(last.frame)) if last.blocks is None else last.blocks
            self._is_new = has_new_contrast(last.blocks, blocks)
        if self._is_new and self._patience <= passed < _STEADY:
            self._patience = min(2 * self._patience, self._longest)
            return True
        if passed >= _STEADY:
            self._patience = 1
        return passed >= _STEADY

    def _finish(self, frames: Sequence[int], now: _LookedAt) -> Iterator[Seen]:
        """Yield frames, the last of which was looked at."""
        yield from self._between(frames[:-1], self._last.found, now.found)
        yield Seen(now.frame, now.found)
        self._last = now

    def _between(self, frames: Sequence[int], before: Findings, after: Findings) -> Iterator[Seen]:
        """Yield the frames between two looks."""
        if not frames:
            return
        joined = join_findings(before, after)
        if joined is not None and (frames[-1] - frames[0] < _FACE_FRAMES or not _has_face(joined)):
            yield from (Seen(frame, joined) for frame in frames)
            return
        if before and after and not self._exact:
            yield from (Seen(frame, (*before, *after), is_exact=False) for frame in frames)
            return
        middle = len(frames) // 2
        found = self._find(frames[middle])
        yield from self._between(frames[:middle], before, found)
        yield Seen(frames[middle], found)
        yield from self._between(frames[middle + 1 :], found, after)

    def _find(self, frame: int) -> Findings:
        return self._inspect(self._read(frame))


def _has_face(found: Findings) -> bool:
    return any(one.kind == "face" for one in found)
