"""Encodings on disk by the pixels that they came from: a picture that comes back is not encoded again."""

import threading
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.models.default.working_pixels import WorkingFrame
from app.models.feature_file import FeatureFile

Array = NDArray[np.float32]
SLOT_BYTES: Final = 9 * 2**19
"""Of one encoding: a whole frame at the plain working size takes 3.7 to 4.2 MB. Larger ones are not kept."""
LARGEST_STORE: Final = 2 * 2**30
"""Bytes of encoded frames on disk, for each of the two processes that have an engine: 450 frames. Chosen by hand."""


@dataclass(frozen=True, slots=True, eq=False)
class EncodedFrame:
    """Encoder outputs, all float32 (1, c, h, w)."""

    frame: WorkingFrame
    features: tuple[Array, Array, Array, Array]  #: at strides 4, 8, 16, 32
    embedding: Array  #: at stride 8, unit vectors
    key: Array  #: at stride 16


class EncodingStore:
    """Keeps encodings in slots of one size. Safe from several threads.

    A full store drops any one: passes run to and fro over a sequence, and what was used longest ago would be what the
    next pass needs first.
    """

    def __init__(self, folder: Path, limit: int = LARGEST_STORE) -> None:
        """folder: of the file; limit: bytes of it."""
        self._file = FeatureFile(folder, limit, SLOT_BYTES)
        self._entries: dict[bytes, int] = {}  #: slots
        self._names: list[bytes] = []  #: of the slots
        self._chance = Random(0)
        self._lock = threading.Lock()

    def get(self, name: bytes, frame: WorkingFrame) -> EncodedFrame | None:
        """Return an encoding, exactly as it was put; None if it is not kept."""
        with self._lock:
            slot = self._entries.get(name)
            stored = self._file.get(slot) if slot is not None else None
        if stored is None:
            return None
        f4, f8, f16, f32, embedding, key = stored
        return EncodedFrame(frame, (f4, f8, f16, f32), embedding, key)

    def put(self, name: bytes, encoded: EncodedFrame) -> None:
        """Keep an encoding if it fits into a slot."""
        arrays = (*encoded.features, encoded.embedding, encoded.key)
        if sum(array.nbytes for array in arrays) <= SLOT_BYTES:
            with self._lock:
                self._put(name, arrays)

    def _put(self, name: bytes, arrays: tuple[Array, ...]) -> None:
        if self._names and not self._file.has_room():
            slot = self._chance.randrange(len(self._names))
            del self._entries[self._names[slot]]
            self._names[slot] = name
        else:
            slot = len(self._names)
            self._names.append(name)
        self._file.put(slot, arrays)
        self._entries[name] = slot
