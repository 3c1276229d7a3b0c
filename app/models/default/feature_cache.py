"""Cache of encoder outputs, shared by click model and tracker."""

from __future__ import annotations

import hashlib
import itertools
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.models.default.working_pixels import FRAME_AREA, WorkingFrame, normalise, whole
from app.models.engine import Image
from app.models.runtime.network import Network

Array = NDArray[np.float32]
KEPT = 10
"""Looks whose codes are kept, 3 to 10 MB each: two at most of a picture that is being worked on come from near."""


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """features: at strides 4, 8, 16, 32; embedding: at 8; key: at 16; all float32 (1, c, h, w)."""

    frame: WorkingFrame
    features: tuple[Array, Array, Array, Array]
    embedding: Array
    key: Array


@dataclass(frozen=True, slots=True)
class NumberedImage:
    """A picture that is looked at more than once: uint8 (h, w, 3) RGB that nobody changes, and its number."""

    image: Image
    number: int


class FeatureCache:
    """Codes pictures; a picture coded lately is not coded again, whether for a click or for propagation."""

    def __init__(self, graph: Network) -> None:
        self._graph = graph
        self._recent: OrderedDict[Hashable, EncodedFrame] = OrderedDict()
        self._lock = threading.Lock()
        self._numbers = itertools.count()

    def code(self, image: Image) -> EncodedFrame:
        """Code a whole picture, uint8 (h, w, 3) RGB."""
        frame = WorkingFrame.of(whole(image), FRAME_AREA)
        seen = frame.shrink(image)
        name = hashlib.blake2b(seen.data, digest_size=16)
        name.update(repr(frame).encode())
        return self._known(name.digest()) or self._keep(name.digest(), self._run(seen, frame))

    def picture(self, image: Image) -> NumberedImage:
        """Copy a picture, to look at its parts; they are known by its number, not by their pixels."""
        return NumberedImage(image.copy(), next(self._numbers))

    def look(self, picture: NumberedImage, frame: WorkingFrame) -> EncodedFrame:
        """Code a part of a picture."""
        name = (picture.number, frame)
        return self._known(name) or self._keep(name, self._run(frame.shrink(picture.image), frame))

    def _run(self, seen: Image, frame: WorkingFrame) -> EncodedFrame:
        f4, f8, f16, f32, embedding, key = self._graph(normalise(seen))
        return EncodedFrame(frame, (f4, f8, f16, f32), embedding, key)

    def _known(self, name: Hashable) -> EncodedFrame | None:
        with self._lock:
            if name in self._recent:
                self._recent.move_to_end(name)
            return self._recent.get(name)

    def _keep(self, name: Hashable, coded: EncodedFrame) -> EncodedFrame:
        with self._lock:
            self._recent[name] = coded
            while len(self._recent) > KEPT:
                self._recent.popitem(last=False)
        return coded
