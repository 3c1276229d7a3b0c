"""Label colours can be told apart."""

from __future__ import annotations

import math
from itertools import combinations

from app.domain.label_colors import OKABE_ITO, free_color, oklab, palette


def test_the_first_colours_are_those_that_colour_blind_people_can_tell_apart() -> None:
    assert palette()[: len(OKABE_ITO)] == OKABE_ITO


def test_eighty_labels_look_different_and_all_255_are_different() -> None:
    looks = [oklab(color) for color in palette()[:80]]
    assert min(math.dist(one, other) for one, other in combinations(looks, 2)) > 0.06
    assert len(set(palette())) == 255


def test_no_colour_is_lost_on_a_dark_picture() -> None:
    assert all(oklab(color)[0] > 0.35 for color in palette())


def test_oklab_agrees_with_its_author() -> None:
    assert all(abs(a - b) < 1e-4 for a, b in zip(oklab((255, 255, 255)), (1, 0, 0), strict=True))
    red = (0.62796, 0.22486, 0.12585)
    assert all(abs(a - b) < 1e-4 for a, b in zip(oklab((255, 0, 0)), red, strict=True))


def test_a_colour_that_is_used_is_not_given_again() -> None:
    assert free_color([]) == OKABE_ITO[0]
    assert free_color(palette()[:9]) == palette()[9]
    assert free_color([palette()[0], palette()[2]]) == palette()[1]
