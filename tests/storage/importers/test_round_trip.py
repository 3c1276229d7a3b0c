"""An export of ours comes back with status, score, author and objects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.domain.annotation import Annotation, Label, Object, SequenceInfo, Status, empty_mask
from app.imaging import masks
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.export_registry import write_export
from app.storage.importers.import_registry import read_masks
from app.storage.importers.import_result import MaskFacts

HEIGHT, WIDTH, FRAMES = 12, 16, 5
INFO = SequenceInfo("clip.mp4", "/clip.mp4", "video", FRAMES, WIDTH, HEIGHT, 25.0)
LABELS = (Label(3, "tool", (0, 200, 0)), Label(4, "Polyp 息肉", (200, 0, 0)))
OBJECTS = (Object(2, 3), Object(5, 3), Object(6, 4))


def block(left: int) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[2:9, left : left + 6] = True
    return mask


CELLS = {
    (0, 2): Annotation(masks.encode(block(0)), Status.EDITED, reference=True),
    (0, 5): Annotation(masks.encode(block(3)), Status.VERIFIED, 0.75),  # overlaps an object of the same label
    (0, 6): Annotation(masks.encode(block(5)), Status.IMPORTED, 0.5, author="Eve"),
    (1, 2): Annotation(masks.encode(block(1)), Status.PROPAGATED, 0.25),
    (2, 2): Annotation(empty_mask(HEIGHT, WIDTH), Status.VERIFIED),
}
AUTHORS = {(0, 2): "Ada", (0, 5): "Bob", (0, 6): "Ada", (1, 2): "Ada", (2, 2): "Bob"}
FACTS = {
    (0, 2): MaskFacts(Status.EDITED, 1.0, "Ada", 2),
    (0, 5): MaskFacts(Status.VERIFIED, 0.75, "Bob", 5),
    (0, 6): MaskFacts(Status.IMPORTED, 0.5, "Eve", 6),
    (1, 2): MaskFacts(Status.PROPAGATED, 0.25, "Ada", 2),
    (2, 2): MaskFacts(Status.VERIFIED, 1.0, "Bob", 2),
}


def job() -> ExportJob:
    def annotations(frame: int) -> dict[int, Annotation]:
        return {key: cell for (index, key), cell in CELLS.items() if index == frame}

    return ExportJob(
        INFO,
        LABELS,
        OBJECTS,
        annotations,
        lambda frame: np.zeros((HEIGHT, WIDTH, 3), np.uint8),
        0.5,
        lambda done, total: None,
        lambda: None,
        authors=AUTHORS,
    )


@pytest.mark.parametrize("kind", ["coco"])
def test_everything_known_of_a_mask_comes_back(tmp_path: Path, kind: str) -> None:
    [path, *_] = write_export(kind, job(), tmp_path)
    imported = read_masks(path, INFO, LABELS)
    found = {}
    for frame, layers in imported.frames():
        for key, (value, mask) in layers.items():
            facts = imported.facts[frame, key]
            found[frame, facts.own_id] = (value, facts, masks.encode(mask))
    labels = {item.object_id: item.label for item in OBJECTS}
    assert found == {key: (labels[key[1]], FACTS[key], cell.mask) for key, cell in CELLS.items()}
