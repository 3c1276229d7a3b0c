"""A model of one object, learnt from its reference frames at once."""

from __future__ import annotations

import numpy as np

from app.models.default.target_model import TargetModel, make_example

FEATURES = 6
SIZE = (12, 16)


def scene(rng: np.random.Generator, top: int, left: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features of noise in which the object at (top, left) and an alike thing elsewhere stand out, and its mask.

    The coarse features are the fine ones, shrunk.
    """
    features = rng.normal(0, 0.3, (FEATURES, *SIZE)).astype(np.float32)
    features[:3, top : top + 4, left : left + 5] += np.array([2, 1, -1], np.float32)[:, None, None]
    features[:3, 8:11, 10:15] += np.array([2, 1, 1], np.float32)[:, None, None]
    mask = np.zeros((2 * SIZE[0], 2 * SIZE[1]), np.float32)
    mask[2 * top : 2 * top + 8, 2 * left : 2 * left + 10] = 1
    coarse = features.reshape(FEATURES, SIZE[0] // 2, 2, SIZE[1] // 2, 2).mean((2, 4))
    return features, coarse, mask


def test_the_object_is_told_from_a_thing_that_is_alike() -> None:
    rng = np.random.default_rng(0)
    model = TargetModel([make_example(*scene(rng, 2, 2))])
    found = model.score_frame(*scene(rng, 3, 7)[:2])
    assert found.shape == SIZE and found.min() >= 0 and found.max() <= 1
    assert found[3:7, 7:12].mean() > 0.75
    assert found[8:11, 10:15].mean() < 0.4


def test_units_of_the_features_do_not_matter() -> None:
    rng = np.random.default_rng(0)
    features, coarse, mask = scene(rng, 2, 2)
    units = np.array([1e-3, 1, 50, 1, 1, 7], np.float32)[:, None, None]
    plain = TargetModel([make_example(features, coarse, mask)]).score_frame(features, coarse)
    scaled = TargetModel([make_example(features * units, coarse, mask)]).score_frame(features * units, coarse)
    np.testing.assert_allclose(plain, scaled, atol=1e-3)


def test_a_tiny_object_an_empty_mask_and_a_silent_feature_leave_finite_answers() -> None:
    rng = np.random.default_rng(0)
    features, coarse, mask = scene(rng, 2, 2)
    tiny, nothing = np.zeros_like(mask), np.zeros_like(mask)
    tiny[5, 5] = 1
    features[3] = 0
    for given in (tiny, nothing):
        model = TargetModel([make_example(features, coarse, given)])
        assert np.isfinite(model.score_frame(features, coarse)).all()
