"""Measures as people read them."""

from __future__ import annotations

import numpy as np

from app.domain.annotation import Annotation, Extent, SequenceInfo, Status
from app.imaging import masks
from app.views.panels.measure_panel import describe_extent, format_area, format_number


def test_three_digits_count() -> None:
    assert [format_number(value) for value in (1234.5, 123.45, 12.345, 1.2345, -0.5)] == [
        "1234", "123", "12.3", "1.23", "−0.50",
    ]  # fmt: skip


def test_what_is_not_known_is_a_dash() -> None:
    assert describe_extent(None) == ("–", "–", "–")
    assert describe_extent(Extent(2.5, None, None, None)) == ("2.50", "–", "–")
    assert describe_extent(Extent(2.5, 17.0, 40.0, 12.0)) == ("2.50", "17.0", "40.0 ± 12.0")


def test_an_area_is_in_square_millimetres_where_pixels_have_a_size() -> None:
    mask = np.zeros((20, 24), bool)
    mask[:4, :5] = True
    cell = Annotation(masks.encode(mask), Status.EDITED)
    video = SequenceInfo("a", "a", "video", 9, 24, 20)
    scan = SequenceInfo(
        "a", "a", "volume", 9, 24, 20, spacing=(3.0, 0.5, 0.5), origin=(0.0, 0.0, 0.0),
        direction=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0), orientation="axial",
    )  # fmt: skip
    assert format_area(cell, video, 0) == "20 px"
    assert format_area(cell, scan, 0) == "5.00 mm²"
    assert format_area(None, scan, 0) == "–"
