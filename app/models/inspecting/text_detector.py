"""Finds text in a picture."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from app.imaging.text_boxes import Box, text_boxes
from app.models.inspecting.paddle_ocr import PaddleOcrNetwork
from app.models.inspecting.text_reader import TextReader

_STRIDE: Final = 32  # pixels: the network halves a picture five times
_LEAST_MEAN: Final = 0.5  # probability; as PP-OCR has it
_PIECE: Final = 1536  # pixels of a side from which a picture is cut into pieces: memory grows with their area
# Pixels that neighbouring pieces share, so that a text of up to that height is whole in one
_OVERLAP: Final = 128
# Pixels of the longer side up to which a picture is doubled: its letters are small too
_ENLARGED_TO: Final = 960


class TextDetector:
    """PP-OCR's detection network, and its recognition network to tell letters from what only looks like some."""

    def __init__(self, threads: int) -> None:
        """Load the networks. Raises ModelError."""
        self._network = PaddleOcrNetwork("ch_PP-OCRv4_det_infer", threads)
        self._reader = TextReader(threads)

    def find(self, image: NDArray[np.uint8]) -> list[Box]:
        """Return boxes around the texts of a picture uint8 (h, w, 3) RGB."""
        return [box for box in self.candidates(image) if self._reader.is_text(_cut(image, box))]

    def candidates(self, image: NDArray[np.uint8]) -> list[Box]:
        """Return boxes around what looks like text."""
        factor = 2 if max(image.shape[:2]) * 2 <= _ENLARGED_TO else 1
        if factor > 1:
            image = np.asarray(
                cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC), np.uint8
            )
        found = []
        for top in _starts(image.shape[0]):
            for left in _starts(image.shape[1]):
                for x, y, w, h in self._find_in(image[top : top + _PIECE, left : left + _PIECE]):
                    box = (left + x) // factor, (top + y) // factor, -(-w // factor), -(-h // factor)
                    found.append(box)
        return found

    def _find_in(self, piece: NDArray[np.uint8]) -> list[Box]:
        height, width = piece.shape[:2]
        low, right = -height % _STRIDE, -width % _STRIDE
        padded = cv2.copyMakeBorder(piece, 0, low, 0, right, cv2.BORDER_REPLICATE)
        probability = self._network(np.asarray(padded, np.uint8))[0]
        return text_boxes(np.ascontiguousarray(probability[:height, :width]), _LEAST_MEAN)


def _cut(image: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    x, y, w, h = box
    return image[y : y + h, x : x + w]


def _starts(length: int) -> range:
    """Return where pieces along a side begin."""
    return range(0, max(length - _OVERLAP, 1), _PIECE - _OVERLAP)
