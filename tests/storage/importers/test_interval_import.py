"""Files of intervals are read as they were written, and any other is refused with what is wrong in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.domain.errors import ImportMasksError
from app.domain.tier import Interval, Term, Tier, TierTable
from app.storage.importers.interval_import import read_intervals


def test_a_table_as_people_write_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "intervals.csv"
    path.write_text(
        "\ufefftier,term,first_frame,last_frame\nphase,cut,3,9\nphase,'=close,10,\n", encoding="utf-8"
    )
    terms = (Term("cut", ""), Term("=close", ""))
    wanted = (Interval("phase", "cut", 3, 10), Interval("phase", "=close", 10, None))
    assert read_intervals(path) == TierTable((Tier("phase", "intervals", terms),), wanted)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.csv", "x,y\n1,2\n", "must name the columns"),
        ("a.csv", "tier,term,first_frame,last_frame\nphase,cut,nine,\n", "ValueError"),
        ("a.csv", "tier,term,first_frame,last_frame\nphase,cut,9,3\n", "row 1 is no interval"),
        ("a.json", "[", "JSONDecodeError"),
        ("a.json", "[" * 100_000, "RecursionError"),
        ("a.json", "{}", "no list of intervals"),
        (
            "a.json",
            json.dumps({"intervals": [{"tier": "a", "term": "b", "first_frame": -1, "last_frame": 3}]}),
            "row 1",
        ),
        ("a.json", json.dumps({"intervals": [3]}), "row 1"),
        (
            "a.csv",
            "tier,term,first_frame,last_frame\n" + "".join(f"t{n},a,1,1\n" for n in range(40)),
            "36 tiers",
        ),
    ],
)
def test_what_is_none_is_refused_with_the_reason(tmp_path: Path, name: str, content: str, why: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ImportMasksError, match=why):
        read_intervals(path)
