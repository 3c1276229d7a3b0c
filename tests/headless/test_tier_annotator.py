"""Tiers and intervals of the library: durable, exported, read again, and given to the next sequence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from app.domain.errors import ImportMasksError, UsageError
from app.headless import Annotator
from app.storage.demo.demo_sequence import write_demo


def test_intervals_survive_closing_and_leave_as_a_table_and_as_json(
    tmp_path: Path,
) -> None:
    demo = write_demo(tmp_path / "demo", frames=20, width=320, height=240)
    with Annotator(tmp_path / "work", device="cpu", engine="classic", operator="Ada") as a:
        a.open(demo.video)
        a.add_tier("phase", ["=prepare", "cut"], kind="phases")
        a.add_tier("mark", ["bleeding"], kind="points")
        a.add_interval("phase", "=prepare", 0, 9)
        a.add_interval("phase", "cut", 5, 8)
        a.add_interval("mark", "bleeding", 3)
        for wrong in (
            lambda: a.add_interval("none", "cut", 1),
            lambda: a.add_interval("phase", "none", 1),
            lambda: a.add_interval("phase", "cut", 4, 3),
            lambda: a.add_interval("mark", "bleeding", 3, 4),
            lambda: a.add_tier("empty", []),
        ):
            with pytest.raises(UsageError):
                wrong()
        a.delete_interval(a.intervals[-1])
        assert len(a.intervals) == 3
        a.undo()
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        seq = a.open(demo.video)
        assert [(one.term, one.start, one.stop) for one in a.intervals] == [
            ("=prepare", 0, 5), ("bleeding", 3, 4), ("cut", 5, 9), ("=prepare", 9, 10)
        ]  # fmt: skip
        table, document = a.export("intervals", tmp_path / "out")
        a.add_label("thing")
        a.set_mask(0, a.add_object("thing"), np.ones((240, 320), bool))
        (coco,) = a.export("coco", tmp_path / "out")
        kept = a.intervals
        (elan,) = a.export("elan", tmp_path / "out")
        for file in (table, document, elan):
            for one in a.intervals:
                if one.tier == "phase":
                    a.delete_interval(one)
            a.load_intervals(file)
            found = [(one.tier, one.term, one.start, one.stop) for one in a.intervals]
            assert found == [(one.tier, one.term, one.start, one.stop) for one in kept] and len(a.tiers) == 2
        for tier in a.tiers:
            a.delete_tier(tier.name)
        a.import_masks(coco)
        assert a.intervals == kept and [tier.kind for tier in a.tiers] == ["phases", "points"]
        a.save_tiers(tmp_path / "tiers.json")
        with pytest.raises(ImportMasksError, match="intervals cannot be read"):
            a.load_intervals(demo.video)
        terms = [(term.name, term.key) for tier in a.tiers for term in tier.terms]
        next_film = write_demo(tmp_path / "next", frames=6).video
        a.open(next_film)
        assert [(term.name, term.key) for tier in a.tiers for term in tier.terms] == terms and not a.intervals
        for tier in a.tiers:
            a.delete_tier(tier.name)
        a.load_intervals(tmp_path / "tiers.json")
        assert [(term.name, term.key) for tier in a.tiers for term in tier.terms] == terms and not a.intervals
    lines = table.read_text(encoding="utf-8").splitlines()
    assert (
        lines[0]
        == "tier,kind,term,first_frame,last_frame,first_second,last_second,first_time_point,last_time_point,author"
    )
    assert lines[1].startswith("phase,phases,'=prepare,0,4,0.0,") and lines[1].endswith(",Ada")
    found = json.loads(document.read_text(encoding="utf-8"))
    assert [row["term"] for row in found["intervals"]] == ["=prepare", "bleeding", "cut", "=prepare"]
    assert [row["first_frame"] for row in json.loads(coco.read_text())["intervals"]] == [0, 3, 5, 9]
    assert found["frames"] == seq.frames and [tier["kind"] for tier in found["tiers"]] == ["phases", "points"]
