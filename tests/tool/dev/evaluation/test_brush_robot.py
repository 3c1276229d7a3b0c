"""The robot with brush and eraser gets nearer with each stroke, until the mask is the truth."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.domain.tool import SMALLEST_SIZE
from tool.dev.evaluation.brush_robot import paint_until_done

pictures = arrays(np.bool_, (9, 13), elements=st.booleans())


@given(pictures, pictures)
def test_every_stroke_of_a_brush_of_the_tool_mends_something(
    truth: np.ndarray[tuple[int, int], np.dtype[np.bool_]],
    mask: np.ndarray[tuple[int, int], np.dtype[np.bool_]],
) -> None:
    wrong = int((mask != truth).sum())
    for stroke, drawn in paint_until_done(truth, mask, truth.size + 1):
        assert stroke.radius >= SMALLEST_SIZE / 2
        assert int((drawn != truth).sum()) < wrong
        wrong = int((drawn != truth).sum())
    assert wrong == 0
