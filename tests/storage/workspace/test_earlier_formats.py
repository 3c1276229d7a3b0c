"""Workspaces of every earlier journal format, as the programs of their time wrote them."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from app.domain.annotation import Status
from app.headless import Annotator, Workspace
from app.storage.workspace import journal_tables
from app.storage.workspace.workspace import JOURNAL

SAMPLES = Path(__file__).parent / "samples"
FORMATS = range(1, journal_tables.VERSION)


def square(x: int, y: int) -> np.ndarray:
    """The masks of the samples: 8 wide, 6 high."""
    mask = np.zeros((24, 32), bool)
    mask[y : y + 6, x : x + 8] = True
    return mask


def copied(version: int, folder: Path) -> Path:
    return Path(shutil.copytree(SAMPLES / f"format{version}", folder / "work"))


def format_of(work: Path) -> int:
    (journal,) = work.rglob(JOURNAL)
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])


@pytest.mark.parametrize("version", FORMATS)
def test_a_sample_of_each_format_is_kept_and_read_without_being_changed(version: int, tmp_path: Path) -> None:
    work = copied(version, tmp_path)
    assert format_of(work) == version
    before = next(work.rglob(JOURNAL)).read_bytes()
    (sequence,) = Workspace(work).sequences.values()
    first, second = sequence.objects
    assert [label.name for label in sequence.labels] == ["polyp"]
    for frame, item, mask in (
        (0, first, square(4, 4)),
        (2, first, square(10, 8)),
        (1, second, square(20, 12)),
    ):
        assert np.array_equal(sequence[frame].masks[item.object_id], mask)
    assert sequence[0].status(first) is Status.VERIFIED
    assert not sequence.damage
    assert {edit.operator for edit in sequence.history()} == {"Ada Byron"}
    assert next(work.rglob(JOURNAL)).read_bytes() == before


def test_work_of_each_format_is_opened_and_goes_on_with_its_history(tmp_path: Path) -> None:
    """All in one run of the program; the pictures are found by their content wherever they lie."""
    pictures = Path(shutil.copytree(SAMPLES / "pictures", tmp_path / "pictures"))
    for version in FORMATS:
        work = copied(version, tmp_path / str(version))
        with Annotator(work, device="cpu", engine="classic") as annotator:
            annotator.open(pictures)
            first, second = annotator.objects
            assert np.array_equal(annotator.mask(1, second.object_id), square(20, 12))
            annotator.redo()
            assert np.array_equal(annotator.mask(1, second.object_id), square(2, 2))
            annotator.set_mask(2, first.object_id, square(0, 0))
        assert format_of(work) == journal_tables.VERSION
        (sequence,) = Workspace(work).sequences.values()
        assert np.array_equal(sequence[2].masks[first.object_id], square(0, 0))
        assert np.array_equal(sequence[0].masks[first.object_id], square(4, 4))
