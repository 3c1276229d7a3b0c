"""Label maps painted from masks, and masks that are none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.annotation import Mask, empty_mask
from app.imaging import masks


def test_later_masks_cover_earlier_ones_to_the_last_pixel() -> None:
    random = np.random.default_rng(3)
    drawn = [random.random((13, 17)) > 0.8 for _ in range(4)]
    drawn += [np.zeros((13, 17), bool), np.zeros((13, 17), bool)]
    drawn[4][12, 16] = drawn[4][0, 0] = True
    expected = np.zeros((13, 17), np.uint8)
    for value, array in enumerate(drawn, 1):
        expected[array] = value
    painted = masks.paint(((n, masks.encode(array)) for n, array in enumerate(drawn, 1)), 13, 17)
    assert np.array_equal(painted, expected)


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40), st.floats(0, 1)), min_size=1, max_size=6))
def test_every_encoded_mask_is_valid_among_any_others(shapes: list[tuple[int, int, float]]) -> None:
    random = np.random.default_rng(len(shapes))
    drawn = [masks.encode(random.random((h, w)) < share) for h, w, share in shapes]
    assert masks.are_valid([*drawn, empty_mask(2000, 3000)]) == [True] * (len(drawn) + 1)
    runs, begins = masks.run_lengths([mask.counts for mask in drawn])
    assert np.add.reduceat(runs, begins).tolist() == [h * w for h, w, _ in shapes]
    for mask, part in zip(drawn, np.split(runs, begins[1:]), strict=True):
        assert part[1::2].sum() == masks.area(mask)


@given(st.binary(max_size=12), st.integers(-1, 5), st.integers(-1, 5))
def test_what_is_valid_decodes_to_its_size_whatever_the_code(code: bytes, height: int, width: int) -> None:
    mask = Mask(height, width, code)
    if masks.are_valid([mask, masks.encode(np.ones((3, 3), bool))]) == [True, True]:
        assert masks.encode(masks.decode(mask)).counts is not None
        assert int(masks.decode(mask).sum()) == masks.area(mask) <= height * width


@pytest.mark.parametrize("code", [b"", b"P", b"PPPPPPP0", b"QPPPPPPPPPPPP0", b"\x00", b"5\x001", b"p0"])
def test_what_is_no_code_is_no_mask_and_spoils_no_other(code: bytes) -> None:
    whole = masks.encode(np.ones((3, 3), bool))
    assert masks.are_valid([whole, Mask(3, 3, code), whole]) == [True, False, True]


@pytest.mark.parametrize("kind", [np.bool_, np.uint8])
def test_a_mask_has_one_code_however_it_lies_in_memory(kind: type[np.generic]) -> None:
    drawn = (np.random.default_rng(5).random((9, 14)) > 0.6).astype(kind)
    wide = np.zeros((18, 28), kind)
    wide[::2, ::2] = drawn
    known = masks.encode(drawn)
    assert np.array_equal(masks.decode(known), drawn)
    assert {masks.encode(np.asfortranarray(drawn)), masks.encode(wide[::2, ::2])} == {known}
    assert masks.area(masks.encode(drawn[:0])) == 0
