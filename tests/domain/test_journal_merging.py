"""Works that are merged: the same objects stay the same, whatever else was said of them."""

from dataclasses import replace

import numpy as np

from app.domain.annotation import Annotation, Label, Object, Status
from app.domain.journal_merging import Conflict, Work, merge_work
from app.imaging import masks

TOOL, OTHER = Label(1, "tool", (1, 1, 1)), Label(2, "tool", (2, 2, 2))


def cell(column: int) -> Annotation:
    mask = np.zeros((4, 6), np.bool_)
    mask[:, column] = True
    return Annotation(masks.encode(mask), Status.EDITED)


WORK = Work((TOOL, OTHER), (Object(1, 1), Object(2, 2)), {(0, 1): cell(0), (0, 2): cell(1)})


def test_a_copy_of_the_same_work_adds_nothing_also_where_two_labels_have_one_name() -> None:
    edit = merge_work(WORK, WORK, 9, "track", "keep")
    assert (edit.cells, edit.labels, edit.objects) == ((), None, None)


def test_an_object_that_was_named_there_is_the_same_object() -> None:
    named = replace(
        WORK, objects=(Object(1, 1, "left hook", "seen twice"), Object(2, 2)), cells={(3, 1): cell(2)}
    )
    edit = merge_work(WORK, named, 9, "track", "keep")
    assert [(change.frame, change.object_id) for change in edit.cells] == [(3, 1)]
    assert edit.objects is None


def test_an_object_that_is_added_keeps_its_name_and_note() -> None:
    theirs = Work((TOOL,), (Object(1, 1, "hook", "bent"),), {(0, 1): cell(2)})
    edit = merge_work(WORK, theirs, 9, "new", "keep")
    assert edit.objects is not None and edit.objects[1][-1] == Object(3, 1, "hook", "bent")


def test_masks_of_a_locked_object_are_never_replaced() -> None:
    theirs = replace(WORK, cells={(0, 1): cell(4), (0, 2): cell(5)})
    locked = replace(WORK, objects=(Object(1, 1, locked=True), Object(2, 2)))
    choices: dict[Conflict, list[int]] = {"take": [2], "keep": []}
    for conflict, changed in choices.items():
        edit = merge_work(locked, theirs, 9, "track", conflict)
        assert [change.object_id for change in edit.cells] == changed
