"""Tracking through made scenes: what an annotator would miss if it were otherwise."""

from __future__ import annotations

import pickle
from collections.abc import Iterable

import cv2
import numpy as np
import pytest

from app.domain.errors import UsageError
from app.models.classic.classic_tracker import ClassicTracker
from app.models.classic.engine import ClassicEngine
from tests.models.made_scenes import HEIGHT, WIDTH, compose, ellipse, moved, overlap, texture

GROUND = texture((90, 120, 80), 1)
RED, BLUE = texture((180, 70, 60), 2), texture((60, 80, 190), 3)
FRAMES = 20


def turning(frame: int) -> tuple[np.ndarray, np.ndarray]:
    """A red ellipse that travels right and turns: picture and truth."""
    x, y, angle = 60 + 5 * frame, 80 + 1.5 * frame, 4.0 * frame
    mask = ellipse(x, y, angle)
    return compose(GROUND, (moved(RED, x, y, angle), mask)), mask


def crossing(frame: int) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """A red and a blue ellipse that pass closely by each other."""
    first, second = (50 + 6 * frame, 64.0), (190 - 6 * frame, 112.0)
    masks = {1: ellipse(*first), 2: ellipse(*second)}
    paints = [moved(RED, *first, 0), moved(BLUE, *second, 0)]
    return compose(GROUND, *zip(paints, masks.values(), strict=True)), masks


def leaving(frame: int) -> tuple[np.ndarray, np.ndarray]:
    """A red ellipse that leaves by the right side and, from frame 16 on, comes back."""
    x = 150 + 12 * min(frame, 32 - frame)
    mask = ellipse(x, 90)
    return compose(GROUND, (moved(RED, x, 90, 0), mask)), mask


def walk(scene, objects, frames: Iterable[int], tracker: ClassicTracker | None = None):
    """Carry the truth of frame 0 and yield (frame, predictions, truth)."""
    tracker = tracker or ClassicTracker()
    image, truth = scene(0)
    tracker.add_reference(0, image, truth if isinstance(truth, dict) else {1: truth})
    steps = tracker.start(0, 1)
    for frame in frames:
        image, truth = scene(frame)
        yield frame, steps.step(frame, image, objects), truth


def mask_of(prediction) -> np.ndarray:
    result: np.ndarray = prediction.probability > 0.5
    return result


def test_a_thing_that_travels_and_turns_is_followed():
    overlaps = [overlap(mask_of(found[1]), truth) for _, found, truth in walk(turning, [1], range(1, FRAMES))]
    assert min(overlaps) > 0.8


def test_score_is_high_while_the_mask_is_good():
    scores = [found[1].score for _, found, _ in walk(turning, [1], range(1, FRAMES))]
    assert min(scores) > 0.6
    assert max(scores) <= 1


def test_two_things_that_pass_closely_do_not_swap():
    *_, (_, found, truth) = walk(crossing, [1, 2], range(1, FRAMES))
    for number in (1, 2):
        assert overlap(mask_of(found[number]), truth[number]) > 0.8
        assert overlap(mask_of(found[number]), truth[3 - number]) < 0.1


def test_things_compete_for_pixels():
    for _, found, _ in walk(crossing, [1, 2], range(1, FRAMES)):
        assert not (mask_of(found[1]) & mask_of(found[2])).any()


def test_a_thing_that_left_has_an_empty_mask_and_a_low_score():
    gone = {frame: found[1] for frame, found, _ in walk(leaving, [1], range(1, 17))}[16]
    assert not leaving(16)[1].any()
    assert not mask_of(gone).any()
    assert gone.score < 0.3


def test_a_thing_that_comes_back_is_found_again():
    *_, (_, found, truth) = walk(leaving, [1], range(1, 31))
    assert overlap(mask_of(found[1]), truth) > 0.7


def test_a_kept_mask_is_taken_over_and_not_answered():
    tracker = ClassicTracker()
    image, truth = turning(0)
    tracker.add_reference(0, image, {1: ellipse(*(60, 80), 0, axes=(12, 8))})
    steps = tracker.start(0, 1)
    image, truth = turning(1)
    assert steps.step(1, image, [1], {1: truth}) == {}
    image, truth = turning(2)
    assert overlap(mask_of(steps.step(2, image, [1])[1]), truth) > 0.85


def test_an_object_that_joins_by_a_kept_mask_is_followed_from_there():
    tracker = ClassicTracker()
    image, truth = crossing(0)
    tracker.add_reference(0, image, {1: truth[1]})
    steps = tracker.start(0, 1)
    image, truth = crossing(1)
    steps.step(1, image, [1], {2: truth[2]})
    image, truth = crossing(2)
    assert overlap(mask_of(steps.step(2, image, [1, 2])[2]), truth[2]) > 0.85


def test_an_object_never_drawn_is_nowhere():
    *_, (_, found, _) = walk(turning, [1, 7], range(1, 3))
    assert not mask_of(found[7]).any()
    assert found[7].score == 0


def test_an_empty_mask_stays_empty():
    tracker = ClassicTracker()
    tracker.add_reference(0, turning(0)[0], {1: np.zeros((HEIGHT, WIDTH), bool)})
    found = tracker.start(0, 1).step(1, turning(1)[0], [1])[1]
    assert not mask_of(found).any()
    assert found.score < 0.3


