"""What models proposed stays readable after a person has changed it, from what the journal holds anyway."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.domain.annotation import Annotation, Status
from app.domain.history import CellChange, Edit
from app.imaging import masks
from app.storage.workspace.journal import Journal, JournalEntry
from app.storage.workspace.proposals import read_proposals


def annotation(size: int, status: Status) -> Annotation:
    mask = np.zeros((12, 12), bool)
    mask[:size, :size] = True
    return Annotation(masks.encode(mask), status, 0.5)


FIRST, BETTER = annotation(4, Status.PROPAGATED), annotation(5, Status.PROPAGATED)
BY_HAND = annotation(6, Status.EDITED)


class Writing:
    """A journal whose cell of frame 2 and object 1 is changed edit by edit."""

    def __init__(self, journal: Journal) -> None:
        self.journal, self._count = journal, 0
        self._cell: Annotation | None = None

    def change(self, after: Annotation | None, title: str = "Draw", model: str = "") -> Edit:
        self._count += 1
        edit = Edit(self._count, title, (CellChange(2, 1, self._cell, after),))
        self._cell = after
        self.journal.write([JournalEntry(edit, "done", 100.0 * self._count, "ada", model)])
        return edit

    def undo(self, edit: Edit) -> None:
        self._cell = edit.cells[0].before
        self.journal.write([JournalEntry(edit, "undone", 0.0)])

    def proposal(self) -> tuple[object, ...]:
        found = read_proposals(self.journal.path)[2, 1]
        return found.annotation, found.model, found.at, found.is_answered


@pytest.fixture
def writing(tmp_path: Path) -> Iterator[Writing]:
    with Journal(tmp_path / "journal.sqlite3") as journal:
        yield Writing(journal)


def test_the_last_proposal_stays_after_a_person_changed_it(writing: Writing) -> None:
    writing.change(FIRST, "Propagate", "classic")
    writing.change(BETTER, "Propagate", "default")
    assert writing.proposal() == (BETTER, "default", 200.0, False)
    writing.change(BY_HAND)
    writing.change(replace(BY_HAND, status=Status.VERIFIED), "Verify")
    assert writing.proposal() == (BETTER, "default", 200.0, True)


def test_deleting_and_accepting_are_answers_and_a_new_proposal_asks_again(writing: Writing) -> None:
    writing.change(FIRST)
    writing.change(None, "Delete")
    assert writing.proposal()[-1]
    writing.change(BETTER)
    assert not writing.proposal()[-1]
    verified = replace(BETTER, status=Status.VERIFIED)
    writing.change(verified, "Verify")
    assert writing.proposal()[0] == BETTER and writing.proposal()[-1]
    writing.change(replace(verified, status=Status.PROPAGATED, sources=(-1, -1)), "Unlock")
    assert writing.proposal()[0] == BETTER


def test_what_was_undone_and_what_a_file_or_a_turn_brought_is_no_answer(writing: Writing) -> None:
    writing.change(FIRST)
    writing.undo(writing.change(BY_HAND))
    assert not writing.proposal()[-1]
    writing.change(replace(BY_HAND, author="ben"), "Merge")
    writing.change(BY_HAND, "Turn from axial")
    assert not writing.proposal()[-1]


def test_what_a_person_made_without_a_proposal_has_none(writing: Writing) -> None:
    writing.change(BY_HAND)
    assert read_proposals(writing.journal.path) == {}
