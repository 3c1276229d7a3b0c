"""The table of intervals: seconds of a film, time points of a scan over time."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from app.domain.annotation import SequenceInfo
from app.domain.errors import ExportError
from app.domain.history import Edit
from app.domain.tier import Interval, Term, Tier, TierChange
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.interval_export import export_intervals
from app.storage.workspace.journal import Journal, JournalEntry


def job_of(info: SequenceInfo, folder: Path, *intervals: Interval) -> ExportJob:
    """An export with these intervals in its journal."""
    tier = Tier("phase", "phases", (Term("rest", "1"),))
    with Journal(folder / "journal") as journal:
        change = TierChange(added=intervals, tiers=((), (tier,)))
        journal.write([JournalEntry(Edit(1, "Mark rest", tiers=change), "done", 0.0)])
    blank = np.zeros((info.height, info.width, 3), np.uint8)
    return ExportJob(
        info, (), (), lambda frame: {}, lambda frame: blank, 0.5, lambda *_: None, lambda: None,
        journal=folder / "journal",
    )  # fmt: skip


def rows_of(job: ExportJob, folder: Path) -> list[dict[str, object]]:
    _, document = export_intervals(job, folder)
    found: list[dict[str, object]] = json.loads(document.read_text(encoding="utf-8"))["intervals"]
    return found


def test_frames_of_a_film_have_their_seconds_and_those_it_has_not_none(tmp_path: Path) -> None:
    info = SequenceInfo("clip", "/clip.mp4", "video", 4, 8, 8, fps=25.0, times=(0.0, 0.1, 0.5, 0.9))
    marked = (
        Interval("phase", "rest", 1, 3),
        Interval("phase", "rest", 3, 9),
        Interval("phase", "rest", 9, None),
    )
    rows = rows_of(job_of(info, tmp_path, *marked), tmp_path)
    assert [(row["first_second"], row["last_second"]) for row in rows] == [
        (0.1, 0.5),
        (0.9, None),
        (None, None),
    ]
    assert {row["first_time_point"] for row in rows} == {None}


def test_frames_of_a_scan_over_time_have_their_time_points(tmp_path: Path) -> None:
    info = SequenceInfo("heart", "/heart", "volume", 12, 8, 8, time_points=4)
    (row,) = rows_of(job_of(info, tmp_path, Interval("phase", "rest", 3, 9)), tmp_path)
    assert (row["first_time_point"], row["last_time_point"]) == (1, 2)


def test_without_a_journal_it_says_so(tmp_path: Path) -> None:
    info = SequenceInfo("clip", "/clip.mp4", "video", 4, 8, 8)
    blank = np.zeros((8, 8, 3), np.uint8)
    job = ExportJob(info, (), (), lambda n: {}, lambda n: blank, 0.5, lambda *_: None, lambda: None)
    with pytest.raises(ExportError, match="no journal"):
        export_intervals(job, tmp_path)
