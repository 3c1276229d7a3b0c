"""When the 3D view is drawn, and what of it a new sequence resets."""

from __future__ import annotations

from dataclasses import replace

from app.domain.camera import OrbitCamera
from app.messages import events as ev
from app.messages import orders as od
from tests.session.harness import SessionHarness, mask


def show(harness: SessionHarness) -> None:
    harness.handle(ev.View3DChanged(shown=True, size=(64, 48)))


def test_nothing_is_drawn_before_the_view_is_shown_and_has_a_size(harness: SessionHarness) -> None:
    harness.annotate()
    harness.handle(ev.View3DChanged(shown=True))
    assert harness.count(od.ShowView3D) == 0
    harness.handle(ev.View3DChanged(size=(64, 48)))
    assert harness.last(od.ShowView3D).frames == {0}


def test_only_frames_with_new_masks_are_drawn_again(harness: SessionHarness) -> None:
    thing = harness.annotate()
    show(harness)
    harness.handle(ev.MaskSet(4, thing, mask(4)))
    assert harness.last(od.ShowView3D).frames == {4}
    drawn = harness.count(od.ShowView3D)
    harness.handle(ev.ViewChanged(opacity=0.1))
    assert harness.count(od.ShowView3D) == drawn
    harness.handle(ev.View3DChanged(camera=OrbitCamera(zoom=2.0)))
    assert harness.last(od.ShowView3D).frames == frozenset()


def test_a_hidden_view_is_taken_away_once(harness: SessionHarness) -> None:
    show(harness)
    harness.handle(ev.View3DChanged(shown=False))
    harness.handle(ev.View3DChanged(opacity=0.5))
    assert harness.count(od.HideView3D) == 1


def test_leaving_the_sequence_takes_the_view_away(harness: SessionHarness) -> None:
    show(harness)
    harness.handle(ev.SequenceClosed())
    assert harness.count(od.HideView3D) == 1
    assert harness.snapshot().view3d.shown


def test_another_sequence_is_seen_whole_from_the_front(harness: SessionHarness) -> None:
    show(harness)
    turned = ev.View3DChanged(
        camera=OrbitCamera(zoom=3.0), hidden=frozenset({1}), left_out=frozenset({2}), opacity=0.4
    )
    harness.handle(turned)
    info = harness.info
    harness.handle(ev.SequenceOpened(info))
    assert harness.snapshot().view3d.camera == OrbitCamera(zoom=3.0)
    harness.handle(ev.SequenceOpened(replace(info, path="/other.mp4")))
    view3d = harness.snapshot().view3d
    assert (view3d.camera, view3d.hidden, view3d.left_out) == (OrbitCamera(), frozenset(), frozenset())
    assert (view3d.opacity, view3d.shown) == (0.4, True)
