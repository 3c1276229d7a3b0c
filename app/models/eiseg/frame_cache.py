"""What is kept of the frames of a sequence, so that another walk over them finds the work done."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from app.models.eiseg.feature_file import FeatureFile
from app.models.eiseg.propagation_networks import FrameEncoding
from app.models.engine import Image

FRAMES_IN_MEMORY = 4
"""Frames in memory: walks to both sides of a frame, the frame itself and one to spare."""


@dataclass(frozen=True, slots=True)
class _CachedFrame:
    """features of a frame that looked like this when it was digested."""

    digest: bytes
    features: FrameEncoding


@dataclass(slots=True)
class FrameCache:
    """Encodings by frame, for one sequence at a time: the latest few, and on disk those nearest to the work.

    file: None keeps the latest alone. center: where the work is.
    """

    file: FeatureFile | None = None
    center: int = 0
    _recent: dict[int, _CachedFrame] = field(default_factory=dict)
    _digests: dict[int, bytes] = field(default_factory=dict)

    def features(self, index: int, seen: Image, encode: Callable[[], FrameEncoding]) -> FrameEncoding:
        """Return what is kept of a frame if it still looks like this, else what encode gives."""
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
        """Whether a frame would stay: there is space, or one farther off would go instead."""
        file = self.file
        return file is not None and (
            file.has_room()
            or index in file
            or self._distance(index) < self._distance(self._farthest_index(file))
        )

    def clear(self) -> None:
        """Forget everything: the frames of another sequence come."""
        self._recent.clear()
        self._digests.clear()
        if self.file is not None:
            self.file.clear()

    def _load(self, index: int, seen: _CachedFrame) -> None:
        if self.file is not None and self._digests.get(index) == seen.digest:
            seen.features.prepared = self.file.get(index)

    def _evict(self, index: int, seen: _CachedFrame) -> None:
        """Keep a frame on disk, unless it is there or others are nearer to the work.

        Walks take frames in turn and begin where the annotator is. Least recent first would throw away just what
        the next walk asks for first; so the farthest from there goes.
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
