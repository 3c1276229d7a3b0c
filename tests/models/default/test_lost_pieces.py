"""Which pieces of a mask are given to an object that has none."""

from __future__ import annotations

import numpy as np

from app.models.default.lost_pieces import LEAST_PIECE, find_lost_pieces, split_pieces

LEFT, RIGHT = np.s_[4:14, 2:12], np.s_[4:14, 28:38]
DOG, TWIN, MAN = 1, 2, 3


def mask(*places: tuple[slice, slice]) -> np.ndarray:
    made = np.zeros((20, 40), np.float32)
    for place in places:
        made[place] = 0.9
    return made


def looks(left: dict[int, float], right: dict[int, float]):
    """Return a likeness of objects to what is on the left and on the right."""
    return lambda number, piece: (left if piece[LEFT].any() else right)[number]


def test_a_piece_that_looks_more_like_a_lost_object_is_given_to_it() -> None:
    alike = looks({DOG: 0.7, TWIN: 0.9}, {DOG: 0.8, TWIN: 0.75})
    (piece,) = find_lost_pieces({DOG: mask(), TWIN: mask(LEFT, RIGHT)}, alike)
    assert (piece.holder, piece.owner) == (TWIN, DOG)
    assert piece.piece[RIGHT].all() and piece.piece.sum() == 100


def test_a_mask_of_one_piece_stays_with_its_object_however_it_looks() -> None:
    alike = looks({DOG: 0.99, TWIN: 0.6}, {DOG: 0.99, TWIN: 0.6})
    assert find_lost_pieces({DOG: mask(), TWIN: mask(LEFT)}, alike) == []
    assert find_lost_pieces({DOG: mask(), TWIN: mask(LEFT, RIGHT)}, alike) == []


def test_nothing_is_given_away_while_no_object_is_lost_or_to_one_that_looks_otherwise() -> None:
    alike = looks({DOG: 0.9, TWIN: 0.6, MAN: 0.2}, {DOG: 0.3, TWIN: 0.9, MAN: 0.4})
    assert find_lost_pieces({DOG: mask(LEFT), TWIN: mask(LEFT, RIGHT)}, alike) == []
    assert find_lost_pieces({MAN: mask(), TWIN: mask(LEFT, RIGHT)}, alike) == []


def test_of_two_lost_objects_the_more_alike_one_is_given_the_piece() -> None:
    alike = looks({DOG: 0.8, TWIN: 0.5, MAN: 0.7}, {DOG: 0.3, TWIN: 0.9, MAN: 0.4})
    (piece,) = find_lost_pieces({MAN: mask(), DOG: mask(), TWIN: mask(LEFT, RIGHT)}, alike)
    assert piece.owner == DOG


def test_specks_are_no_pieces() -> None:
    made = mask(LEFT)
    made[18, : LEAST_PIECE - 1] = 1
    assert len(split_pieces(made)) == 1
