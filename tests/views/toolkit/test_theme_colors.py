"""Texts can be read on what lies behind them."""

from __future__ import annotations

import pytest

from app.domain.annotation import Color
from app.views.toolkit.theme_colors import BACKGROUND, MUTED, PANEL, TEXT


def luminance(color: Color) -> float:
    """Return the relative luminance of WCAG 2.1."""
    parts = [part / 255 for part in color]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("ground", [BACKGROUND, PANEL])
@pytest.mark.parametrize("color", [TEXT, MUTED])
def test_texts_have_the_contrast_that_small_letters_need(color: Color, ground: Color) -> None:
    assert (luminance(color) + 0.05) / (luminance(ground) + 0.05) >= 4.5
