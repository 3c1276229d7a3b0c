"""What the views are shown is what the session holds: the same records, not copies of their fields."""

from __future__ import annotations

from dataclasses import fields

from app.messages import events as ev
from app.messages.snapshot import Snapshot
from app.session.state import State
from tests.session.harness import SessionHarness

DERIVED = {"pending", "propagation", "polygons"}  # of the frame only; without the request; without the masks


def test_records_of_the_snapshot_are_those_of_the_state(harness: SessionHarness) -> None:
    harness.annotate()
    harness.handle(ev.FrameRequested(4))
    harness.handle(ev.View3DChanged(opacity=0.5))
    snapshot = harness.snapshot()
    shared = {item.name for item in fields(Snapshot)} & {item.name for item in fields(State)} - DERIVED
    assert shared >= {"sequence", "tasks", "view", "view3d", "sheet", "tools", "models", "worklist"}
    for name in shared:
        assert getattr(snapshot, name) is getattr(harness.state, name), name


def test_a_snapshot_stays_as_it_was(harness: SessionHarness) -> None:
    before = harness.snapshot()
    harness.annotate()
    harness.handle(ev.FrameRequested(4))
    assert (before.sequence.frame, before.sequence.objects) == (0, ())
    assert harness.snapshot().sequence.frame == 4
