"""Propagation through the product's own interface: MiVOS's runs, and what MiVOS and EISeg cannot do."""

from __future__ import annotations

import numpy as np
import pytest

from app.domain.errors import UsageError
from app.models.eiseg.frame_cache import FrameCache
from app.models.eiseg.memory_bank import ObjectMemory
from app.models.eiseg.propagation_math import Padding, aggregate_objects
from app.models.eiseg.propagation_networks import FrameEncoding, StaticPropagation
from app.models.eiseg.propagation_tracker import PropagationTracker, TrackerRules
from app.models.feature_file import FeatureFile

# As models are exported; tests/tool/conversion/nets tries the networks that read otherwise.
RUNS = ("100x140_k1_top50", "100x140_k2_top50")


class Run:
    """MiVOS's loop of interactions over a tracker: what a person does, and what is kept of each result."""

    def __init__(self, networks, arrays, manifest):
        self.networks, self.arrays, self.manifest = networks, arrays, manifest
        self.frames = arrays["frames_u8"]
        self.numbers = range(1, manifest["objects"] + 1)
        self.tracker = PropagationTracker(
            networks, TrackerRules(keep_every=manifest["mem_freq"], keep_at_most=99)
        )
        self.padding = Padding(*self.frames.shape[1:3])
        self.done = []
        shape = self.padding.pad(arrays["i1.mask_in"])[:, 0].shape
        self.shares = np.zeros((shape[0], len(self.frames), *shape[1:]), np.float32)
        self.shares[0] = 1e-7

    def interact(self, name, reference):
        mask = self.arrays[f"{name}.mask_in"][:, 0]
        masks = {number: mask[number] > 0.5 for number in self.numbers}
        self.tracker.add_reference(reference, self.frames[reference], masks)
        padded = self.padding.pad(mask)
        change, self.shares[:, reference] = padded - self.shares[:, reference], padded
        for direction in (1, -1):
            self.walk(reference, direction, change)
        self.done.append(reference)

    def walk(self, reference, direction, change):
        ahead = [index for index in self.done if (index - reference) * direction > 0]
        far = min(ahead, key=lambda index: abs(index - reference)) if ahead else None
        end = (len(self.frames) if direction > 0 else -1) if far is None else far
        trip = self.tracker.start(reference, direction)
        for index in range(reference + direction, end, direction):
            found = trip.step(index, self.frames[index], self.numbers)
            newer = np.stack([trip.shares[number] for number in self.numbers])
            if far is None:
                self.keep(index, newer, found)
            else:
                weight = abs(far - index) / abs(far - reference)
                self.shares[:, index] = aggregate_objects(self.fused(index, newer, weight, reference, change))

    def keep(self, index, newer, found):
        self.shares[1:, index], self.shares[0, index] = newer, 1 - newer.sum(0)
        labels = np.zeros(self.frames.shape[1:3], int)
        for number, prediction in found.items():
            labels[prediction.probability > 0.5] = number
        np.testing.assert_array_equal(labels, self.padding.crop(self.shares[:, index]).argmax(0))

    def fused(self, index, newer, weight, reference, change):
        features = self.tracker.features(index, self.frames[index])
        results = []
        for number in self.numbers:
            (key,) = [m.key for m in self.tracker.memories(number) if m.index == reference]
            signs = (np.clip(change[number], 0, 1), np.clip(-change[number], 0, 1))
            attention = self.networks.attend(key, features, *signs)
            earlier = self.shares[number, index]
            results.append(self.networks.fuse(features, earlier, newer[number - 1], attention, weight))
        return np.stack(results)


@pytest.mark.parametrize("name", RUNS)
def test_the_runs_of_mivos(parity, propagation_parts, name):
    arrays, manifest = (load(f"mivos_e2e_{name}") for load in (parity.arrays, parity.manifest))
    run = Run(StaticPropagation(propagation_parts), arrays, manifest)
    for number, reference in enumerate(manifest["interactions"], 1):
        run.interact(f"i{number}", reference)
        expected = arrays[f"i{number}.prob"][:, :, 0]
        np.testing.assert_allclose(run.shares, expected, rtol=0, atol=1e-3)
        masks = run.padding.crop(run.shares).argmax(0)
        assert (masks == arrays[f"i{number}.masks"]).mean() >= 0.9995


class Echo:
    """Stands for the networks: an object is found where its latest memory had it; counts what is asked."""

    def __init__(self):
        self.encoded, self.prepared, self.memorised, self.read = 0, 0, [], {}

    def encode(self, frame):
        self.encoded += 1
        return FrameEncoding(frame)

    def fit_size(self, frame):
        raise NotImplementedError

    def prepare_frame(self, features):
        if features.prepared is None:
            self.prepared += 1
            features.prepared = [features.frame]

    def encode_memory(self, index, features, masks):
        self.memorised.append((index, len(masks)))
        return [ObjectMemory(index, np.zeros((1, 1, 1), np.float32), mask) for mask in masks]

    def segment(self, features, memories):
        self.prepare_frame(features)
        for place, memory in enumerate(memories):
            self.read.setdefault(place, []).append([m.index for m in memory])
        return np.stack([memory[-1].value * 0.8 for memory in memories])

    def attend(self, key, features, positive, negative):
        return np.stack([positive, negative])[None]

    def fuse(self, features, earlier, newer, attention, weight):
        self.attention = attention
        return weight * newer + (1 - weight) * earlier


@pytest.fixture
def frames():
    return np.random.default_rng(0).integers(0, 256, (60, 48, 64, 3), np.uint8)


