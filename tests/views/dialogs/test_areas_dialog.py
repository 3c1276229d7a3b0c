"""Volumes over time tell what a ventricle ejects."""

from __future__ import annotations

from app.domain.annotation import AreaCurve
from app.views.dialogs.areas_dialog import describe_change


def test_the_legend_tells_the_ejected_share_of_two_time_points_or_more() -> None:
    curve = AreaCurve(1, (0, 9, 12), (120.0, 48.0, 60.0), "ml")
    assert describe_change(curve) == "  120 to 48 ml, 60%"
    assert describe_change(AreaCurve(1, (4,), (120.0,), "ml")) == ""
    assert describe_change(AreaCurve(1, (0, 1), (30.0, 20.0), "mm²")) == ""
