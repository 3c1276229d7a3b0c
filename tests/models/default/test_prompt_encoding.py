"""What the decoder is told about clicks and masks."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.models.default import prompt_encoding

SPOT = st.tuples(st.floats(-10, 140), st.floats(-10, 100), st.booleans())


@given(st.lists(SPOT, max_size=30))
def test_spots_stay_in_range_and_signs_apart(spots: list[prompt_encoding.Spot]) -> None:
    hints = prompt_encoding.click_hints(spots, None, 24, 32)
    assert hints.shape == (1, 9, 24, 32)
    assert hints.min() >= 0 and hints.max() <= 1
    used = spots[-prompt_encoding.MOST_CLICKS :]
    assert hints[0, :3].any() == any(positive for *_, positive in used)
    assert not hints[0, 6:].any()


def test_a_click_peaks_where_it_is() -> None:
    hints = prompt_encoding.click_hints([(41.5, 21.5, True)], None, 24, 32)
    assert np.unravel_index(hints[0, 0].argmax(), (24, 32)) == (5, 10)
    assert hints[0, 0].max() == 1


def test_of_many_clicks_the_last_count() -> None:
    old, recent = (4.0, 4.0, True), [(100.0, 60.0, True)] * prompt_encoding.MOST_CLICKS
    assert np.array_equal(
        prompt_encoding.click_hints([old, *recent], None, 24, 32),
        prompt_encoding.click_hints(recent, None, 24, 32),
    )


@given(st.lists(SPOT, max_size=8))
def test_likeness_is_a_cosine(spots: list[prompt_encoding.Spot]) -> None:
    embedding = np.random.default_rng(0).normal(size=(1, 8, 12, 16)).astype(np.float32)
    embedding /= np.linalg.norm(embedding, axis=1, keepdims=True)
    likeness = prompt_encoding.click_likeness(embedding, spots)
    assert likeness.shape == (1, 2, 12, 16)
    for index, wanted in enumerate((True, False)):
        inside = [(x, y) for x, y, positive in spots if positive == wanted]
        assert np.isclose(likeness[0, index].max(), 1 if inside else -1, atol=1e-5)
