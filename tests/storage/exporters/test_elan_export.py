"""Tiers leave as ELAN's annotation document: in milliseconds, no two annotations of a tier overlap."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as Xml

import numpy as np
import pytest

from app.domain.annotation import SequenceInfo
from app.domain.errors import ExportError
from app.domain.history import Edit
from app.domain.tier import Interval, Term, Tier, TierChange
from app.storage.exporters.elan_export import export_elan
from app.storage.exporters.export_job import ExportJob
from app.storage.importers.import_registry import read_masks
from app.storage.workspace.journal import Journal, JournalEntry

FILM = SequenceInfo("clip.mp4", "/secret/clip.mp4", "video", 50, 8, 8, fps=25.0)
PHASES = Tier("phase", "phases", (Term("prepare", "1"), Term("cut", "2")))
TOOLS = Tier("tool", "intervals", (Term("hook & clip", "3"), Term("grasper", "4")))


def job_of(info: SequenceInfo, folder: Path, *intervals: Interval) -> ExportJob:
    with Journal(folder / "journal") as journal:
        change = TierChange(added=intervals, tiers=((), (PHASES, TOOLS)))
        journal.write([JournalEntry(Edit(1, "Mark", tiers=change), "done", 0.0)])
    blank = np.zeros((8, 8, 3), np.uint8)
    return ExportJob(
        info, (), (), lambda frame: {}, lambda frame: blank, 0.5, lambda *_: None, lambda: None,
        file_name="clip", journal=folder / "journal",
    )  # fmt: skip


def test_terms_that_overlap_are_tiers_of_their_own_and_all_comes_back(tmp_path: Path) -> None:
    marked = (
        Interval("phase", "prepare", 0, 10, "Ada"),
        Interval("phase", "cut", 10, None, "Ada"),
        Interval("tool", "hook & clip", 5, 20),
        Interval("tool", "grasper", 8, 9),
    )
    (path,) = export_elan(job_of(FILM, tmp_path, *marked), tmp_path)
    top = Xml.parse(path).getroot()
    assert [tier.get("TIER_ID") for tier in top.iter("TIER")] == [
        "phase",
        "tool: hook & clip",
        "tool: grasper",
    ]
    times = {slot.get("TIME_SLOT_ID"): int(slot.get("TIME_VALUE", "")) for slot in top.iter("TIME_SLOT")}
    assert list(times.values()) == sorted(times.values())
    spans = [
        (
            str(one.findtext("ANNOTATION_VALUE")),
            *(times[one.get(name)] for name in ("TIME_SLOT_REF1", "TIME_SLOT_REF2")),
        )
        for one in top.iter("ALIGNABLE_ANNOTATION")
    ]
    assert spans == [
        ("prepare", 0, 400),
        ("cut", 400, 2000),
        ("hook & clip", 200, 800),
        ("grasper", 320, 360),
    ]
    assert [media.get("MIME_TYPE") for media in top.iterfind("HEADER/MEDIA_DESCRIPTOR")] == ["video/mp4"]
    assert "secret" not in path.read_text(encoding="utf-8")
    back = read_masks(path, FILM, ()).tiers
    assert [(one.term, one.start, one.stop) for one in back.intervals] == [
        ("prepare", 0, 10), ("hook & clip", 5, 20), ("grasper", 8, 9), ("cut", 10, 50)
    ]  # fmt: skip
    assert [term.name for term in back.tiers[0].terms] == ["prepare", "cut"]


def test_a_scan_has_no_times_for_it(tmp_path: Path) -> None:
    info = SequenceInfo("scan", "/scan", "volume", 50, 8, 8)
    with pytest.raises(ExportError, match="no times"):
        export_elan(job_of(info, tmp_path), tmp_path)
