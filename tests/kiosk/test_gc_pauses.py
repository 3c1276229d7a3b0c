"""Full garbage collections run while the UI is idle, and only then."""

from __future__ import annotations

import gc
import weakref

import pytest

from app.kiosk import gc_pauses
from app.kiosk.gc_pauses import GcScheduler


class Node:
    """Something that holds itself."""

    def __init__(self) -> None:
        self.own = self


def test_a_sweep_frees_what_holds_itself_and_the_interpreter_is_left_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gc_pauses, "INTERVAL_SECONDS", 0.0)
    before = gc.get_threshold()
    with GcScheduler() as gc_scheduler:
        seen = weakref.ref(Node())
        gc_scheduler.collect_when_idle()
        assert seen() is None
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_sweeps_do_not_follow_each_other_closely() -> None:
    with GcScheduler() as gc_scheduler:
        seen = weakref.ref(Node())
        gc_scheduler.collect_when_idle()
        assert seen() is not None
