"""Tells whether a part of a picture holds letters."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.inspecting.paddle_ocr import PaddleOcrNetwork

_HEIGHT: Final = 48  # pixels of a line, as the network was trained
_WIDTHS: Final = 160  # pixels: widths are filled up to a multiple, since each new one has to be prepared
_LONGEST: Final = 960
_UPRIGHT: Final = 1.5  # times as high as wide: a line that runs upwards
# Found with tool/dev/drawn_text: of 143 drawn texts, Cyrillic ones too, which the network cannot read, the least had 5
# letters of a mean probability of 0.28; folds, glottises and calcifications had at most one below 0.75.
_LEAST_LETTERS: Final = 2
_LEAST_SURE: Final = 0.25
_ONE_SURE: Final = 0.8
_ONE_HEIGHT: Final = 60  # pixels: a single letter of more is a round thing, such as a cell


class TextReader:
    """PP-OCR's recognition network; what it reads is not looked at, only whether it reads something."""

    def __init__(self, threads: int) -> None:
        """Remember how to load the network, which most pictures do not need."""
        self._threads = threads
        self._network: PaddleOcrNetwork | None = None

    def is_text(self, part: NDArray[np.uint8]) -> bool:
        """Whether uint8 (h, w, 3) RGB shows letters. Raises ModelError."""
        letters = self.read_letters(part)
        if len(letters) < _LEAST_LETTERS:
            return bool(len(letters) and letters[0] >= _ONE_SURE and min(part.shape[:2]) <= _ONE_HEIGHT)
        return float(letters.mean()) >= _LEAST_SURE

    def read_letters(self, part: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return how sure each letter of a line is, in [0, 1]."""
        if self._network is None:
            self._network = PaddleOcrNetwork("ch_PP-OCRv4_rec_infer", self._threads)
        chances = self._network(_line(part))
        best = chances.argmax(1)
        # Connectionist temporal classification: class 0 is a gap, and a class that repeats is one letter.
        starts = (best != 0) & (best != np.concatenate(([0], best[:-1])))
        return np.asarray(chances.max(1)[starts])


def _line(part: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a part as a line of the network's height, filled up with grey, the network's zero."""
    if part.shape[0] > part.shape[1] * _UPRIGHT:
        part = np.ascontiguousarray(np.rot90(part, -1))
    width = min(max(round(part.shape[1] * _HEIGHT / part.shape[0]), 8), _LONGEST)
    line = np.full((_HEIGHT, -(-width // _WIDTHS) * _WIDTHS, 3), 127, np.uint8)
    line[:, :width] = cv2.resize(part, (width, _HEIGHT), interpolation=cv2.INTER_LINEAR)
    return line
