"""A session with a sequence open."""

from __future__ import annotations

import pytest

from app.domain.annotation import SequenceInfo
from app.messages import events as ev
from tests.session.desk import FRAMES, HEIGHT, WIDTH, Desk


@pytest.fixture
def desk() -> Desk:
    """An open video of 30 small frames, prefetch off, two labels."""
    desk = Desk()
    desk.say(ev.EngineReady("classic", "cpu"))
    desk.say(ev.SequenceOpened(SequenceInfo("clip", "/clip.mp4", "video", FRAMES, WIDTH, HEIGHT, 25.0)))
    desk.say(ev.ViewChanged(prefetch=False))
    desk.say(ev.LabelAdded("first"))
    desk.say(ev.LabelAdded("second"))
    desk.say(ev.LabelChosen(1))
    return desk
