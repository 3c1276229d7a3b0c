"""Where a film has strong contrast that stands still while the rest moves, as burned-in text does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.finding import Finding

Grey = NDArray[np.uint8]
"""(h, w), grey levels, or 255 and 0 for yes and no."""

_STRONG: Final = 60  # grey levels between neighbours; burned-in text is white or black on what is not
# Grey levels that a pixel that stands may change by: noise, and what compression does to it
_SAME: Final = 20
_OTHER: Final = 40  # grey levels from which a pixel is another one than at the last look
_BLOCK: Final = 8  # pixels: a letter of the least height that is looked for, 12, covers two
_FEW: Final = 2  # pixels of a block that stand: a stroke through its corner
_LINE: Final = 3  # blocks side by side, or one above the other: three letters of 12 pixels cover as many
_STILL: Final = 0.005  # share of pixels that change where nothing happens: a face of 20 pixels in 320x240
_AGE: Final = 2  # frames from which a pixel is taken for one of a text that was found
# Mean grey levels between the frames of a cut, and how often as many as between those before
_CUT: Final = 20
_TIMES: Final = 2
_CALMING: Final = 0.7  # of the motion that is remembered, from frame to frame
_SHARE: Final = 0.6  # of a text's pixels that are as they were while it stands; its ground may move


class StandingContrast:
    """Watches a film for contrast that stands and was not there at the last look.

    It takes half a millisecond for a frame of 854x480.
    """

    def __init__(self) -> None:
        """Begin with the next frame."""
        self.is_cut = False  #: whether the last frame is the first one of a shot
        self._frame, self._motion = 0, 255.0  #: the latter in grey levels a frame, of late
        self._grey: Grey | None = None
        self._age: Grey = np.zeros((0, 0), np.uint8)  #: frames for which strong contrast has stood at a pixel
        self._seen: Grey | None = None  #: the frame of the last look

    def add(self, frame: int, image: NDArray[np.uint8]) -> None:
        """Take the next frame, uint8 (h, w, 3) RGB; some between may be left out."""
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        before, self._grey = self._grey, np.asarray(grey, np.uint8)
        passed, self._frame = frame - self._frame, frame
        if before is None or before.shape != grey.shape:
            self._age, self._seen, self.is_cut = np.zeros_like(self._grey), None, before is not None
            return
        change = cv2.absdiff(grey, before)
        motion = float(cv2.mean(change)[0])
        self.is_cut = motion >= _CUT and motion >= _TIMES * self._motion
        # Some films repeat frames, between which nothing moves.
        self._motion = max(motion, self._motion * _CALMING)
        stands = cv2.bitwise_and(_up_to(change, _SAME), _strong(self._grey))
        # With a number in place of an array, OpenCV takes fifty times as long.
        older = cv2.add(self._age, np.full_like(self._age, min(passed, 255)))
        self._age = np.asarray(cv2.bitwise_and(older, stands), np.uint8)

    def note_look(self) -> None:
        """Note that somebody looks at the last frame."""
        self._seen = self._grey

    def has_new(self, frames: int) -> bool:
        """Whether contrast of a text's size has stood for so many frames that was not there at the last look."""
        new = cv2.bitwise_and(self._changed(), _from(self._age, frames))
        rows, columns = (side // _BLOCK for side in new.shape)
        if not rows or not columns or cv2.countNonZero(new) < _FEW * _LINE:
            return False
        whole = new[: rows * _BLOCK, : columns * _BLOCK]
        mean = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA)
        blocks = (mean >= 255 * _FEW // _BLOCK**2).astype(np.uint8)
        lines = (np.ones((1, _LINE), np.uint8), np.ones((_LINE, 1), np.uint8))
        return any(cv2.erode(blocks, line, borderValue=0).any() for line in lines)

    @property
    def has_moved(self) -> bool:
        """Whether the last frame shows something else than at the last look."""
        changed = self._changed()
        return cv2.countNonZero(changed) > _STILL * changed.size

    def pixels_of(self, text: Finding) -> TextPixels | None:
        """Return the pixels of a text on the last frame that stand, None where too few do to know it again by."""
        assert self._grey is not None
        grey, age = self._grey[text.rows, text.columns], self._age[text.rows, text.columns]
        strong = _strong(grey)
        stands = np.asarray(cv2.bitwise_and(strong, _from(age, _AGE)), np.uint8)
        # Where a film begins, or a shot, nothing has stood for long.
        return TextPixels.of(text, grey, stands) or TextPixels.of(text, grey, strong)

    def _changed(self) -> Grey:
        """Return which pixels of the last frame are others than at the last look."""
        if self._grey is None or self._seen is None:
            return np.full_like(self._age, 255)
        return _from(np.asarray(cv2.absdiff(self._grey, self._seen), np.uint8), _OTHER)


@dataclass(frozen=True, slots=True)
class TextPixels:
    """The pixels of a text by which it is known on other frames."""

    text: Finding
    places: NDArray[np.intp]  #: (2, n), rows and columns within its box
    values: Grey  #: (n,)

    @classmethod
    def of(cls, text: Finding, grey: Grey, stands: Grey) -> Self | None:
        """Take the pixels of a box that stand; None for fewer than a block has."""
        places = np.stack(np.nonzero(stands))
        return cls(text, places, grey[tuple(places)]) if places.shape[1] >= _BLOCK**2 else None

    def are_on(self, image: NDArray[np.uint8]) -> bool:
        """Whether most of them are on another frame, uint8 (h, w, 3) RGB, and as strong there."""
        part = cv2.cvtColor(image[self.text.rows, self.text.columns], cv2.COLOR_RGB2GRAY)
        grey, places = np.asarray(part, np.uint8), tuple(self.places)
        is_same = np.abs(grey[places].astype(np.int16) - self.values) <= _SAME
        return bool((is_same & (_strong(grey)[places] > 0)).mean() >= _SHARE)


def _strong(grey: Grey) -> Grey:
    """Return where neighbours differ much."""
    return _from(
        np.asarray(cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)), np.uint8), _STRONG
    )


def _from(values: Grey, least: int) -> Grey:
    return np.asarray(cv2.threshold(values, least - 1, 255, cv2.THRESH_BINARY)[1], np.uint8)


def _up_to(values: cv2.typing.MatLike, most: int) -> Grey:
    return np.asarray(cv2.threshold(values, most, 255, cv2.THRESH_BINARY_INV)[1], np.uint8)
