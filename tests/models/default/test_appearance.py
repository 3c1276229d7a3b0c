"""What an object looks like, as one vector."""

from __future__ import annotations

import numpy as np

from app.models.default.appearance import mean_embedding


def test_only_what_is_under_the_mask_counts() -> None:
    embedding = np.zeros((2, 4, 6), np.float32)
    embedding[0] = 1
    embedding[:, 1:3, 1:3] = np.array([0, 1], np.float32)[:, None, None]
    mask = np.zeros((8, 12), np.float32)
    mask[2:6, 2:6] = 1
    np.testing.assert_allclose(mean_embedding(embedding, mask), [0, 1], atol=1e-5)
    np.testing.assert_allclose(mean_embedding(embedding, 1 - mask), [1, 0], atol=1e-5)


def test_an_empty_mask_looks_like_nothing() -> None:
    embedding = np.full((3, 4, 6), 3**-0.5, np.float32)
    assert np.linalg.norm(mean_embedding(embedding, np.zeros((8, 12), np.float32))) < 1e-3
