"""Boxes around text in a map of probabilities."""

from __future__ import annotations

import numpy as np

from app.imaging.text_boxes import text_boxes


def test_a_region_is_grown_to_whole_letters_and_stays_in_the_map() -> None:
    probability = np.zeros((100, 200), np.float32)
    probability[40:48, 50:150] = 0.9
    probability[0:6, 190:200] = 0.9
    (x, y, w, h), corner = sorted(text_boxes(probability, 0.5))
    assert x < 46 and y < 36 and x + w > 154 and y + h > 52
    assert corner[0] + corner[2] == 200 and corner[1] == 0


def test_specks_and_unsure_regions_are_no_text() -> None:
    probability = np.zeros((60, 60), np.float32)
    probability[10, 10] = 1
    probability[30:40, 10:50] = 0.4
    assert text_boxes(probability, 0.5) == []
