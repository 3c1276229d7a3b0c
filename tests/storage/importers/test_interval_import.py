"""Files of intervals are read as they were written; bad rows are named and left out, and any other file is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.domain.annotation import SequenceInfo
from app.domain.errors import ImportMasksError
from app.domain.tier import Interval, Term, Tier, TierTable
from app.storage.exporters.csv_table import write_csv
from app.storage.exporters.interval_export import HEADER, interval_row, safe_row
from app.storage.importers.import_registry import read_masks
from app.storage.importers.import_result import ImportedMasks

FILM = SequenceInfo("clip.mp4", "clip.mp4", "video", 50, 32, 24, fps=25.0)


def read(path: Path, content: str | bytes, info: SequenceInfo = FILM) -> ImportedMasks:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_masks(path, info, ())


def test_a_table_as_people_write_it_is_read(tmp_path: Path) -> None:
    for content in (
        "\ufefftier,term,first_frame,last_frame\nphase,cut,3,9\nphase,'=close,10,\n".encode(),
        b"tier;term;first_frame;last_frame\r\nphase;cut;3;9\r\nphase;=close;10;\r\n",
    ):
        found = read(tmp_path / "intervals.csv", content)
        terms = (Term("cut", ""), Term("=close", ""))
        wanted = (Interval("phase", "cut", 3, 10), Interval("phase", "=close", 10, None))
        assert found.tiers == TierTable((Tier("phase", "intervals", terms),), wanted)
        assert not found.warnings


NAMES = (
    "'quoted'",
    "'=1",
    "=1",
    "''",
    "a,b;c",
    'a"b',
    "two\nlines",
    "a\u2028b",
    "\N{ANATOMICAL HEART}",
    "null",
)


def test_any_name_comes_back_from_the_table_as_it_was(tmp_path: Path) -> None:
    intervals = tuple(Interval("'tier", name, n, n + 1) for n, name in enumerate(NAMES))
    table = TierTable((Tier("'tier", "points", tuple(Term(name, "") for name in NAMES)),), intervals)
    path = tmp_path / "intervals.csv"
    write_csv(path, HEADER, [safe_row(interval_row(FILM, table, one)) for one in intervals])
    assert read_masks(path, FILM, ()).tiers == table


def test_bad_rows_are_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    rows = "phase,cut,3,9\nphase,cut,nine,\nphase,cut,9,3\n,cut,1,2\nphase,,1,2\nphase,cut,-1,2\nmark,bleeding,4,4\n"
    found = read(tmp_path / "a.csv", f"tier,term,first_frame,last_frame\n{rows}")
    assert [(one.term, one.start, one.stop) for one in found.tiers.intervals] == [
        ("cut", 3, 10),
        ("bleeding", 4, 5),
    ]
    (warning,) = found.warnings
    assert "row 2 (phase, cut, nine, ), row 3 (" in warning and "and 2 more" in warning
    good = {"tier": "a", "term": "b", "first_frame": 1, "last_frame": 3}
    document = {"intervals": [3, good, {**good, "first_frame": -1}, {**good, "last_frame": [4]}, None]}
    found = read(tmp_path / "a.json", json.dumps(document))
    assert found.tiers.intervals == (Interval("a", "b", 1, 4),)
    assert "row 1 (3), row 3 (" in found.warnings[0]


def test_a_list_of_tiers_brings_terms_and_keys_alone(tmp_path: Path) -> None:
    tier = {"name": "phase", "kind": "phases", "terms": [{"name": "cut", "key": "c"}, 7, {"name": " "}]}
    found = read(tmp_path / "tiers.json", json.dumps({"tiers": [tier, None, {"name": ""}]}))
    assert found.tiers == TierTable((Tier("phase", "phases", (Term("cut", "c"),)),))


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.csv", "tier,start\nphase,2\n", "must name the columns"),
        ("a.csv", "image,x1,y1,x2,y2,class\na.png,1,2,3,4,polyp\n", "Known are"),
        ("a.csv", "", "Known are"),
        ("a.csv", "tier,term,first_frame,last_frame\nphase,cut,nine,\n", "row 1 .* is no interval"),
        ("a.json", "[", "JSONDecodeError"),
        ("a.json", "[" * 100_000, "RecursionError"),
        ("a.json", json.dumps({"intervals": [3]}), "row 1"),
        (
            "a.csv",
            "tier,term,first_frame,last_frame\n" + "".join(f"t{n},a,1,1\n" for n in range(40)),
            "36 tiers",
        ),
        ("a.csv", "tier,term,first_frame,last_frame\n" + "a,b,1,1\n" * 30_001, "more than 30000"),
        ("a.eaf", "<ANNOTATION_DOCUMENT>", "ParseError"),
        ("a.eaf", "<annotations/>", "no annotation document"),
    ],
)
def test_what_is_none_is_refused_with_the_reason(tmp_path: Path, name: str, content: str, why: str) -> None:
    with pytest.raises(ImportMasksError, match=why):
        read(tmp_path / name, content)
