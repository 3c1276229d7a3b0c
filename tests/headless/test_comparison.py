"""Two works on the same sequences are compared, and the report needs nothing but itself."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from app.domain.annotation import Label, Status
from framewise.__main__ import main
from tests.helpers.clips import write_images
from tests.helpers.workspaces import LABELS, SIZE, make_workspace

DRAWN = (Status.EDITED, 1.0)


@pytest.fixture
def works(tmp_path: Path) -> tuple[Path, Path]:
    """Ada drew two things on three frames; Ben one of them three pixels beside, and another label's list."""
    source = tmp_path / "Doe^John"
    write_images(source, ["a.png", "b.png", "c.png"], SIZE)
    ada = {(frame, key): DRAWN for frame in range(3) for key in (1, 2)}
    make_workspace(tmp_path / "ada", source, ada)
    names = (Label(3, LABELS[0].name, LABELS[0].color), Label(9, "other", (0, 0, 9)))
    make_workspace(tmp_path / "ben", source, {(frame, 1): DRAWN for frame in range(2)}, names, "ben", shift=2)
    return tmp_path / "ada", tmp_path / "ben"


def run(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr("sys.argv", ["framewise", "compare", *map(str, words)])
    return main()


def test_agreement_by_object_and_frame_with_a_report_that_names_nobody(
    works: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(monkeypatch, *works, "--into", tmp_path / "out") == 0
    printed = capsys.readouterr().out
    assert "tool\t3 frames\tDice 0.5000" in printed
    rows = list(csv.DictReader((tmp_path / "out/agreement.csv").read_text().splitlines()))
    tool = [row for row in rows if row["label"] == "tool"]
    assert [(row["frame"], row["dice"], row["hausdorff95"]) for row in tool] == [
        ("0", "0.7500", "2"),
        ("1", "0.7500", "2"),
        ("2", "0.0000", ""),
    ]
    polyp = [row["dice"] for row in rows if row["label"] == "polyp"]
    assert polyp == ["0.0000"] * 3
    page = (tmp_path / "out/report.html").read_text()
    assert page.count("data:image/png;base64,") == 6
    assert "Surface Dice (1 px)" in page
    assert page.count("only the first has it") == 4
    assert "2023-W46" in page and "ada" in page
    assert "Doe" not in page + printed + (tmp_path / "out/agreement.csv").read_text()
    assert "http" not in page


def test_a_report_is_made_without_the_sources(
    works: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(tmp_path / "Doe^John")
    assert run(monkeypatch, *works, "--into", tmp_path / "out", "--names") == 0
    assert "Doe^John" in (tmp_path / "out/report.html").read_text()


def test_works_on_other_sequences_cannot_be_compared(
    works: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_images(tmp_path / "else", ["x.png"], SIZE)
    make_workspace(tmp_path / "eve", tmp_path / "else", {(0, 1): DRAWN})
    assert run(monkeypatch, works[0], tmp_path / "eve") == 1
    assert "no sequence in common" in capsys.readouterr().err
