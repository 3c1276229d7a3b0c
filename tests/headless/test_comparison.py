"""Two works on the same sequences are compared, and the report needs nothing but itself."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.domain.annotation import Label, Status
from app.domain.errors import ImportMasksError, UsageError
from app.domain.history import Edit
from app.domain.tier import Interval, Term, Tier, TierChange
from app.imaging import masks
from app.storage.workspace.journal import Journal, JournalEntry
from app.storage.workspace.stored_sequence import find_sequences
from framewise import Workspace
from framewise.__main__ import main
from tests.helpers.clips import write_images
from tests.helpers.workspaces import LABELS, SIZE, make_workspace, square, write_edit

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


def test_what_one_work_alone_has_is_named(
    works: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_images(tmp_path / "Roe^Jane", ["a.png", "b.png"], (40, 40))
    folder = make_workspace(works[0], tmp_path / "Roe^Jane", {(0, 1): DRAWN})
    key = folder.name.rpartition("-")[2][:8]
    assert run(monkeypatch, *works, "--into", tmp_path / "out") == 0
    assert f"Only the first has\t{key}" in capsys.readouterr().out
    page = (tmp_path / "out/report.html").read_text()
    assert f"Only the first has {key}" in page and "Roe" not in page
    assert run(monkeypatch, works[1], works[0], "--names") == 0
    assert "Only the second has\tRoe^Jane" in capsys.readouterr().out


def test_a_sequence_is_chosen_by_the_digits_that_are_printed(
    works: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (ada,) = find_sequences(works[0])
    assert run(monkeypatch, *works, "--only", ada.record.fingerprint[:8]) == 0
    assert run(monkeypatch, *works, "--only", "zzz") == 1
    assert "zzz: No sequence of this content was annotated here." in capsys.readouterr().err


@pytest.mark.parametrize("tolerance", ["-3", "nan", "inf"])
def test_a_tolerance_that_is_none_is_refused(
    works: tuple[Path, Path],
    tolerance: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(monkeypatch, *works, f"--tolerance={tolerance}") == 1
    assert "tolerance must" in capsys.readouterr().err
    with pytest.raises(UsageError, match="tolerance"):
        Workspace(works[0]).compare(works[1], float(tolerance))


def test_a_work_with_nothing_to_compare_within_says_so(
    works: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(monkeypatch, works[0], "--into", tmp_path / "out") == 1
    assert "Nothing was read twice" in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_phases_of_both_stand_in_the_report(
    works: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tier = Tier("phase", "phases", (Term("<cut>", "1"),))
    for work, stop in zip(works, (2, 1), strict=True):
        change = TierChange(added=(Interval("phase", "<cut>", 0, stop),), tiers=((), (tier,)))
        (stored,) = find_sequences(work)
        with Journal(stored.journal) as journal:
            journal.write([JournalEntry(Edit(99, "Mark", tiers=change), "done", 0.0)])
    assert run(monkeypatch, *works, "--into", tmp_path / "out") == 0
    assert "phase\tphases\tkappa 0.4000" in capsys.readouterr().out
    (row,) = csv.DictReader((tmp_path / "out/intervals.csv").read_text().splitlines())
    assert (row["kappa"], row["frames_first"], row["iou"], row["same"]) == ("0.4000", "2", "0.5000", "1")
    page = (tmp_path / "out/report.html").read_text()
    assert "phase: &lt;cut&gt;" in page and "<cut>" not in page and "0.400" in page


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


def test_results_are_compared_with_what_models_proposed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_images(tmp_path / "clip", ["a.png", "b.png", "c.png", "d.png"], SIZE)
    proposed = {(frame, 1): (Status.PROPAGATED, 0.5) for frame in range(4)}
    folder = make_workspace(tmp_path / "work", tmp_path / "clip", {**proposed, (0, 2): DRAWN}, operator="")
    write_edit(
        folder, {(0, 1): (Status.VERIFIED, 0), (1, 1): (Status.EDITED, 2), (2, 1): None}, 1_700_000_100.0
    )
    found = Workspace(tmp_path / "work")["clip"].proposals(1)[1]
    assert found.is_answered and np.array_equal(masks.decode(found.annotation.mask), square(1, 1))
    assert run(monkeypatch, tmp_path / "work", "--into", tmp_path / "out") == 0
    assert "tool\t3 frames\tDice 0.5833\tproposal" in capsys.readouterr().out
    rows = list(csv.DictReader((tmp_path / "out/agreement.csv").read_text().splitlines()))
    assert [(row["frame"], row["dice"], row["first_operator"]) for row in rows] == [
        ("0", "1.0000", "ada"),
        ("1", "0.7500", "ada"),
        ("2", "0.0000", "ada"),
    ]
    page = (tmp_path / "out/report.html").read_text()
    assert "<td>tool</td><td>3</td><td>1</td><td>1</td><td>1</td><td>0.583</td>" in page
    assert page.count("data:image/png;base64,") == 2 and "only the proposal has it" in page


def test_a_folder_of_mask_files_is_a_truth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, count in (("clip_1", 1), ("clip_1_b", 2), ("clip_2", 3)):
        write_images(tmp_path / name, [f"{frame}.png" for frame in range(count)], SIZE)
        make_workspace(tmp_path / "work", tmp_path / name, {(0, 1): DRAWN})
    for name, shift in (("clip_1", 2), ("clip_1_b", 0)):
        (tmp_path / "truth" / name).mkdir(parents=True)
        mask = Image.fromarray(square(shift, 1).astype(np.uint8) * 3)
        mask.save(tmp_path / "truth" / name / "0.png")
        (tmp_path / "truth" / name / "labels.txt").write_text("3,tool,200,30,30\n")
    assert run(monkeypatch, tmp_path / "work", tmp_path / "truth", "--into", tmp_path / "out", "--names") == 0
    rows = list(csv.DictReader((tmp_path / "out/agreement.csv").read_text().splitlines()))
    assert {(row["sequence"], row["label"], row["dice"]) for row in rows} == {
        ("clip_1", "tool", "0.7500"),
        ("clip_1_b", "tool", "1.0000"),
    }
    assert run(monkeypatch, tmp_path / "work", tmp_path / "clip_2") == 1
    assert "has the name of a sequence" in capsys.readouterr().err


def test_a_script_compares_works_and_files_of_masks(works: tuple[Path, Path], tmp_path: Path) -> None:
    ada = Workspace(works[0])
    for other in (works[1], Workspace(works[1])):
        (one,) = ada.compare(other)
        assert {item.label: round(item.mean_dice, 2) for item in one.objects} == {"tool": 0.5, "polyp": 0.0}
    with pytest.raises(ImportMasksError):
        ada.compare(tmp_path / "none.png")


def test_masks_that_do_not_fit_stop_no_other_sequence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, size in (("clip_1", SIZE), ("clip_2", (5, 4))):
        write_images(tmp_path / name, [f"{name}.png"], SIZE)
        make_workspace(tmp_path / "work", tmp_path / name, {(0, 1): DRAWN})
        (tmp_path / "truth" / name).mkdir(parents=True)
        mask = Image.fromarray(np.full(size[::-1], 3, np.uint8))
        mask.save(tmp_path / "truth" / name / f"{name}.png")
    assert run(monkeypatch, tmp_path / "work", tmp_path / "truth", "--into", tmp_path / "out", "--names") == 0
    said = capsys.readouterr()
    assert "clip_2 could not be compared" in said.err and "The mask is 5x4" in said.err
    assert "clip_1\ttool" in said.out
    assert "The mask is 5x4" in (tmp_path / "out/report.html").read_text()
    assert run(monkeypatch, tmp_path / "work", tmp_path / "truth", "--into", tmp_path / "out") == 0
    page = (tmp_path / "out/report.html").read_text()
    assert "Could not be compared" in page and "clip_2" not in page
