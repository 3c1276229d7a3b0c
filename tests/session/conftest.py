"""A session with a sequence open."""

from __future__ import annotations

import pytest

from app.domain.annotation import SequenceInfo
from app.messages import events as ev
from tests.session.harness import FRAMES, HEIGHT, WIDTH, SessionHarness


@pytest.fixture
def harness() -> SessionHarness:
    """An open video of 30 small frames, prefetch off, two labels."""
    harness = SessionHarness()
    harness.handle(ev.EngineReady("classic", "cpu"))
    harness.handle(ev.SequenceOpened(SequenceInfo("clip", "/clip.mp4", "video", FRAMES, WIDTH, HEIGHT, 25.0)))
    harness.handle(ev.ViewChanged(prefetch=False))
    harness.handle(ev.LabelAdded("first"))
    harness.handle(ev.LabelAdded("second"))
    harness.handle(ev.LabelChosen(1))
    return harness
