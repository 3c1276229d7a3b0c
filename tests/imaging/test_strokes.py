"""Strokes paint exactly the pixels whose centre the brush passes over."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.mask_operations import Stroke
from app.imaging.strokes import rasterize_stroke

HEIGHT, WIDTH = 30, 40
COORDINATES = st.floats(-8, 48).map(lambda x: round(x, 1))


def painted(stroke: Stroke) -> np.ndarray:
    patch = rasterize_stroke(stroke, HEIGHT, WIDTH)
    result = np.zeros((HEIGHT, WIDTH), bool)
    result[patch.window] = patch.pixels
    return result


def within(stroke: Stroke, slack: float) -> np.ndarray:
    """Pixels whose centre is within a distance of the line, by the definition; and those that the line starts on."""
    y, x = np.mgrid[:HEIGHT, :WIDTH] * np.array((stroke.aspect, 1.0)).reshape(2, 1, 1)
    points = np.array(stroke.points) * (1, stroke.aspect)
    found = np.zeros((HEIGHT, WIDTH), bool)
    for start, end in (
        zip(points[:-1], points[1:], strict=True) if len(points) > 1 else [(points[0], points[0])]
    ):
        along = end - start
        share = ((x - start[0]) * along[0] + (y - start[1]) * along[1]) / max(along @ along, 1e-12)
        share = np.clip(share, 0, 1)
        away = np.hypot(x - start[0] - share * along[0], y - start[1] - share * along[1])
        found |= away <= stroke.radius + slack
    for column, row in np.floor(np.array(stroke.points) + 0.5).astype(int):
        if 0 <= row < HEIGHT and 0 <= column < WIDTH:
            found[row, column] = True
    return found


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(COORDINATES, COORDINATES), min_size=1, max_size=5),
    st.sampled_from([0.3, 1.0, 2.5, 7.0]),
    st.sampled_from([1.0, 2.5, 0.7]),
)
def test_a_round_brush_paints_what_is_within_its_radius(points, radius, aspect):
    stroke = Stroke(tuple(points), radius, aspect=aspect)
    found = painted(stroke)
    assert (within(stroke, -1e-6) <= found).all() and (found <= within(stroke, 1e-6)).all()


def test_a_square_brush_paints_a_square_and_on_the_way_a_band_without_gaps():
    assert painted(Stroke(((10, 10),), 2, square=True)).sum() == 25
    assert painted(Stroke(((5, 10), (20, 10)), 1, square=True)).sum() == 3 * 18
    diagonal = painted(Stroke(((5, 5), (15, 15)), 1, square=True))
    assert diagonal[4, 4] and diagonal[16, 16] and not diagonal[4, 10] and diagonal[9:12, 9:12].all()


def test_a_brush_smaller_than_a_pixel_paints_the_pixel_it_is_on():
    assert np.argwhere(painted(Stroke(((7.3, 9.4),), 0.1))).tolist() == [[9, 7]]


@pytest.mark.parametrize("points", [((-50.0, 5.0),), ((100.0, 100.0), (120.0, 90.0))])
def test_a_stroke_beside_the_picture_paints_nothing(points):
    assert not painted(Stroke(points, 3)).any()
