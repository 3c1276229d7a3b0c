"""Propagation with a space-time memory network: references, passes and fusion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.errors import UsageError
from app.models.eiseg.click_encoding import normalise_image
from app.models.eiseg.frame_cache import FrameCache
from app.models.eiseg.memory_bank import KEEP_AT_MOST, KEEP_EVERY, ObjectMemory, PassMemory
from app.models.eiseg.propagation_math import (
    Padding,
    aggregate_objects,
    compare_to_strongest,
    expected_overlap,
)
from app.models.eiseg.propagation_networks import FrameEncoding, PropagationNetworks
from app.models.engine import BoolMask, Direction, Image, Prediction, Probability
from app.models.working_size import WorkingSize, working_size

Array = NDArray[np.float32]
_REMEDY = "Draw one first."


@dataclass(frozen=True, slots=True)
class TrackerRules:
    """Settings of the tracker."""

    short_side: int = 480  #: working pixels, as the networks were trained
    keep_every: int = KEEP_EVERY  #: see PassMemory
    keep_at_most: int = KEEP_AT_MOST  #: see PassMemory


@dataclass(frozen=True, slots=True, eq=False)
class _Reference:
    """A reference frame, by object id; masks and changes are padded, at working size."""

    memories: Mapping[int, ObjectMemory]
    masks: Mapping[int, Array]
    changes: Mapping[int, Array]  #: mask minus what propagation had found, in [-1, 1]


@dataclass(frozen=True, slots=True)
class _FrameTransform:
    """Conversion of source pictures to padded working pictures and back."""

    size: WorkingSize
    padding: Padding

    def frame(self, small: Image) -> Array:
        """Return a picture of working size as network input."""
        return self.padding.pad(normalise_image(small))

    def shrink(self, probability: NDArray[np.float32]) -> Array:
        """Return a map of the source, (h, w), padded at working size."""
        if probability.shape == (self.size.height, self.size.width):
            return self.padding.pad(probability)
        target = (self.size.width, self.size.height)
        small = cv2.resize(probability, target, interpolation=cv2.INTER_AREA)
        return self.padding.pad(np.asarray(small, np.float32))

    def enlarge(self, probability: Array) -> Probability:
        """Return a padded working map at source resolution."""
        inside = self.padding.crop(probability)
        target = (self.size.source_width, self.size.source_height)
        if inside.shape == target[::-1]:
            return np.ascontiguousarray(inside)
        return np.asarray(cv2.resize(inside, target, interpolation=cv2.INTER_LINEAR), np.float32)


class PropagationTracker:
    """See Tracker; keeps all reference frames of one sequence."""

    def __init__(
        self,
        networks: PropagationNetworks,
        rules: TrackerRules | None = None,
        cache: FrameCache | None = None,
    ) -> None:
        """cache: outlives the tracker, for the next one of the same sequence."""
        self.networks = networks
        self.rules = rules or TrackerRules()
        self._references: dict[int, _Reference] = {}
        self._cache = FrameCache() if cache is None else cache

    def add_reference(
        self,
        index: int,
        image: Image,
        masks: Mapping[int, BoolMask],
        earlier: Mapping[int, BoolMask] | None = None,
    ) -> None:
        """Keep the masks of a reference frame; the same frame again replaces what it held.

        earlier: masks that propagation had found there before the person changed them, by object id; empty if absent.
        EISeg appends the frame again at each correction instead, which raises its weight and its cost.
        """
        view, features = self.frame_transform(image), self.features(index, image)
        small = {number: view.shrink(mask.astype(np.float32)) for number, mask in masks.items()}
        before = {number: view.shrink(mask.astype(np.float32)) for number, mask in (earlier or {}).items()}
        changes = {number: mask - before.get(number, 0) for number, mask in small.items()}
        self._references.pop(index, None)
        self._references[index] = _Reference(self.encode_memory(index, features, small), small, changes)

    def start(self, index: int, direction: Direction) -> PropagationPass:
        """Begin a pass at a reference frame; raises UsageError if it was not remembered."""
        if index not in self._references:
            raise UsageError("No mask is remembered on this frame.", subject=index, remedy=_REMEDY)
        self._cache.center = index
        return PropagationPass(self, index)

    def fuse(
        self,
        index: int,
        image: Image,
        earlier: Probability,
        newer: Probability,
        weight: float,
        object_id: int | None = None,
        reference: int | None = None,
    ) -> Probability:
        """Fuse two results for one object between two references; see Tracker.

        object_id, reference: object and frame of the change that the network attends to; without them it uses the two
        results and the distances alone.
        """
        view, features = self.frame_transform(image), self.features(index, image)
        before, after = view.shrink(earlier), view.shrink(newer)
        attention = self._attend(features, after.shape, object_id, reference)
        return view.enlarge(self.networks.fuse(features, before, after, attention, weight))

    def encode_memory(
        self, index: int, features: FrameEncoding, masks: Mapping[int, Array]
    ) -> dict[int, ObjectMemory]:
        """Encode padded working masks of a frame by object id."""
        if not masks:
            return {}
        memories = self.networks.encode_memory(index, features, np.stack(list(masks.values())))
        return dict(zip(masks, memories, strict=True))

    def memories(self, number: int) -> list[ObjectMemory]:
        """Return the memories of an object on reference frames, in the order in which these were added."""
        return [r.memories[number] for r in self._references.values() if number in r.memories]

    def fit_size(self, image: Image) -> None:
        """Compile the networks for pictures of this size."""
        view = self.frame_transform(image)
        self.networks.fit_size(view.frame(view.size.shrink(image)))

    def prepare_frame(self, index: int, image: Image) -> None:
        """Compute what depends on a frame alone, for a later pass."""
        self.networks.prepare_frame(self.features(index, image))

    def features(self, index: int, image: Image) -> FrameEncoding:
        """Return the encoding of a frame, the same object while it is cached."""
        view = self.frame_transform(image)
        small = view.size.shrink(image)
        return self._cache.features(index, small, lambda: self.networks.encode(view.frame(small)))

    def frame_transform(self, image: Image) -> _FrameTransform:
        """Return the conversion for pictures of this size."""
        size = working_size(image.shape[0], image.shape[1], self.rules.short_side)
        return _FrameTransform(size, Padding(size.height, size.width))

    def _attend(
        self, features: FrameEncoding, shape: tuple[int, ...], number: int | None, index: int | None
    ) -> Array:
        reference = None if index is None else self._references.get(index)
        if reference is None or number is None or number not in reference.changes:
            return np.zeros((1, 2, *shape), np.float32)
        change, key = reference.changes[number], reference.memories[number].key
        return self.networks.attend(key, features, np.clip(change, 0, 1), np.clip(-change, 0, 1))


class PropagationPass:
    """One pass away from a reference frame; see TrackerPass."""

    def __init__(self, tracker: PropagationTracker, start: int) -> None:
        self._tracker = tracker
        self._memory = PassMemory(start, tracker.rules.keep_every, tracker.rules.keep_at_most)
        self._last: tuple[int, FrameEncoding, dict[int, Array]] | None = None

    @property
    def shares(self) -> Mapping[int, Array]:
        """Soft results of the frame processed last, padded at working size, by object id."""
        return self._last[2] if self._last else {}

    def step(
        self, index: int, image: Image, objects: Sequence[int], kept: Mapping[int, BoolMask] | None = None
    ) -> Mapping[int, Prediction]:
        """Find the objects that have a reference on the next frame; see TrackerPass."""
        self._encode_last()
        view, features = self._tracker.frame_transform(image), self._tracker.features(index, image)
        held = {number: view.shrink(mask.astype(np.float32)) for number, mask in (kept or {}).items()}
        wanted = [number for number in objects if number not in held and self._tracker.memories(number)]
        found = self._segment(features, wanted)
        numbers = [*wanted, *held]
        if not numbers:
            return {}
        shares = aggregate_objects(np.stack([*found, *held.values()]))
        self._last = (index, features, dict(zip(numbers, shares[1:], strict=True)))
        distinct = compare_to_strongest(shares)
        return {
            number: Prediction(
                view.enlarge(distinct[place]), expected_overlap(view.padding.crop(found[place]))
            )
            for place, number in enumerate(wanted)
        }

    def _segment(self, features: FrameEncoding, wanted: Sequence[int]) -> list[Array]:
        if not wanted:
            return []
        tracker = self._tracker
        memories = [[*tracker.memories(number), *self._memory.memories_of(number)] for number in wanted]
        return list(tracker.networks.segment(features, memories))

    def _encode_last(self) -> None:
        """Encode the frame processed last; not earlier, since the memory of a pass's last frame is never read."""
        if self._last is not None:
            index, features, masks = self._last
            self._memory.add(index, self._tracker.encode_memory(index, features, masks))
            self._last = None
