"""Cache of encoded frames of a sequence, in memory and on disk, for repeated passes."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from app.models.eiseg.propagation_networks import FrameEncoding
from app.models.engine import Image
from app.models.feature_file import FeatureFile

FRAMES_IN_MEMORY = 4  # One for the pass to either side, the reference frame, and one to spare.


@dataclass(frozen=True, slots=True)
class _CachedFrame:
    """An encoded frame."""

    digest: bytes  #: of the pixels that were encoded
    features: FrameEncoding


@dataclass(slots=True)
class FrameCache:
    """Encodings by frame of one sequence: the most recent in memory, those nearest to center on disk."""

    file: FeatureFile | None = None  #: None for memory alone
    center: int = 0  #: the annotator's frame
    _recent: dict[int, _CachedFrame] = field(default_factory=dict)
    _digests: dict[int, bytes] = field(default_factory=dict)

    def features(self, index: int, seen: Image, encode: Callable[[], FrameEncoding]) -> FrameEncoding:
        """Return the cached encoding of a frame if its pixels are the same, else what encode returns."""
        digest = hashlib.blake2b(np.ascontiguousarray(seen).data, digest_size=16).digest()
        known = self._recent.pop(index, None)
        if known is None or known.digest != digest:
            known = _CachedFrame(digest, encode())
            self._load(index, known)
        self._recent[index] = known
        if len(self._recent) > FRAMES_IN_MEMORY:
            oldest = next(iter(self._recent))
            self._evict(oldest, self._recent.pop(oldest))
        return known.features

    def has_room(self, index: int) -> bool:
        """Whether a frame would be kept on disk, for which one farther from center may be dropped."""
        file = self.file
        return file is not None and (
            file.has_room()
            or index in file
            or self._distance(index) < self._distance(self._farthest_index(file))
        )

    def clear(self) -> None:
        """Drop everything, before another sequence."""
        self._recent.clear()
        self._digests.clear()
        if self.file is not None:
            self.file.clear()

    def _load(self, index: int, seen: _CachedFrame) -> None:
        if self.file is not None and self._digests.get(index) == seen.digest:
            seen.features.prepared = self.file.get(index)

    def _evict(self, index: int, seen: _CachedFrame) -> None:
        """Move a frame from memory to disk, unless it is there or all others are nearer to center.

        Passes run through frames in order from the annotator's frame. Least recently used would drop what the next
        pass needs first; so the farthest from center is dropped.
        """
        file, prepared = self.file, seen.features.prepared
        if file is None or prepared is None or not self.has_room(index):
            return
        if index in file and self._digests[index] == seen.digest:
            return
        if index not in file and not file.has_room():
            file.drop(self._farthest_index(file))
        file.put(index, prepared)
        self._digests[index] = seen.digest

    def _farthest_index(self, file: FeatureFile) -> int:
        return max(file.indices(), key=self._distance, default=self.center)

    def _distance(self, index: int) -> int:
        return abs(index - self.center)
