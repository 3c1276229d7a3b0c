"""MONAI data lists (monai.data.load_decathlon_datalist): datalist.json beside pictures and labels."""

import json
from pathlib import Path

from app.storage.exporters.training.case_files import write_cases
from app.storage.exporters.training.collection import Collection

_KEYS = {"train": "training", "val": "validation", "test": "testing"}


def export_monai(data: Collection, root: Path) -> None:
    """Write datalist.json with training, validation and testing lists of {image, label}, relative to its folder.

    MONAI knows no void, so "description" says which value is to be left out of a loss: that of void pixels, and of
    slices without annotations.
    """
    files = write_cases(data, root)
    numbers = data.class_numbers()
    labels = {"0": "background", **{str(numbers[label.value]): label.name for label in data.labels}}
    void = len(numbers) + 1
    if files.has_void:
        labels[str(void)] = "ignore"
    lists = {
        key: [{"image": case.image, "label": case.label} for case in files.cases if case.split == split]
        for split, key in _KEYS.items()
    }
    document = {
        "name": data.name,
        "description": f"Nothing is known where labels are {void}." if files.has_void else "",
        "modality": {"0": files.modality or "RGB"},
        "labels": labels,
        "numTraining": len(lists["training"]),
        "numTest": len(lists["testing"]),
        **{key: items for key, items in lists.items() if items},
    }
    text = json.dumps(document, ensure_ascii=False, indent=1)
    (root / "datalist.json").write_text(text + "\n", encoding="utf-8")
