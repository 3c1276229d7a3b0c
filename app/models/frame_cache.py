"""What is kept of the frames of a sequence, so that another walk over them finds the work done."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from app.models.engine import Image
from app.models.propagation_networks import Features

SHARE = 16
"""Part of the machine's memory that is used, 50 MB a frame: other workers and the decoded frames want theirs, and
a worker is started anew when it takes half."""


def share_of_memory() -> int:
    """Return how many bytes a cache may hold on this machine."""
    return _memory() // SHARE


@dataclass(slots=True)
class FrameCache:
    """Features by frame, for one sequence at a time, of at most a number of bytes. center: where the work is."""

    limit: int = field(default_factory=share_of_memory)
    center: int = 0
    _kept: dict[int, tuple[bytes, Features]] = field(default_factory=dict)

    def features(self, index: int, seen: Image, encode: Callable[[], Features]) -> Features:
        """Return what is kept of a frame if it still looks like this, else what encode gives."""
        digest = hashlib.blake2b(np.ascontiguousarray(seen).data, digest_size=16).digest()
        known = self._kept.get(index)
        if known is None or known[0] != digest:
            known = self._kept[index] = digest, encode()
        self._trim(index)
        return known[1]

    def has_room(self, index: int) -> bool:
        """Whether a frame would stay: there is space, or one farther off would go instead."""
        sizes = [features.size for _, features in self._kept.values()]
        is_nearer = any(self._distance(other) > self._distance(index) for other in self._kept)
        return is_nearer or sum(sizes) + max(sizes, default=0) <= self.limit

    def _trim(self, newest: int) -> None:
        """Keep to the limit, whatever the newest frame takes, which somebody works on.

        Walks take frames in turn and begin where the annotator is. Least recent first would throw away just what
        the next walk asks for first; so the farthest from there goes.
        """
        others = sorted((index for index in self._kept if index != newest), key=self._distance)
        total = sum(features.size for _, features in self._kept.values())
        while others and total > self.limit:
            total -= self._kept.pop(others.pop())[1].size

    def _distance(self, index: int) -> int:
        return abs(index - self.center)

    def clear(self) -> None:
        """Forget everything: the frames of another sequence come."""
        self._kept.clear()


def _memory() -> int:
    """Return the bytes of memory that this process may come to use."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        granted = int(Path("/sys/fs/cgroup/memory.max").read_text())
    except (OSError, ValueError):
        return whole
    return min(whole, granted)
