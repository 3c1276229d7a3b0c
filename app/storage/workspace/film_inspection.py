"""Which frames of a film the networks look at: not all, but such that they miss nothing that anybody could read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import SequenceError
from app.domain.finding import Finding, join_findings
from app.imaging.standing_contrast import StandingContrast, TextPixels

Findings = tuple[Finding, ...]

# Seconds after which a frame is looked at whatever it shows: for texts that move with the scene. Networks take a tenth
# of a second for 640x480 and half a second for 1920x1080 on one core.
_LONGEST: Final = 3.0
_LONGEST_STILL: Final = 8.0  # the same where nothing happens
# The same where faces or the room were found, and for a while after a cut: people come and go.
_LONGEST_WARY: Final = 1.0
_WARY: Final = 10.0  # seconds after a cut; chosen by hand
# Seconds for which new contrast has stood until it is looked at, and until then where such looks found nothing: each
# doubles the time. A name is not read in less than the most.
_STANDING: Final = 0.2
_MOST_STANDING: Final = 0.6
# Seconds after which faces and the room are looked for where something happens. At 1.0 the one of 5 clips with people
# in which a face passes by was missed.
_GLANCE: Final = 0.6
_RATE: Final = 25.0  # frames a second of a film that does not say
_FACE_FRAMES: Final = (
    3  # between two looks that show a face at one place: people move, machines' texts do not
)


class Seen(NamedTuple):
    """What is on a frame."""

    frame: int
    found: Findings
    is_exact: bool = True  #: False for what is on the frames before and after, and so somewhere on this one


@dataclass(frozen=True, slots=True)
class _LookedAt:
    """A frame of which it is known what it shows."""

    frame: int
    found: Findings
    texts: tuple[TextPixels, ...] = ()  #: those of its texts that can be known again without a network

    @property
    def is_all_text(self) -> bool:
        """Whether it shows something, all of which can be known again."""
        return bool(self.found) and len(self.texts) == len(self.found)


class FilmInspection:
    """Looks at a frame where strong contrast has come to stand, at cuts, and else every three seconds.

    Where two looks show the same at the same places, so do the frames between them. Otherwise the middle one of these
    is looked at, and so on. A text whose pixels are still there needs no second look, and is found where the network
    misses it once. So what stands for as long as two looks are apart is found on every frame that shows it. Where
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
        glance: Callable[[NDArray[np.uint8]], Findings] = lambda image: (),
    ) -> None:
        """known: returns what is known of a frame already. exact: whether to tell where things are on each frame.

        glance: finds all but texts, which takes less time than inspect.
        """
        self._read, self._inspect, self._known, self._exact = read, inspect, known, exact
        self._glance, self._glanced_at = glance, 0
        self._fps = fps or _RATE
        self._contrast = StandingContrast()
        self._patience = self._frames(_STANDING)  #: frames for which new contrast has to stand
        self._last: _LookedAt | None = None
        self._wary_until = 0

    def look(self, frames: Sequence[int], *, skip_damaged: bool) -> Iterator[Seen]:
        """Yield what is on frames, which ascend. Raises what reading raises.

        skip_damaged: leave out frames that cannot be decoded.
        """
        self._contrast, self._last = StandingContrast(), None
        self._glanced_at = self._wary_until = 0
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
        if waiting and self._last is not None:
            must_look = self._contrast.has_new(0) or _has_face(self._last.found)
            now = self._look_at(waiting[-1]) if must_look else replace(self._last, frame=waiting[-1])
            yield from self._finish(waiting, now)

    def _frames(self, seconds: float) -> int:
        return max(1, round(self._fps * seconds))

    def _look_if_due(self, frame: int) -> _LookedAt | None:
        """Return what a frame shows if that is known, or if it is time to find out."""
        known = self._known(frame)
        if known is not None:
            return _LookedAt(frame, known)
        image = self._read(frame)
        self._contrast.add(frame, image)
        if not (self._is_due(frame) or self._has_come(frame, image)):
            return None
        self._glanced_at = frame
        self._contrast.note_look()
        found = self._inspect(image)
        texts = [pixels for one in found if (pixels := self._pixels_of(one)) is not None]
        return self._with_texts(_LookedAt(frame, found, tuple(texts)), image, self._last)

    def _pixels_of(self, one: Finding) -> TextPixels | None:
        return self._contrast.pixels_of(one) if one.kind == "text" else None

    def _is_due(self, frame: int) -> bool:
        if self._contrast.is_cut:
            self._wary_until = frame + self._frames(_WARY)
        if self._last is None:
            return True
        passed = frame - self._last.frame
        is_wary = frame < self._wary_until or any(one.kind != "text" for one in self._last.found)
        longest = self._frames(_LONGEST_WARY if is_wary else _LONGEST)
        if passed >= longest and (
            is_wary or passed >= self._frames(_LONGEST_STILL) or self._contrast.has_moved
        ):
            self._patience = self._frames(_STANDING)
            return True
        if passed >= self._patience and self._contrast.has_new(self._frames(_STANDING)):
            self._patience = min(2 * self._patience, self._frames(_MOST_STANDING))
            return True
        return self._contrast.is_cut and passed >= self._frames(_STANDING)

    def _has_come(self, frame: int, image: NDArray[np.uint8]) -> bool:
        """Whether people or the room have come or gone since the last look, as far as a glance tells now and then."""
        if frame - self._glanced_at < self._frames(_GLANCE) or not self._contrast.has_moved:
            return False
        self._glanced_at = frame
        before = [one for one in self._last.found if one.kind != "text"] if self._last is not None else []
        return join_findings(before, self._glance(image)) is None

    def _finish(self, frames: Sequence[int], now: _LookedAt) -> Iterator[Seen]:
        """Yield frames, the last of which was looked at."""
        if self._last is not None:
            yield from self._between(frames[:-1], self._last, now)
        yield Seen(now.frame, now.found)
        self._last = now

    def _between(self, frames: Sequence[int], before: _LookedAt, after: _LookedAt) -> Iterator[Seen]:
        """Yield the frames between two looks."""
        if not frames:
            return
        joined = join_findings(before.found, after.found)
        if joined is not None and (frames[-1] - frames[0] < _FACE_FRAMES or not _has_face(joined)):
            yield from (Seen(frame, joined) for frame in frames)
            return
        if before.found and after.found and not self._exact:
            yield from (Seen(frame, (*before.found, *after.found), is_exact=False) for frame in frames)
            return
        middle = len(frames) // 2
        now = self._look_at(frames[middle], before, after)
        yield from self._between(frames[:middle], before, now)
        yield Seen(now.frame, now.found)
        yield from self._between(frames[middle + 1 :], now, after)

    def _look_at(self, frame: int, *near: _LookedAt) -> _LookedAt:
        """Return what a frame between two looks shows: without the networks where all texts of both are on it."""
        image = self._read(frame)
        there = self._with_texts(_LookedAt(frame, ()), image, *near)
        shown = [one for side in near for one in side.found]
        is_all_text = bool(near) and all(side.is_all_text or not side.found for side in near)
        if is_all_text and all(_has(there, one) for one in shown):
            return there
        return self._with_texts(_LookedAt(frame, self._inspect(image)), image, *near)

    @staticmethod
    def _with_texts(now: _LookedAt, image: NDArray[np.uint8], *near: _LookedAt | None) -> _LookedAt:
        """Return a look with those texts of looks near it whose pixels are on it too."""
        for look in near:
            for pixels in look.texts if look is not None else ():
                if not _has(now, pixels.text) and pixels.are_on(image):
                    now = replace(now, found=(*now.found, pixels.text), texts=(*now.texts, pixels))
        return now


def _has(look: _LookedAt, one: Finding) -> bool:
    return any(one.is_inside(other) for other in look.found)


def _has_face(found: Findings) -> bool:
    return any(one.kind == "face" for one in found)
