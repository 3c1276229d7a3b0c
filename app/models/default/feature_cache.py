"""Cache of encoder outputs, shared by click model and tracker: the latest in memory, more on disk."""

import hashlib
import itertools
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from app.models.default.encoding_store import EncodedFrame, EncodingStore
from app.models.default.working_pixels import FRAME_AREA, WorkingFrame, normalise_pixels, whole_box
from app.models.engine import Image
from app.models.runtime.network import Network

# Kept, 3 to 10 MB each: a picture that is worked on needs two of the whole and two zoomed ones.
CACHED_ENCODINGS = 10


@dataclass(frozen=True, slots=True)
class NumberedImage:
    """A picture of which several views are encoded."""

    image: Image  #: uint8 (h, w, 3) RGB, a copy that is never changed
    number: int  #: by which its encodings are cached


class FeatureCache:
    """Encodes pictures, with a cache of recent results. All methods are safe from several threads."""

    def __init__(self, graph: Network, store: EncodingStore) -> None:
        """store: of encodings that are not among the recent ones any more."""
        self._graph = graph
        self._stored = store
        self._recent: OrderedDict[Hashable, EncodedFrame] = OrderedDict()
        self._lock = threading.Lock()
        self._numbers = itertools.count()

    def encode_frame(self, image: Image) -> EncodedFrame:
        """Encode a whole picture, uint8 (h, w, 3) RGB; cached by its pixels."""
        frame = WorkingFrame.of(whole_box(image), FRAME_AREA)
        seen = frame.shrink(image)
        name = _digest(seen, frame)
        return self._lookup(name) or self._remember(name, self._encode(seen, frame, name))

    def register_image(self, image: Image) -> NumberedImage:
        """Copy a picture, so that its views are cached by its number instead of their pixels."""
        return NumberedImage(image.copy(), next(self._numbers))

    def encode_part(self, picture: NumberedImage, frame: WorkingFrame) -> EncodedFrame:
        """Encode a picture, or a part of it; a part is not kept on disk, since a click waits for it."""
        number = (picture.number, frame)
        known = self._lookup(number)
        if known is not None:
            return known
        seen = frame.shrink(picture.image)
        name = _digest(seen, frame) if frame.box == whole_box(picture.image) else None
        return self._remember(number, self._encode(seen, frame, name))

    def encode_blank(self, frame: WorkingFrame) -> EncodedFrame:
        """Encode a black picture of a working size, which is not kept: the first run of a size is the slow one."""
        return self._encode(np.zeros((frame.height, frame.width, 3), np.uint8), frame, None)

    def _encode(self, seen: Image, frame: WorkingFrame, name: bytes | None) -> EncodedFrame:
        """Return the encoding that has the name on disk, or a new one, which is put there."""
        known = self._stored.get(name, frame) if name is not None else None
        if known is not None:
            return known
        f4, f8, f16, f32, embedding, key = self._graph(normalise_pixels(seen))
        encoded = EncodedFrame(frame, (f4, f8, f16, f32), embedding, key)
        if name is not None:
            self._stored.put(name, encoded)
        return encoded

    def _lookup(self, name: Hashable) -> EncodedFrame | None:
        with self._lock:
            if name in self._recent:
                self._recent.move_to_end(name)
            return self._recent.get(name)

    def _remember(self, name: Hashable, encoded: EncodedFrame) -> EncodedFrame:
        with self._lock:
            self._recent[name] = encoded
            while len(self._recent) > CACHED_ENCODINGS:
                self._recent.popitem(last=False)
        return encoded


def _digest(seen: Image, frame: WorkingFrame) -> bytes:
    name = hashlib.blake2b(seen.data, digest_size=16)
    name.update(repr(frame).encode())
    return name.digest()
