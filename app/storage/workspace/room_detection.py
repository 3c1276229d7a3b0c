"""Finds frames of a colour endoscopy on which the scope is outside the body, where people and names may be seen."""

from contextlib import suppress
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import SequenceError
from app.domain.finding import Finding
from app.imaging.body_colors import LEAST_FOREIGN, body_colors, foreign_limit
from app.storage.source import FrameSource

_SAMPLES: Final = 8  # frames that tell whether a film is an endoscopy; chosen by hand: each is a seek


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
        """Share of foreign colours that a frame from within the body does not have; None where no film is judged by."""
        found = []
        frames = self._source.info.frames
        for sample in range(_SAMPLES):
            with suppress(SequenceError):  # what cannot be decoded tells nothing
                found.append(body_colors(self._source.read((2 * sample + 1) * frames // (2 * _SAMPLES))))
            if sum(not one.is_inside for one in found) > _SAMPLES / 2:
                return None
        return foreign_limit(found)