def test_walks_that_take_turns_do_not_disturb_each_other():
    alone = [found[1].probability for _, found, _ in walk(turning, [1], range(1, 6))]
    tracker = ClassicTracker()
    tracker.add_reference(0, turning(0)[0], {1: turning(0)[1]})
    ahead, back = tracker.start(0, 1), tracker.start(0, -1)
    for frame in range(1, 6):
        found = ahead.step(frame, turning(frame)[0], [1])[1]
        back.step(-frame, turning(-frame)[0], [1])
        tracker.add_reference(100 + frame, turning(frame)[0], {1: turning(frame)[1]})
        assert np.array_equal(found.probability, alone[frame - 1])


def test_the_same_reference_again_replaces_what_it_held():
    tracker = ClassicTracker()
    image, truth = turning(0)
    tracker.add_reference(0, image, {1: ellipse(200, 150), 2: truth})
    tracker.add_reference(0, image, {1: truth})
    found = tracker.start(0, 1).step(1, turning(1)[0], [1, 2])
    assert overlap(mask_of(found[1]), turning(1)[1]) > 0.8
    assert not mask_of(found[2]).any()


def test_starting_where_nothing_is_remembered_is_refused():
    with pytest.raises(UsageError, match="Draw one first"):
        ClassicTracker().start(3, 1)


def test_memory_does_not_grow_with_steps():
    tracker = ClassicTracker()
    sizes = []
    tracker.add_reference(0, turning(0)[0], {1: turning(0)[1]})
    steps = tracker.start(0, 1)
    for frame in range(1, 13):
        steps.step(frame, turning(frame)[0], [1])
        sizes.append(len(pickle.dumps((tracker, steps))))
    assert max(sizes) <= 1.02 * sizes[0]


def test_a_reference_takes_less_than_its_pixels():
    tracker = ClassicTracker()
    image = cv2.resize(turning(0)[0], (1920, 1080)).astype(np.uint8)
    tracker.add_reference(0, image, {1: np.ones((1080, 1920), bool)})
    before = len(pickle.dumps(tracker))
    for index in range(1, 11):
        tracker.add_reference(index, image, {1: np.ones((1080, 1920), bool)})
    assert (len(pickle.dumps(tracker)) - before) / 10 < image.nbytes / 20


def test_the_mask_of_a_large_frame_has_a_smooth_outline():
    scale = 5
    tracker = ClassicTracker()

    def large(frame):
        image, truth = turning(frame)
        size = (scale * WIDTH, scale * HEIGHT)
        soft = cv2.resize(truth.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
        return cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), soft > 0.5

    tracker.add_reference(0, large(0)[0], {1: large(0)[1]})
    found = tracker.start(0, 1).step(1, large(1)[0], [1])
    assert overlap(mask_of(found[1]), large(1)[1]) > 0.93
    blocks = mask_of(found[1]).reshape(HEIGHT, scale, WIDTH, scale).mean(axis=(1, 3))
    mixed = np.count_nonzero((blocks > 0) & (blocks < 1))
    assert mixed > 5 * np.count_nonzero(np.abs(np.diff(blocks, axis=0)) == 1)


def test_fusing_moves_linearly_from_the_earlier_mask_to_the_newer():
    tracker = ClassicTracker()
    image = GROUND
    earlier, newer = ellipse(100, 90, axes=(20, 20)), ellipse(100, 90, axes=(40, 40))
    before, after = earlier.astype(np.float32), newer.astype(np.float32)
    areas = [
        np.count_nonzero(tracker.fuse(3, image, before, after, weight) > 0.5)
        for weight in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    radii = np.sqrt(np.array(areas) / np.pi)
    assert radii == pytest.approx([20, 25, 30, 35, 40], abs=1.0)


@pytest.mark.parametrize(("weight", "is_there"), [(0.8, True), (0.2, False)])
def test_fusing_with_nothing_follows_the_larger_share(weight, is_there):
    newer = ellipse(100, 90).astype(np.float32)
    joined = ClassicTracker().fuse(3, GROUND, np.zeros_like(newer), newer, weight)
    assert (joined > 0.5).any() == is_there
    assert joined.dtype == np.float32


def test_engine_is_named_and_offers_both():
    engine = ClassicEngine(device="cpu")
    assert (engine.name, engine.device) == ("classic", "cpu")
    assert engine.tracker() is not engine.tracker()
    assert hasattr(engine.click_model(), "predict")


SHAPES = [(1, 1), (1, 60), (3, 3), (5, 300), (40, 40)]


@pytest.mark.parametrize("shape", SHAPES)
def test_degenerate_pictures_are_tracked(shape):
    height, width = shape
    corner = np.zeros(shape, bool)
    corner[: height // 2 + 1, : width // 2 + 1] = True
    flat = np.full((*shape, 3), 90, np.uint8)
    noise = np.random.default_rng(4).integers(0, 256, (*shape, 3)).astype(np.uint8)
    tracker = ClassicTracker()
    tracker.add_reference(0, flat, {1: corner, 2: ~corner})
    steps = tracker.start(0, 1)
    for index, image in enumerate((flat, noise, flat), 1):
        for prediction in steps.step(index, image, [1, 2]).values():
            assert prediction.probability.shape == shape
            assert np.isfinite(prediction.probability).all()
            assert 0 <= prediction.score <= 1
