"""Labels of an nnU-Net raw data set or a MONAI data list: the case of the open sequence."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from app.domain.errors import ImportMasksError
from app.storage.exporters.export_names import sequence_name
from app.storage.exporters.time_jobs import time_suffix
from app.storage.importers.import_job import ImportJob
from app.storage.importers.import_result import ImportedMasks
from app.storage.importers.training.case_classes import LABEL_FOLDERS, read_classes
from app.storage.importers.training.foreign_masks import ForeignMask, ForeignPicture, read_foreign
from app.storage.importers.training.object_map_import import read_map


def import_cases(job: ImportJob) -> ImportedMasks | None:
    """Open the folder of dataset.json or datalist.json. What is to be ignored is left out."""
    classes = read_classes(job.path) if job.path.is_dir() else None
    if classes is None:
        return None
    folders = [job.path / name for name in LABEL_FOLDERS if (job.path / name).is_dir()]
    files = sorted(path for folder in folders for path in folder.iterdir() if path.is_file())
    if job.scan is not None:
        return _volume(job, files)
    pictures = [
        ForeignPicture(path.name, partial(_masks, path, job, classes.ignored))
        for path in files
        if path.suffix == ".png"
    ]
    return read_foreign(job, pictures, list(classes.labels))


def _volume(job: ImportJob, files: Sequence[Path]) -> ImportedMasks:
    # SimpleITK takes a while to import, and only scans need it.
    from app.storage.importers.label_volume_import import import_label_volume, import_label_volumes

    own = {path.name.split(".")[0]: path for path in files}
    name, times = sequence_name(job.info), job.info.time_points
    if times > 1 and name not in own:
        found = {time: own.get(name + time_suffix(time, times)) for time in range(times)}
        if volumes := {time: path for time, path in found.items() if path is not None}:
            return import_label_volumes(job, volumes)
    chosen = own.get(name) or (files[0] if len(files) == 1 else None)
    if chosen is None:
        raise ImportMasksError(
            f"No case is called {sequence_name(job.info)!r}.",
            subject=job.path,
            remedy="Choose its label file.",
        )
    masks = import_label_volume(replace(job, path=chosen))
    if masks is None:
        raise ImportMasksError("This is no label volume.", subject=chosen)
    return masks


def _masks(path: Path, job: ImportJob, ignored: frozenset[int]) -> Iterator[ForeignMask]:
    values, _ = read_map(path, job)
    for value in np.unique(values).tolist():
        if value and value not in ignored:
            yield ForeignMask(value, value, values == value)
