"""What is signed off cannot be changed by the library, by an import or by a merge; data sets say who signed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.domain.errors import UsageError
from app.headless import Annotator
from app.headless.readable_workspace import ReadableWorkspace

SQUARE = np.pad(np.ones((8, 8), bool), 8)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Annotator, Path]]:
    """An annotator with a signed sequence of three images, and the folder around."""
    root = tmp_path_factory.mktemp("signed")
    (root / "images").mkdir()
    for number in range(3):
        Image.new("RGB", (24, 24), (40 * number, 90, 20)).save(root / "images" / f"{number}.png")
    with Annotator(root / "work", engine="classic") as annotator:
        annotator.open(root / "images")
        annotator.add_label("one")
        annotator.set_mask(0, annotator.add_object("one"), SQUARE)
        annotator.export("png", root / "masks")
        annotator.sign_off("Ada")
        yield annotator, root


def test_the_library_refuses_changes_and_says_why(signed: tuple[Annotator, Path]) -> None:
    annotator, root = signed
    for change in (
        lambda: annotator.set_mask(1, 1, SQUARE),
        lambda: annotator.add_label("two"),
        lambda: list(annotator.propagate()),
        lambda: annotator.import_masks(root / "masks"),
        lambda: annotator.verify(0),
        annotator.undo,
    ):
        with pytest.raises(UsageError, match="Signed off by Ada"):
            change()
    assert annotator.mask(0, 1).tolist() == SQUARE.tolist()


def test_it_stays_locked_when_it_is_opened_again(signed: tuple[Annotator, Path]) -> None:
    annotator, root = signed
    annotator.open(root / "images")
    assert annotator.signed_off is not None
    assert annotator.signed_off.by == "Ada"
    with pytest.raises(UsageError):
        annotator.delete_object(1)


def test_a_merge_leaves_it_out_and_names_it(signed: tuple[Annotator, Path], tmp_path: Path) -> None:
    annotator, root = signed
    with Annotator(tmp_path / "other", engine="classic") as other:
        other.open(root / "images")
        other.add_label("one")
        other.set_mask(2, other.add_object("one"), SQUARE)
    report = ReadableWorkspace(root / "work", "a").merge(ReadableWorkspace(tmp_path / "other"))
    assert (report.locked, report.masks) == (("images",), 0)
    assert annotator.signed_off is not None


def test_a_data_set_says_who_signed_what(signed: tuple[Annotator, Path], tmp_path: Path) -> None:
    annotator, _ = signed
    report = annotator.export_dataset("davis", tmp_path)
    manifest = json.loads((report.folder / "manifest.json").read_text())
    (row,) = manifest["sequences"]
    assert row["signed_off_by"] == "Ada"
    assert row["signed_off_at"].endswith("+00:00")
    assert "Signed off are 1 of the 1 sequences" in (report.folder / "README.md").read_text()


def test_reopening_with_a_reason_lets_it_be_changed_again(signed: tuple[Annotator, Path]) -> None:
    annotator, _ = signed
    with pytest.raises(UsageError, match="reason"):
        annotator.reopen("Bo", " ")
    annotator.reopen("Bo", "the second frame lacks a mask")
    annotator.set_mask(1, 1, SQUARE)
    assert [found.by for found in annotator.sign_offs] == ["Ada", "Bo"]
