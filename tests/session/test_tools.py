"""The active tool and its settings."""

from __future__ import annotations

from app.domain.tool import Tool
from app.messages import events as ev
from tests.session.harness import SessionHarness


def test_a_setting_of_the_tool_changes_alone(harness: SessionHarness) -> None:
    before = harness.snapshot().tools
    harness.handle(ev.ToolChanged(tool=Tool.BRUSH))
    harness.handle(ev.ToolChanged(size=40.0))
    now = harness.snapshot().tools
    assert (now.tool, now.size, now.square) == (Tool.BRUSH, 40.0, before.square)


def test_limits_of_the_brush_are_set_and_taken_away(harness: SessionHarness) -> None:
    harness.handle(ev.LimitsChanged((-100.0, 240.0)))
    assert harness.snapshot().tools.limits == (-100.0, 240.0)
    harness.handle(ev.LimitsChanged(None))
    assert harness.snapshot().tools.limits is None
