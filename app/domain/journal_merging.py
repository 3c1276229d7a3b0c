"""Merging of two annotators' work on one sequence. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.domain.annotation import Annotation, Label, Object, Status
from app.domain.errors import UsageError
from app.domain.history import CellChange, Edit

Matching = Literal["track", "label", "new"]
Conflict = Literal["keep", "take"]
Cells = Mapping[tuple[int, int], Annotation]  #: by (frame, object id)


@dataclass(frozen=True, slots=True)
class Work:
    """The work of one annotator on a sequence."""

    labels: tuple[Label, ...]
    objects: tuple[Object, ...]
    cells: Cells


def merge_work(ours: Work, theirs: Work, edit_id: int, match: Matching, conflict: Conflict) -> Edit:
    """Return the edit that adds their masks to ours; status, score and author stay theirs.

    match: an object of theirs is the one of ours with its id and label ("track"), with its label and place among those
    of that label ("label"), or always a new one ("new"). Labels are the same where their names are.
    conflict: whose mask stays where both have one; a verified one of ours, or of an object that is locked, always does.
    Raises UsageError when there is no label value left.
    """
    labels, values = _merge_labels(ours.labels, theirs.labels)
    wanted = [replace(item, label=values.get(item.label, item.label)) for item in theirs.objects]
    objects, ids = _match_objects(list(ours.objects), wanted, match)
    locked = {item.object_id for item in ours.objects if item.locked}
    changes = []
    for (frame, object_id), cell in sorted(theirs.cells.items()):
        if object_id not in ids:
            continue
        before = ours.cells.get((frame, ids[object_id]))
        is_kept = conflict == "keep" or ids[object_id] in locked
        is_free = before is None or not (is_kept or before.status is Status.VERIFIED)
        if is_free and (before is None or before.mask != cell.mask):
            made = cell.status.is_locked
            after = replace(cell, reference=made, version=edit_id if made else 0)
            changes.append(CellChange(frame, ids[object_id], before, after))
    return Edit(
        edit_id,
        "Merge",
        tuple(changes),
        (ours.labels, labels) if labels != ours.labels else None,
        (ours.objects, objects) if objects != ours.objects else None,
    )


def _merge_labels(ours: Sequence[Label], theirs: Sequence[Label]) -> tuple[tuple[Label, ...], dict[int, int]]:
    """Return all labels, and our value of each of theirs."""
    merged, values = list(ours), {}
    by_name = {label.name: label.value for label in reversed(ours)}
    names = {label.value: label.name for label in ours}
    for label in theirs:
        if names.get(label.value) == label.name:  # several may have this name
            values[label.value] = label.value
            continue
        if label.name not in by_name:
            taken = {known.value for known in merged}
            free = [value for value in (label.value, *range(1, 256)) if value not in taken]
            if not free:
                raise UsageError("There is no label value left.", subject=label.name, remedy="Delete labels.")
            merged.append(replace(label, value=free[0]))
            by_name[label.name] = free[0]
        values[label.value] = by_name[label.name]
    return tuple(merged), values


def _match_objects(
    ours: list[Object], theirs: Sequence[Object], match: Matching
) -> tuple[tuple[Object, ...], dict[int, int]]:
    """Return all objects, and our id of each of theirs."""
    known = {item.object_id: item for item in ours}
    places: defaultdict[int, list[int]] = defaultdict(list)
    for item in ours:
        places[item.label].append(item.object_id)
    next_id = max(known, default=0) + 1
    ids: dict[int, int] = {}
    for item in theirs:
        same = known.get(item.object_id)
        if match == "track" and same is not None and same.label == item.label:
            ids[item.object_id] = item.object_id
        elif match == "label" and places[item.label]:
            ids[item.object_id] = places[item.label].pop(0)
        else:
            ids[item.object_id] = next_id
            ours.append(replace(item, object_id=next_id))
            next_id += 1
    return tuple(ours), ids
