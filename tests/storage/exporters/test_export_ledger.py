"""An export replaces files of its own sequence only, and the record of it says what the program wrote."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.storage.exporters.export_ledger import LEDGER, RecordedPaths, claim_name, note_written


def test_a_sequence_keeps_its_name_and_another_one_of_the_same_name_gets_a_number(tmp_path: Path) -> None:
    assert claim_name(tmp_path, "film", "one", ["png"]) == "film"
    assert claim_name(tmp_path, "film", "two", ["coco"]) == "film (2)"
    (tmp_path / "film" / "mask").mkdir(parents=True)
    assert claim_name(tmp_path, "film", "one", ["png", "mp4"]) == "film"
    assert claim_name(tmp_path, "film", "two", ["png"]) == "film (2)"
    assert claim_name(tmp_path, "film", "three", ["png"]) == "film (3)"


@pytest.mark.parametrize(
    ("kind", "theirs"), [("png", "film/mask"), ("coco", "film.json"), ("stl", "film_7_liver.stl")]
)
def test_what_another_program_wrote_is_not_replaced(tmp_path: Path, kind: str, theirs: str) -> None:
    (tmp_path / theirs).parent.mkdir(exist_ok=True)
    (tmp_path / theirs).touch()
    assert claim_name(tmp_path, "film", "one", [kind]) == "film (2)"
    assert claim_name(tmp_path, "film", "one", ["csv"]) == "film"


def test_a_link_that_leads_nowhere_is_not_replaced_either(tmp_path: Path) -> None:
    (tmp_path / "film.json").symlink_to(tmp_path / "gone.json")
    assert claim_name(tmp_path, "film", "one", ["coco"]) == "film (2)"


def test_the_record_names_what_is_written_and_no_more(tmp_path: Path) -> None:
    claim_name(tmp_path, "film [1]\udcff", "one", ["png", "stl"])
    recorded = RecordedPaths()
    recorded.read(str(tmp_path))
    assert f"{tmp_path}/film [1]\udcff/mask" in recorded
    assert f"{tmp_path}/film [1]\udcff_3_organ.stl" in recorded
    assert f"{tmp_path}/film [1]\udcff.mp4" not in recorded
    assert f"{tmp_path}/film [1]\udcff" not in recorded


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"one line\n", b"a\tb\tc\n\n\t\n"])
def test_a_damaged_record_counts_for_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / LEDGER).write_bytes(content)
    assert claim_name(tmp_path, "film", "one", ["png"]) == "film"


def test_what_was_changed_since_it_was_written_is_not_replaced(tmp_path: Path) -> None:
    masks, table = tmp_path / "film" / "mask", tmp_path / "film_areas.csv"
    assert claim_name(tmp_path, "film", "one", ["png", "csv"]) == "film"
    masks.mkdir(parents=True)
    (masks / "0.png").write_bytes(b"mask")
    table.write_text("1,2\n")
    note_written(tmp_path, [masks, table])
    assert claim_name(tmp_path, "film", "one", ["png", "csv"]) == "film"
    note_written(tmp_path, [masks, table])
    for name in (".DS_Store", "Thumbs.db"):
        (masks / name).write_bytes(b"left by a file manager")
    assert claim_name(tmp_path, "film", "one", ["png"]) == "film"
    note_written(tmp_path, [masks])
    (masks / "notes.txt").write_text("mine")
    assert claim_name(tmp_path, "film", "one", ["csv"]) == "film"
    assert claim_name(tmp_path, "film", "one", ["png"]) == "film (2)"
    assert claim_name(tmp_path, "film", "one", ["png"], overwrite=True) == "film"
    note_written(tmp_path, [masks])
    assert claim_name(tmp_path, "film", "one", ["png"]) == "film"


def test_a_change_that_keeps_the_size_is_seen_by_its_time(tmp_path: Path) -> None:
    table = tmp_path / "film_areas.csv"
    claim_name(tmp_path, "film", "one", ["csv"])
    table.write_text("1,2\n")
    note_written(tmp_path, [table])
    os.utime(table, (2e9, 2e9))
    assert claim_name(tmp_path, "film", "one", ["csv"]) == "film (2)"
    table.unlink()
    assert claim_name(tmp_path, "film", "one", ["csv"]) == "film", "what is gone cannot be lost"


def test_an_export_that_was_cut_off_is_no_change_by_hand(tmp_path: Path) -> None:
    table = tmp_path / "film_areas.csv"
    claim_name(tmp_path, "film", "one", ["csv"])
    table.write_text("1,2\n")
    note_written(tmp_path, [table])
    claim_name(tmp_path, "film", "one", ["csv"])
    table.write_text("1,2,3\n")
    assert claim_name(tmp_path, "film", "one", ["csv"]) == "film"
