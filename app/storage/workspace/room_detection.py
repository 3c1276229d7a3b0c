"""Finds frames of a colour endoscopy on which the scope is outside the body, where people and names may be seen."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import SequenceError
from app.domain.finding import Finding
from app.imaging.body_colors import LEAST_FOREIGN, BodyColors, body_colors, foreign_limit
from app.storage.source import FrameSource

_SAMPLES: Final = 8  # frames that tell whether a film is an endoscopy; chosen by hand: each is a seek
_ENOUGH: Final = 3  # of them that tell that it is none, where not one is from within a body; chosen by hand


class RoomDetector:
    """Compares the colours of frames of a film with those that most of its frames have."""

    def __init__(self, source: FrameSource) -> None:
        """source: a film."""
        self._source = source

    def find(self, image: NDArray[np.uint8]) -> tuple[Finding, ...]:
        """Return a box of the whole picture uint8 (h, w, 3) RGB where it shows the room, else nothing."""
        foreign = body_colors(image).foreign
        if foreign <= LEAST_FOREIGN or self._limit is None or foreign <= self._limit:
            return ()
        return (Finding(0, 0, image.shape[1], image.shape[0], "room"),)

    @cached_property
    def _limit(self) -> float | None:
        """Share of foreign colours that a frame from within the body does not have; None where no film is judged by.

        Frames at which decoding begins are judged by first: any other costs decoding all before it.
        """
        from app.storage.video.video_source import VideoSource  # loads PyAV, which the window does without

        count, film = self._source.info.frames, self._source
        parts = [(n * count // _SAMPLES, (n + 1) * count // _SAMPLES) for n in range(_SAMPLES)]
        begins = [film.begin_of_segment(*part) if isinstance(film, VideoSource) else None for part in parts]
        found = list(self._colors(begin for begin in begins if begin is not None))
        if len(found) >= _ENOUGH and not any(one.is_inside for one in found):
            return None
        middles = (sum(part) // 2 for part, begin in zip(parts, begins, strict=True) if begin is None)
        for colors in self._colors(middles):
            found.append(colors)
            if sum(not one.is_inside for one in found) > _SAMPLES / 2:
                return None
        return foreign_limit(found)

    def _colors(self, frames: Iterable[int]) -> Iterator[BodyColors]:
        for frame in frames:
            with suppress(SequenceError):  # what cannot be decoded tells nothing
                yield body_colors(self._source.read(frame))
