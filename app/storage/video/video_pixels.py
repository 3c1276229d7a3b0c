"""Decoded pictures as RGB arrays, the right way up."""

from dataclasses import dataclass

import cv2
import numpy as np
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

UPRIGHT = (1, 0, 0, 1)  # a, b, c, d of the identity


@dataclass(frozen=True, slots=True)
class DisplayTransform:
    """Turn of a picture for display: transposed, then mirrored. No other turn keeps its pixels."""

    transpose: bool = False
    mirror_x: bool = False
    mirror_y: bool = False

    def apply(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the turned image, uint8 (h, w, 3); the same array when there is nothing to turn."""
        if self.transpose:
            image = cv2.transpose(image).astype(np.uint8, copy=False)
        if self.mirror_x or self.mirror_y:
            code = -1 if self.mirror_x and self.mirror_y else int(self.mirror_x)
            image = cv2.flip(image, code).astype(np.uint8, copy=False)
        return image


class RgbConverter:
    """Turns decoded pictures into RGB with FFmpeg's swscale, at the size they are stored in.

    The colour matrix and range are those that the stream names. Where it names none, BT.601 limited
    range is taken, as every program built on FFmpeg does, so that frames taken from the same file
    elsewhere have the same pixels. Interlaced pictures stay woven, non-square pixels stay non-square,
    alpha is left out, and deeper samples are brought to 8 bits.
    """

    def __init__(self, turn: DisplayTransform) -> None:
        """Turn every picture the same way."""
        self._turn = turn
        self._swscale = VideoReformatter()

    def to_rgb(self, picture: VideoFrame) -> NDArray[np.uint8]:
        """Return uint8 (h, w, 3) RGB, turned; the caller owns it."""
        converted = self._swscale.reformat(picture, format="rgb24", threads=1)
        rgb = np.asarray(converted.to_ndarray(), np.uint8)
        turned = np.ascontiguousarray(self._turn.apply(rgb))
        # A picture that was RGB already is the decoder's own memory.
        return turned.copy() if converted is picture else turned


def display_transform(picture: VideoFrame) -> DisplayTransform:
    """Return the turn that the display matrix asks for, to the nearest right angle.

    The matrix holds a b u c d v x y w as 16.16 fixed point, row by row, and takes a point (p, q) of the
    stored picture to (a p + c q, b p + d q) (ISO/IEC 14496-12, section 8.3.2).
    """
    a, b, c, d = _matrix(picture)
    if abs(b) + abs(c) > abs(a) + abs(d):
        return DisplayTransform(True, c < 0, b < 0)
    return DisplayTransform(False, a < 0, d < 0)


def is_oblique(picture: VideoFrame) -> bool:
    """Whether the display matrix asks for an angle that is not a right one."""
    a, b, c, d = _matrix(picture)
    low, high = sorted((abs(a) + abs(d), abs(b) + abs(c)))
    return low > high / 50


def transformed_size(picture: VideoFrame, turn: DisplayTransform) -> tuple[int, int]:
    """Return (width, height) in pixels after turning."""
    size = picture.width, picture.height
    return size[::-1] if turn.transpose else size


def _matrix(picture: VideoFrame) -> tuple[int, ...]:
    """Return a, b, c and d; looking at a picture's side data ties it to itself until garbage collection."""
    data = picture.side_data.get(Type.DISPLAYMATRIX)  # type: ignore[call-overload]
    if data is None:
        return UPRIGHT
    numbers = np.frombuffer(data, np.int32)
    if len(numbers) < 9:
        return UPRIGHT
    matrix = tuple(int(numbers[i]) for i in (0, 1, 3, 4))
    return matrix if any(matrix) else UPRIGHT