def square(left):
    mask = np.zeros((48, 64), bool)
    mask[10:30, left : left + 16] = True
    return mask


def test_frames_come_back_at_source_size(frames):
    tracker = PropagationTracker(Echo(), TrackerRules(short_side=32))
    tracker.add_reference(0, frames[0], {7: square(8)})
    prediction = tracker.start(0, 1).step(1, frames[1], [7])[7]
    assert prediction.probability.shape == (48, 64)
    assert prediction.probability.dtype == np.float32
    overlap = (prediction.probability > 0.5) & square(8)
    assert overlap.sum() > 0.9 * square(8).sum()
    assert 0 <= prediction.score <= 1


def test_an_object_that_joins_later_does_not_change_what_the_others_remember(frames):
    echo = Echo()
    tracker = PropagationTracker(echo)
    tracker.add_reference(0, frames[0], {1: square(4)})
    tracker.add_reference(3, frames[3], {2: square(40)})
    trip = tracker.start(0, 1)
    trip.step(1, frames[1], [1])
    assert echo.read[0][-1] == [0]
    trip.step(4, frames[4], [1, 2])
    assert echo.read[0][-1] == [0, 1]
    assert echo.read[1][-1] == [3]


def test_objects_without_a_reference_are_left_out(frames):
    tracker = PropagationTracker(Echo())
    tracker.add_reference(0, frames[0], {1: square(4)})
    assert set(tracker.start(0, 1).step(1, frames[1], [1, 9])) == {1}


def test_the_walk_goes_on_from_a_kept_mask_and_does_not_answer_for_it(frames):
    echo = Echo()
    tracker = PropagationTracker(echo)
    tracker.add_reference(0, frames[0], {1: square(4), 2: square(40)})
    trip = tracker.start(0, 1)
    found = trip.step(1, frames[1], [1], kept={2: square(24)})
    assert set(found) == {1}
    found = trip.step(2, frames[2], [1, 2])
    assert (found[2].probability > 0.5)[square(24)].mean() > 0.95


def test_a_kept_mask_takes_its_pixels_from_the_others(frames):
    tracker = PropagationTracker(Echo())
    tracker.add_reference(0, frames[0], {1: square(4), 2: square(40)})
    found = tracker.start(0, 1).step(1, frames[1], [1], kept={2: square(8)})
    assert not (found[1].probability > 0.5)[square(8)].any()
    assert (found[1].probability > 0.5)[square(4) & ~square(8)].all()


def test_all_references_stay_and_the_same_frame_replaces_what_it_held(frames):
    echo = Echo()
    tracker = PropagationTracker(echo)
    for index in [*range(0, 40, 2), 0, 0]:
        tracker.add_reference(index, frames[index], {1: square(4)})
    tracker.start(0, 1).step(41, frames[41], [1])
    assert sorted(echo.read[0][-1]) == list(range(0, 40, 2))


def test_memory_is_bounded_however_long_the_walk(frames):
    echo = Echo()
    tracker = PropagationTracker(echo)
    tracker.add_reference(0, frames[0], {1: square(4)})
    trip = tracker.start(0, 1)
    for index in range(1, 400):
        trip.step(index, frames[index % 60], [1])
    assert max(len(indices) for indices in echo.read[0]) <= 8


def test_a_frame_is_encoded_once_for_all_walks_and_objects(frames):
    echo = Echo()
    tracker = PropagationTracker(echo)
    tracker.add_reference(5, frames[5], {1: square(4), 2: square(40)})
    for _ in range(2):
        trip = tracker.start(5, 1)
        for index in (6, 7):
            trip.step(index, frames[index], [1, 2])
            tracker.fuse(
                index, frames[index], square(4).astype(np.float32), square(8).astype(np.float32), 0.5
            )
    assert echo.encoded == 3


def test_another_tracker_finds_the_frames_of_the_one_before(frames, tmp_path):
    echo, cache = Echo(), FrameCache(FeatureFile(tmp_path))
    for _ in range(2):
        tracker = PropagationTracker(echo, cache=cache)
        tracker.add_reference(0, frames[0], {1: square(4)})
        trip = tracker.start(0, 1)
        for index in range(1, 30):
            trip.step(index, frames[index], [1])
    cache.clear()
    assert echo.prepared == 29


def test_the_last_frame_of_a_walk_is_not_memorised(frames):
    echo = Echo()
    tracker = PropagationTracker(echo)
    tracker.add_reference(0, frames[0], {1: square(4)})
    trip = tracker.start(0, 1)
    for index in (1, 2, 3):
        trip.step(index, frames[index], [1])
    assert [index for index, _ in echo.memorised] == [0, 1, 2]


def test_fusion_attends_to_the_change_that_was_made(frames):
    echo = Echo()
    tracker = PropagationTracker(echo)
    tracker.add_reference(0, frames[0], {1: square(8)}, earlier={1: square(4)})
    results = (square(4).astype(np.float32), square(8).astype(np.float32))
    joined = tracker.fuse(2, frames[2], *results, 0.25, object_id=1, reference=0)
    np.testing.assert_allclose(joined, 0.25 * results[1] + 0.75 * results[0])
    added, removed = echo.attention[0]
    np.testing.assert_array_equal(added > 0, square(8) & ~square(4))
    np.testing.assert_array_equal(removed > 0, square(4) & ~square(8))
    tracker.fuse(2, frames[2], *results, 0.25)
    assert not echo.attention.any()


def test_a_walk_from_a_frame_that_is_not_remembered_is_an_error():
    with pytest.raises(UsageError):
        PropagationTracker(Echo()).start(4, 1)
