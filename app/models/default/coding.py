"""Coded pictures: what the encoder makes of a picture, kept for whoever asks next."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.models.default.picture import FRAME_AREA, Frame, normalise, whole
from app.models.engine import Image
from app.models.network import Network

Array = NDArray[np.float32]
KEPT = 10
"""Looks whose codes are kept, 3 to 10 MB each: two at most of a picture that is being worked on come from near."""


@dataclass(frozen=True, slots=True)
class Coded:
    """features: at strides 4, 8, 16, 32; embedding: at 8; key: at 16; all float32 (1, c, h, w)."""

    frame: Frame
    features: tuple[Array, Array, Array, Array]
    embedding: Array
    key: Array


class Coder:
    """Codes pictures; a picture coded lately is not coded again, whether for a click or for propagation."""

    def __init__(self, graph: Network) -> None:
        self._graph = graph
        self._recent: OrderedDict[bytes, Coded] = OrderedDict()
        self._lock = threading.Lock()

    def code(self, image: Image) -> Coded:
        """Code a whole picture, uint8 (h, w, 3) RGB."""
        return self.code_frame(image, Frame.of(whole(image), FRAME_AREA))

    def code_frame(self, image: Image, frame: Frame) -> Coded:
        """Code a part of a picture."""
        seen = frame.shrink(image)
        name = hashlib.blake2b(seen.data, digest_size=16)
        name.update(repr(frame).encode())
        known = self._known(name.digest())
        return known or self._keep(name.digest(), self._run(seen, frame))

    def _run(self, seen: Image, frame: Frame) -> Coded:
        f4, f8, f16, f32, embedding, key = self._graph(normalise(seen))
        return Coded(frame, (f4, f8, f16, f32), embedding, key)

    def _known(self, name: bytes) -> Coded | None:
        with self._lock:
            if name in self._recent:
                self._recent.move_to_end(name)
            return self._recent.get(name)

    def _keep(self, name: bytes, coded: Coded) -> Coded:
        with self._lock:
            self._recent[name] = coded
            while len(self._recent) > KEPT:
                self._recent.popitem(last=False)
        return coded
