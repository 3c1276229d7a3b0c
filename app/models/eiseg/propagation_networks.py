"""EISeg's four propagation networks behind one interface."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from app.models.eiseg.memory_bank import ObjectMemory
from app.models.runtime.network import Network, as_split

Array = NDArray[np.float32]


@dataclass(slots=True)
class FrameEncoding:
    """A frame and what the networks computed of it so far."""

    frame: Array  #: normalised and padded, float32 (1, 3, h, w)
    prepared: list[NDArray[Any]] | None = None  #: by the segment network of the frame alone
    query_key: Array | None = None  #: float32 (1, C, h/16, w/16), once the frame has been segmented


class PropagationNetworks(Protocol):
    """The networks as a tracker uses them."""

    def encode(self, frame: Array) -> FrameEncoding:
        """Wrap a frame, float32 (1, 3, h, w); nothing is computed."""

    def fit_size(self, frame: Array) -> None:
        """Compile for frames of this size, (1, 3, h, w)."""

    def prepare_frame(self, features: FrameEncoding) -> None:
        """Compute what depends on the frame alone, if it is not there; segment does so too."""

    def encode_memory(self, index: int, features: FrameEncoding, masks: Array) -> list[ObjectMemory]:
        """Encode the objects of a frame from their probabilities, float32 (k, h, w)."""

    def segment(self, features: FrameEncoding, memories: Sequence[Sequence[ObjectMemory]]) -> Array:
        """Return each object's probability from its own memories, none of them empty: float32 (k, h, w)."""

    def attend(self, key: Array, features: FrameEncoding, positive: Array, negative: Array) -> Array:
        """Transfer a change, (h, w) twice, from a frame with memory key (C, h/16, w/16): float32 (1, 2, h, w)."""

    def fuse(
        self, features: FrameEncoding, earlier: Array, newer: Array, attention: Array, weight: float
    ) -> Array:
        """Fuse two results (h, w) for one object; weight: share of the newer. Returns probability (h, w)."""


class StaticPropagation:
    """Static networks in EISeg's layout."""

    def __init__(self, parts: Mapping[str, Network]) -> None:
        self._parts = parts
        self._segment = as_split(parts["segment"])

    def encode(self, frame: Array) -> FrameEncoding:
        """See PropagationNetworks."""
        return FrameEncoding(frame)

    def fit_size(self, frame: Array) -> None:
        """See PropagationNetworks; a network is compiled when it runs, two of them at the same time."""
        nothing = np.zeros((1, 1, *frame.shape[2:]), np.float32)
        with ThreadPoolExecutor() as pool:
            runs = [
                pool.submit(self._parts["memorize"], frame, nothing),
                pool.submit(self._segment.prepare, frame),
            ]
        for run in runs:
            run.result()

    def prepare_frame(self, features: FrameEncoding) -> None:
        """See PropagationNetworks."""
        if features.prepared is None:
            features.prepared = self._segment.prepare(features.frame)

    def encode_memory(self, index: int, features: FrameEncoding, masks: Array) -> list[ObjectMemory]:
        """See PropagationNetworks."""
        keys, values = self._parts["memorize"](features.frame, masks[:, None])
        return [ObjectMemory(index, key[:, 0], value[:, 0]) for key, value in zip(keys, values, strict=True)]

    def segment(self, features: FrameEncoding, memories: Sequence[Sequence[ObjectMemory]]) -> Array:
        """See PropagationNetworks; objects with equally many memories run as one batch."""
        self.prepare_frame(features)
        found: list[Array | None] = [None] * len(memories)
        for count in {len(memory) for memory in memories}:
            places = [place for place, memory in enumerate(memories) if len(memory) == count]
            keys = _stack_memories([[memory.key for memory in memories[place]] for place in places])
            values = _stack_memories([[memory.value for memory in memories[place]] for place in places])
            masks, features.query_key = self._segment.complete(features.prepared or (), keys, values)
            for place, mask in zip(places, masks[:, 0], strict=True):
                found[place] = mask
        return np.stack([mask for mask in found if mask is not None])

    def attend(self, key: Array, features: FrameEncoding, positive: Array, negative: Array) -> Array:
        """See PropagationNetworks; nothing is transferred to a frame that has not been segmented."""
        if features.query_key is None:
            return np.zeros((1, 2, *positive.shape), np.float32)
        change = (positive[None, None], negative[None, None])
        return self._parts["attention"](key[None, :, None], features.query_key, *change)[0]

    def fuse(
        self, features: FrameEncoding, earlier: Array, newer: Array, attention: Array, weight: float
    ) -> Array:
        """See PropagationNetworks."""
        time = np.array([[weight, 1 - weight]], np.float32)
        masks = (earlier[None, None], newer[None, None])
        (logits,) = self._parts["fusion"](features.frame, *masks, attention, time)
        return np.asarray(1 / (1 + np.exp(-np.clip(logits[0, 0], -80, 80))), np.float32)


def _stack_memories(banks: Sequence[Sequence[Array]]) -> Array:
    """Return (k, C, t, h, w) from t maps (C, h, w) for each of k objects."""
    channels, *size = banks[0][0].shape
    joined = np.empty((len(banks), channels, len(banks[0]), *size), np.float32)
    for bank, place in zip(banks, joined, strict=True):
        np.stack(bank, 1, out=place)
    return joined
