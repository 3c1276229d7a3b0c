"""Tissue has no grey, green and blue; a room has."""

from __future__ import annotations

import numpy as np
import pytest

from app.imaging.body_colors import LEAST_FOREIGN, BodyColors, body_colors, foreign_limit
from tool.dev.drawn_text.backgrounds import endoscopy, ultrasound


@pytest.mark.parametrize("seed", range(4))
def test_drawn_folds_are_inside_and_a_drawn_room_is_not(seed: int) -> None:
    rng = np.random.default_rng(seed)
    inside = body_colors(endoscopy(rng, 120, 160))
    assert inside.is_inside and inside.foreign < LEAST_FOREIGN
    room = np.repeat(rng.integers(60, 200, (6, 8, 3)), 20, 0).repeat(20, 1).astype(np.uint8)
    assert not body_colors(room).is_inside and body_colors(room).foreign > 0.3


def test_a_dark_frame_has_no_colours() -> None:
    assert body_colors(np.full((60, 80, 3), 20, np.uint8)) == BodyColors(0.0, 0.0, 0.0)


def test_only_films_that_are_mostly_inside_have_a_limit_and_tools_raise_it() -> None:
    tissue, room = BodyColors(0.95, 0.0, 0.0), BodyColors(0.2, 0.4, 0.3)
    assert foreign_limit([tissue] * 5 + [room] * 3) == pytest.approx(LEAST_FOREIGN)
    assert foreign_limit([tissue] * 3 + [room] * 5) is None
    assert foreign_limit([BodyColors(0.8, 0.05, 0.1)] * 8) == pytest.approx(LEAST_FOREIGN + 0.3)
    grey = body_colors(ultrasound(np.random.default_rng(1), 120, 160))
    assert foreign_limit([grey] * 8) is None and foreign_limit([]) is None
