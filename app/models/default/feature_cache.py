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

from app.models.default.working_pixels import FRAME_AREA, WorkingFrame, normalise_pixels, whole_box
from app.models.engine import Image
from app.models.runtime.network import Network

Array = NDArray[np.float32]
# Kept, 3 to 10 MB each: a picture that is worked on needs two of the whole and two zoomed ones.
CACHED_ENCODINGS = 10


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """Encoder outputs, all float32 (1, c, h, w)."""

    frame: WorkingFrame
    features: tuple[Array, Array, Array, Array]  #: at strides 4, 8, 16, 32
    embedding: Array  #: at stride 8, unit vectors
    key: Array  #: at stride 16


@dataclass(frozen=True, slots=True)
class NumberedImage:
    """A picture of which several views are encoded."""

    image: Image  #: uint8 (h, w, 3) RGB, a copy that is never changed
    number: int  #: by which its encodings are cached


class FeatureCache:
    """Encodes pictures, with a cache of recent results. All methods are safe from several threads."""

    def __init__(self, graph: Network) -> None:
        self._graph = graph
        self._recent: OrderedDict[Hashable, EncodedFrame] = OrderedDict()
        self._lock = threading.Lock()
        self._numbers = itertools.count()

    def encode_frame(self, image: Image) -> EncodedFrame:
        """Encode a whole picture, uint8 (h, w, 3) RGB; cached by its pixels."""
        frame = WorkingFrame.of(whole_box(image), FRAME_AREA)
        seen = frame.shrink(image)
        name = hashlib.blake2b(seen.data, digest_size=16)
        name.update(repr(frame).encode())
        return self._lookup(name.digest()) or self._store(name.digest(), self._encode(seen, frame))

    def register_image(self, image: Image) -> NumberedImage:
        """Copy a picture, so that its views are cached by its number instead of their pixels."""
        return NumberedImage(image.copy(), next(self._numbers))

    def encode_part(self, picture: NumberedImage, frame: WorkingFrame) -> EncodedFrame:
        """Encode a part of a picture."""
        name = (picture.number, frame)
        return self._lookup(name) or self._store(name, self._encode(frame.shrink(picture.image), frame))

    def _encode(self, seen: Image, frame: WorkingFrame) -> EncodedFrame:
        f4, f8, f16, f32, embedding, key = self._graph(normalise_pixels(seen))
        return EncodedFrame(frame, (f4, f8, f16, f32), embedding, key)

    def _lookup(self, name: Hashable) -> EncodedFrame | None:
        with self._lock:
            if name in self._recent:
                self._recent.move_to_end(name)
            return self._recent.get(name)

    def _store(self, name: Hashable, encoded: EncodedFrame) -> EncodedFrame:
        with self._lock:
            self._recent[name] = encoded
            while len(self._recent) > CACHED_ENCODINGS:
                self._recent.popitem(last=False)
        return encoded
