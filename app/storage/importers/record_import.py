"""Masks with status, score, author and object from the records in our own label maps."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Status
from app.storage.exporters.mask_record import masks_of
from app.storage.importers.import_result import LARGEST_ID, LONGEST_NAME, STATUSES, Key, MaskFacts

Recorded = list[tuple[int, NDArray[np.bool_], MaskFacts]]


def read_record(record: Mapping[str, Any], label_map: NDArray[np.uint8]) -> Recorded:
    """Return (label value, mask bool (h, w), facts) of each mask; nothing for a damaged or outdated record."""
    try:
        return [
            (int(entry["label"]), mask, own_facts(entry, entry["object"]))
            for entry, mask in masks_of(record, label_map)
            if mask.any() or entry.get("status") == "verified"
        ]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return []


def object_keys(recorded: Recorded) -> list[Key]:
    """Return the key of each object: its label's value as in any label map, where no other one has the label."""
    times = Counter(label for label, _, _ in recorded)
    return [label if times[label] == 1 else f"object {facts.own_id}" for label, _, facts in recorded]


def own_facts(item: Mapping[str, Any], object_id: object) -> MaskFacts:
    """Return what one of our own exports says of a mask."""
    status = STATUSES.get(str(item.get("status", "")), Status.IMPORTED)
    is_id = isinstance(object_id, int) and 0 < object_id <= LARGEST_ID
    own_id = object_id if is_id and isinstance(object_id, int) else 0
    return MaskFacts(status, score_of(item), str(item.get("author", ""))[:LONGEST_NAME], own_id)


def score_of(item: Mapping[str, Any]) -> float:
    """Return the score that a file gives a mask, 1 where it gives none in [0, 1]."""
    score = item.get("score")
    is_number = isinstance(score, (int, float)) and not isinstance(score, bool)
    return float(score) if is_number and score is not None and 0 <= score <= 1 else 1.0
