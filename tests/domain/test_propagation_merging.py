"""What another machine has propagated never replaces what a person did meanwhile."""

from __future__ import annotations

from dataclasses import replace

from app.domain.annotation import Annotation, Label, Mask, Object, Status
from app.domain.journal_merging import Work
from app.domain.propagation_merging import merge_propagated

LABELS = (Label(1, "thing", (255, 0, 0)),)
OBJECT = Object(1, 1)
REFERENCE = Annotation(Mask(2, 2, b"04"), Status.EDITED, reference=True, version=3)
THEIRS = Annotation(Mask(2, 2, b"13"), Status.PROPAGATED, 0.9, sources=(3, 0))
EARLIER = replace(THEIRS, mask=Mask(2, 2, b"22"))


def work(*cells: Annotation | None, item: Object = OBJECT) -> Work:
    """Work with these cells of one object on frames 0, 1, ..."""
    return Work(LABELS, (item,), {(frame, 1): cell for frame, cell in enumerate(cells) if cell is not None})


def merged(base: Work, ours: Work, theirs: Work) -> tuple[list[int], int]:
    """The frames whose masks come, and how many are outdated."""
    made = merge_propagated(base, ours, theirs, 9)
    assert all(change.after == theirs.cells[change.frame, 1] for change in made.edit.cells)
    assert all(change.before == ours.cells.get((change.frame, 1)) for change in made.edit.cells)
    return [change.frame for change in made.edit.cells], made.outdated


def test_masks_come_where_nothing_was_or_what_was_sent_is_still_there() -> None:
    base = work(REFERENCE, EARLIER, None)
    assert merged(base, base, work(REFERENCE, THEIRS, THEIRS)) == ([1, 2], 0)


def test_coming_twice_changes_nothing() -> None:
    theirs = work(REFERENCE, THEIRS, THEIRS)
    assert merged(work(REFERENCE), theirs, theirs) == ([], 0)


def test_what_a_person_made_verified_or_deleted_meanwhile_stays() -> None:
    base, theirs = work(REFERENCE, EARLIER, EARLIER, None), work(REFERENCE, THEIRS, THEIRS, THEIRS)
    drawn = replace(EARLIER, status=Status.EDITED)
    verified = replace(EARLIER, status=Status.VERIFIED)
    assert merged(base, work(REFERENCE, drawn, verified, EARLIER), theirs) == ([], 0)
    assert merged(base, work(REFERENCE, None, EARLIER), theirs) == ([2, 3], 0)


def test_masks_of_references_that_have_changed_meanwhile_are_left_out() -> None:
    base, theirs = work(REFERENCE), work(REFERENCE, THEIRS, THEIRS, THEIRS)
    assert merged(base, work(replace(REFERENCE, version=5)), theirs) == ([], 3)
    between = work(REFERENCE, None, replace(REFERENCE, version=5))
    assert merged(base, between, theirs) == ([], 2)


def test_an_object_that_is_locked_or_gone_is_left_alone() -> None:
    base, theirs = work(REFERENCE), work(REFERENCE, THEIRS)
    assert merged(base, work(REFERENCE, item=replace(OBJECT, locked=True)), theirs) == ([], 0)
    assert merged(base, Work(LABELS, (), {}), theirs) == ([], 0)
