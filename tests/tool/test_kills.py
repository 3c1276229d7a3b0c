"""The program is killed at random moments, alone, with its workers, and worker by worker: nothing saved is gone.

The full count, with real windows among them: python -m tool.soak kills.
"""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

from app.storage.demo import write_demo
from tool.soak.kills import Blow, Killer, Loss

LIVES: tuple[tuple[Blow, ...], ...] = (
    ("host",),
    ("propagator", "host"),
    ("all",),
    ("decoder", "segmenter", "all"),
    ("host",),
)


@pytest.fixture
def killer(tmp_path: Path) -> Killer:
    demo = write_demo(tmp_path / "demo", frames=30, width=192, height=144)
    return Killer(tmp_path / "work", demo.video, random.Random(11))


def test_killed_at_any_moment_the_program_keeps_what_it_called_saved(killer: Killer) -> None:
    for blows in LIVES:
        killer.life(blows)
    assert killer.toll.blows.total() == sum(map(len, LIVES))
    assert killer.toll.gestures > len(LIVES)


def test_a_loss_would_be_noticed(killer: Killer, tmp_path: Path) -> None:
    killer.life(("host",))
    (path,) = (tmp_path / "work").glob("*/journal*.sqlite3")
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM meta WHERE key = 'labels'")
    with pytest.raises(Loss, match="does not show"):
        killer.life(("host",))
