"""The 3D view's hand, legend and words."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.annotation import Label, SequenceInfo
from app.domain.camera import HALF_ANGLE, OrbitCamera
from app.messages.picture import View3DPicture
from app.messages.snapshot import SequenceState, Snapshot, Track, View3D
from app.views.view3d.legend import legend_entries, truncate_entries
from app.views.view3d.orbit_control import OrbitControl
from app.views.view3d.view3d_message import message_lines
from app.views.view3d.view3d_pane import drawn_size

SHOWN = Snapshot(
    sequence=SequenceState(SequenceInfo("ct", "/ct", "volume", 3, 64, 48)),
    labels=(Label(1, "liver", (255, 0, 0)), Label(2, "spleen", (0, 255, 0)), Label(3, "none", (0, 0, 255))),
    tracks=(
        Track(1, 2, b"\0\2\0", b"\0\0\0"),
        Track(2, 1, b"\2\0\0", b"\0\0\0"),
        Track(3, 3, b"\0\0\0", b"\0\0\0"),
    ),
)
PICTURE = View3DPicture("/ct", np.zeros((4, 4, 4), np.uint8))


def test_half_a_turn_takes_the_side_and_the_poles_are_the_end() -> None:
    orbit = OrbitControl(OrbitCamera(10, 0), side=200)
    orbit.press("left", 50, 50)
    assert orbit.move(50 - 200, 50) == OrbitCamera(190, 0)
    assert orbit.move(50, 50 + 500) == OrbitCamera(10, 90)
    assert orbit.move(50, 50 + 500) is None


@given(st.floats(0.2, 20), st.integers(-90, 90), st.integers(-90, 90))
def test_what_is_moved_stays_under_the_hand(zoom: float, right: int, down: int) -> None:
    """At zoom 1 the ball fills the side, so that moving by half of it is a radius, by the camera's law."""
    orbit = OrbitControl(OrbitCamera(zoom=zoom), side=200)
    orbit.press("middle", 0, 0)
    camera = orbit.move(right, down) or orbit.camera
    radii = 100 * math.cos(math.radians(HALF_ANGLE)) * zoom
    assert camera.right * radii == pytest.approx(max(min(right, 3 * radii), -3 * radii), abs=1e-6)
    assert camera.up * radii == pytest.approx(max(min(-down, 3 * radii), -3 * radii), abs=1e-6)


def test_a_drag_that_is_cancelled_leaves_no_trace() -> None:
    orbit = OrbitControl(side=100)
    orbit.press("right", 0, 0)
    assert orbit.move(0, -40) is not None
    assert orbit.cancel() == OrbitCamera()
    assert orbit.drag is None
    assert orbit.cancel() is None


def test_echoes_of_the_own_wishes_do_not_turn_it_back() -> None:
    orbit = OrbitControl(side=100)
    first, second = orbit.wheel(1), orbit.wheel(1)
    assert first is not None
    assert second is not None
    orbit.accept_camera(first)
    assert orbit.camera == second
    orbit.accept_camera(second)
    other = OrbitCamera(zoom=7)
    orbit.accept_camera(other)
    assert orbit.camera == other


def test_the_legend_has_labels_in_use_and_counts_what_does_not_fit() -> None:
    rows = legend_entries(replace(SHOWN, view3d=View3D(hidden=frozenset({2}))))
    assert [(row.value, row.is_shown) for row in rows] == [(1, True), (2, False)]
    many = rows * 5
    assert truncate_entries(many, 10) == many
    assert [row.name for row in truncate_entries(many, 3)] == ["liver", "spleen", "and 8 more"]


def test_of_a_label_with_several_objects_each_can_be_left_out() -> None:
    several = replace(SHOWN, tracks=(*SHOWN.tracks, Track(4, 1, b"\0\0\2", b"\0\0\0")))
    rows = legend_entries(replace(several, view3d=View3D(left_out=frozenset({2}))))
    assert [row.name for row in rows] == ["liver", "#2", "#4", "spleen"]
    assert [row.is_shown for row in rows] == [True, False, True, True]
    assert rows[2].toggle_event(View3D(left_out=frozenset({2}))).left_out == frozenset({2, 4})
    assert rows[1].toggle_event(View3D(left_out=frozenset({2}))).left_out == frozenset()
    hidden = View3D(hidden=frozenset({1, 2}))
    change = legend_entries(replace(several, view3d=hidden))[2].toggle_event(hidden)
    assert (change.hidden, change.left_out) == (frozenset({2}), frozenset())


def test_the_view_says_what_is_the_matter() -> None:
    assert message_lines(SHOWN, None) == ("Preparing the 3D view…",)
    assert message_lines(SHOWN, PICTURE) == ()
    assert message_lines(replace(SHOWN, tracks=()), PICTURE) == ("Finish a mask to see it here.",)
    hidden = replace(SHOWN, view3d=View3D(hidden=frozenset({1, 2})))
    assert message_lines(hidden, PICTURE)[0] == "All labels are hidden."
    left_out = replace(SHOWN, view3d=View3D(hidden=frozenset({1}), left_out=frozenset({1})))
    assert message_lines(left_out, PICTURE)[0] == "All objects are hidden."
    failed = message_lines(SHOWN, View3DPicture("/ct", None, trouble="This machine can draw no 3D pictures."))
    assert " ".join(failed) == "This machine can draw no 3D pictures."


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_large_pictures_are_drawn_smaller_in_the_same_shape(width: int, height: int) -> None:
    across, down = drawn_size(width, height)
    assert across * down <= max(1_210_000, width + height)
    assert across <= width
    assert down <= height
    if min(across, down) > 50:
        assert across / down == pytest.approx(width / height, rel=0.02)
