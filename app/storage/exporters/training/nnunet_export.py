"""nnU-Net v2 raw data sets (documentation/dataset_format.md of MIC-DKFZ/nnUNet)."""

import json
from pathlib import Path
from typing import Any

from app.domain.errors import ExportError
from app.storage.exporters.training.case_files import CaseFiles, write_cases
from app.storage.exporters.training.collection import Collection

_FOLDS = 5  # that nnU-Net trains by default; each gets our split


def export_nnunet(data: Collection, root: Path) -> None:
    """Write imagesTr, labelsTr, imagesTs, labelsTs, dataset.json, and splits_final.json where there is a val split.

    Scans keep native intensities and geometry; frames of videos are 2D cases in PNG. Void pixels, and slices that
    no one annotated, are nnU-Net's "ignore". Name the folder Dataset<number>_<name> and put splits_final.json into
    nnU-Net's preprocessed folder.
    """
    files = write_cases(data, root)
    if not files.cases:
        raise ExportError("There is no case to export.", subject=data.name, remedy="Annotate a frame first.")
    training = [case for case in files.cases if case.split != "test"]
    document = {
        "channel_names": _channels(files),
        "labels": _labels(data, files),
        "numTraining": len(training),
        "file_ending": files.ending,
        "name": data.name,
    }
    _write(root / "dataset.json", document)
    held_out = [case.name for case in files.cases if case.split == "val"]
    if held_out:
        fold = {"train": [case.name for case in training if case.split == "train"], "val": held_out}
        _write(root / "splits_final.json", [fold] * _FOLDS)


def _channels(files: CaseFiles) -> dict[str, str]:
    """Return the channels; nnU-Net normalises the intensities of one named CT by its own rule."""
    if files.ending == ".png":
        return {"0": "R", "1": "G", "2": "B"}
    return {"0": files.modality or "unknown"}


def _labels(data: Collection, files: CaseFiles) -> dict[str, int]:
    numbers = data.class_numbers()
    labels = {"background": 0}
    for label in data.labels:
        taken = label.name in labels or label.name == "ignore"
        labels[f"{label.name} {label.value}" if taken else label.name] = numbers[label.value]
    if files.has_void:
        labels["ignore"] = len(numbers) + 1
    return labels


def _write(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
