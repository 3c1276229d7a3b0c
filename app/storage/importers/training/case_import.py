"""Labels of an nnU-Net raw data set or a MONAI data list: the case of the open sequence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from app.domain.annotation import Label
from app.domain.errors import ImportMasksError
from app.storage.exporters.export_names import sequence_name
from app.storage.importers.import_job import ImportJob
from app.storage.importers.import_result import ImportedMasks
from app.storage.importers.training.foreign_masks import (
    ForeignMask,
    ForeignPicture,
    class_label,
    read_foreign,
)
from app.storage.importers.training.object_map_import import read_map

_FILES = ("dataset.json", "datalist.json")
_FOLDERS = ("labelsTr", "labelsTs")


def import_cases(job: ImportJob) -> ImportedMasks | None:
    """Open the folder of dataset.json or datalist.json. What is to be ignored is left out."""
    about = next((path for name in _FILES if (path := job.path / name).is_file()), None)
    folders = [job.path / name for name in _FOLDERS if (job.path / name).is_dir()]
    if about is None or not folders:
        return None
    classes = _classes(about)
    ignored = {label.value for label in classes if label.name == "ignore"}
    kept = [label for label in classes if label.value not in ignored]
    files = sorted(path for folder in folders for path in folder.iterdir() if path.is_file())
    if job.scan is not None:
        return _volume(job, files, kept)
    pictures = [
        ForeignPicture(path.name, partial(_masks, path, job, ignored))
        for path in files
        if path.suffix == ".png"
    ]
    return read_foreign(job, pictures, kept)


def _volume(job: ImportJob, files: list[Path], classes: list[Label]) -> ImportedMasks:
    # SimpleITK takes a while to import, and only scans need it.
    from app.storage.importers.label_volume_import import import_label_volume

    own = [path for path in files if path.name.split(".")[0] == sequence_name(job.info)]
    chosen = own or (files if len(files) == 1 else [])
    if not chosen:
        raise ImportMasksError(
            f"No case is called {sequence_name(job.info)!r}.",
            subject=job.path,
            remedy="Choose its label file.",
        )
    found = import_label_volume(replace(job, path=chosen[0], labels=classes))
    if found is None:
        raise ImportMasksError("This is no label volume.", subject=chosen[0])
    by_value = {label.value: label for label in classes}
    own_labels = [label for label in job.labels if label.value not in by_value]
    found.labels = (*own_labels, *classes)
    return found


def _classes(path: Path) -> list[Label]:
    """Return the classes of "labels": {name: value} (nnU-Net) or {value: name} (MONAI)."""
    try:
        labels: Mapping[str, Any] = json.loads(path.read_text("utf-8"))["labels"]
        pairs = [
            (value, key) if isinstance(value, int) else (int(key), str(value))
            for key, value in labels.items()
        ]
        return [class_label(value, name) for value, name in pairs if 0 < value < 256]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ImportMasksError(f"Its labels cannot be read ({error}).", subject=path) from error


def _masks(path: Path, job: ImportJob, ignored: set[int]) -> Iterator[ForeignMask]:
    values, _ = read_map(path, job)
    for value in np.unique(values).tolist():
        if value and value not in ignored:
            yield ForeignMask(value, value, values == value)
