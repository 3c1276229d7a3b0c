"""Brightness, contrast, gamma and channels change what is seen as their names say, and nothing at their defaults."""

from __future__ import annotations

import numpy as np

from app.domain.adjustment import Adjustment
from app.imaging.adjusting import adjust_picture

RAMP = np.dstack([np.arange(256, dtype=np.uint8)[None]] * 3)


def adjusted(adjustment: Adjustment) -> list[int]:
    """The red values of a grey ramp."""
    return [int(value) for value in adjust_picture(RAMP, adjustment)[0, :, 0]]


def test_the_default_is_the_picture_itself() -> None:
    assert adjust_picture(RAMP, Adjustment()) is RAMP


def test_curves_rise_and_stay_within_the_range() -> None:
    brighter, harder = adjusted(Adjustment(brightness=0.2)), adjusted(Adjustment(contrast=2.0))
    softer = adjusted(Adjustment(gamma=2.0))
    assert brighter[100] == 151 and brighter[255] == 255
    assert harder[0] == 0 and harder[255] == 255 and harder[90] < 90 < 165 < harder[165]
    assert softer[64] > 64 and softer[255] == 255
    for curve in (brighter, harder, softer):
        assert curve == sorted(curve)


def test_one_channel_is_shown_in_grey() -> None:
    picture = np.zeros((2, 3, 3), np.uint8)
    picture[..., 1] = 90
    assert (adjust_picture(picture, Adjustment(channel="green")) == 90).all()
    assert not adjust_picture(picture, Adjustment(channel="red")).any()
