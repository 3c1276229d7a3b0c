"""The program is killed at random moments, alone, with its workers, and worker by worker: nothing saved is gone.

The full count, with real windows among them: python -m tool.dev.soak kills.
"""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from app.headless import Annotator
from app.storage.demo.demo_sequence import write_demo
from app.storage.workspace.journal import Journal
from tool.dev.soak.kills import CampaignFailure, KillCampaign, Target
from tool.dev.soak.watched_propagation import WatchedPropagation

FRAMES = 30
RUNS: tuple[tuple[Target, ...], ...] = (
    ("host",),
    ("propagator", "host"),
    ("all",),
    ("decoder", "segmenter", "all"),
    ("host",),
)


@pytest.fixture
def campaign(tmp_path: Path) -> KillCampaign:
    demo = write_demo(tmp_path / "demo", FRAMES, width=192, height=144)
    return KillCampaign(tmp_path / "work", demo.video, FRAMES, random.Random(11))


def test_killed_at_any_moment_the_program_keeps_what_it_called_saved(campaign: KillCampaign) -> None:
    for targets in RUNS:
        campaign.run_program(targets)
    assert campaign.counts.kills.total() == sum(map(len, RUNS))
    assert campaign.counts.gestures > len(RUNS)


def test_a_loss_would_be_noticed(campaign: KillCampaign, tmp_path: Path) -> None:
    campaign.run_program(("host",))
    (path,) = (tmp_path / "work").glob("*/journal*.sqlite3")
    with sqlite3.connect(path) as db:
        # The newest list alone would be restored from the edits.
        db.execute("DELETE FROM meta WHERE key = 'labels'")
        db.execute("UPDATE edits SET labels = NULL")
    with pytest.raises(CampaignFailure, match="does not show"):
        campaign.run_program(("host",))


@pytest.mark.parametrize("forced", [True, False])
@pytest.mark.parametrize(("steps", "is_over"), [(2, False), (9, True)])
def test_a_propagation_that_was_cut_off_is_told_from_one_that_arrived(
    tmp_path: Path, forced: bool, steps: int, is_over: bool
) -> None:
    demo = write_demo(tmp_path / "demo", FRAMES, width=192, height=144)
    with Annotator(tmp_path / "work", device="cpu", engine="classic", threads=1) as a:
        a.open(demo.video)
        label = a.add_label("disc")
        a.set_mask(0, a.add_object(label), np.ones((144, 192), bool))
        for step in a.propagate(0, 10, force=forced):
            if step.done == steps:
                break
    (path,) = (tmp_path / "work").glob("*/journal*.sqlite3")
    with Journal(path) as journal:
        assert WatchedPropagation(0, 10, forced).is_over(journal.read(), FRAMES) is is_over
