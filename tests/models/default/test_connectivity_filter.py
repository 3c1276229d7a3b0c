"""A followed object goes on from where it was."""

from __future__ import annotations

import numpy as np

from app.models.default.connectivity_filter import keep_connected


def answer(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """Logits (120, 160), positive in boxes given as top, bottom, left, right."""
    logits = np.full((120, 160), -3, np.float32)
    for top, bottom, left, right in boxes:
        logits[top:bottom, left:right] = 3
    return logits


def before(top: int, bottom: int, left: int, right: int) -> np.ndarray:
    """The mask of the frame before, at half the resolution of the logits."""
    mask = np.zeros((60, 80), np.float32)
    mask[top // 2 : bottom // 2, left // 2 : right // 2] = 1
    return mask


def test_a_thing_that_only_looks_alike_is_left_out() -> None:
    found = keep_connected(answer((40, 70, 20, 50), (40, 70, 120, 150)), before(40, 70, 16, 46)) > 0
    assert found[40:70, 20:50].all()
    assert not found[:, 100:].any()


def test_parts_of_an_object_stay_together_when_something_passes_in_front() -> None:
    parts = answer((40, 70, 20, 34), (40, 70, 40, 50))
    assert np.array_equal(keep_connected(parts, before(40, 70, 16, 46)), parts)


def test_an_object_that_jumped_is_still_found() -> None:
    far = answer((40, 70, 120, 150))
    assert np.array_equal(keep_connected(far, before(40, 70, 16, 46)), far)


def test_an_object_that_was_out_of_sight_may_come_back_anywhere() -> None:
    pieces = answer((40, 70, 20, 50), (40, 70, 120, 150))
    assert np.array_equal(keep_connected(pieces, np.zeros((60, 80), np.float32)), pieces)
