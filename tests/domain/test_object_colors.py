"""Objects of a label are told apart by their shades of its colour."""

from __future__ import annotations

import math

import pytest

from app.domain.annotation import Label, Object
from app.domain.label_colors import oklab, palette
from app.domain.object_colors import object_colors, shade_of


def test_the_first_object_of_a_label_has_its_colour_and_the_others_their_own() -> None:
    labels = (Label(1, "bee", (230, 159, 0)), Label(2, "hive", (0, 114, 178)))
    objects = (Object(4, 1), Object(5, 2), Object(7, 1), Object(8, 1), Object(9, 3))
    colors = object_colors(labels, objects)
    assert (colors[4], colors[5], colors[9]) == (labels[0].color, labels[1].color, (255, 255, 255))
    assert len({colors[4], colors[7], colors[8]}) == 3


@pytest.mark.parametrize("color", palette()[:7])
def test_eight_shades_of_the_usual_colours_can_be_told_apart(color: tuple[int, int, int]) -> None:
    shades = [oklab(shade_of(color, number)) for number in range(8)]
    assert min(math.dist(one, other) for n, one in enumerate(shades) for other in shades[:n]) > 0.02


@pytest.mark.parametrize("color", [(0, 0, 0), (255, 255, 255), (100, 255, 255)])
def test_every_colour_has_shades_that_a_screen_can_show(color: tuple[int, int, int]) -> None:
    shades = [shade_of(color, number) for number in range(60)]
    assert all(0 <= part <= 255 for shade in shades for part in shade) and len(set(shades)) > 20
