"""Measures as CSV (RFC 4180)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Label, Object, SequenceInfo
from app.imaging import masks
from app.imaging.measures import Measure
from app.imaging.picture_scale import frame_time, measure_pictures
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.volume_export_file import export_file

_OBJECT: Final = ("object", "label", "name")
_MEASURES: Final = ("voxels", "frames", "volume_ml", "diameter_mm", "intensity_mean", "intensity_sd")
_AREAS: Final = ("frame", "seconds", "pixels", "area_mm2")


def export_measures(job: ExportJob, folder: Path) -> list[Path]:
    """Write <name>_areas.csv, and of a scan <name>_measures.csv. Raises ExportError or StorageFull."""
    measures, areas = folder / f"{job.name}_measures.csv", folder / f"{job.name}_areas.csv"
    if job.volume is None:
        write_areas(areas, measure_pictures(job.info, _decoded_masks(job)), job.objects, job.labels, job.info)
        return [areas]
    found = job.scan().measures()
    write_measures(measures, found, job.objects, job.labels)
    write_areas(areas, found, job.objects, job.labels)
    return [measures, areas]


def _decoded_masks(job: ExportJob) -> Iterator[tuple[int, dict[int, NDArray[np.bool_]]]]:
    for frame in job.watch(job.selected().chosen):
        yield frame, {item.object_id: masks.decode(cell.mask) for item, cell in job.cells(frame)}


def write_measures(
    path: Path, measures: Mapping[int, Measure], objects: Sequence[Object], labels: Sequence[Label]
) -> None:
    """Write one row an object; an empty field is what cannot be known. Raises ExportError or StorageFull."""
    rows = []
    for item in objects:
        if (found := measures.get(item.object_id)) is None:
            continue
        numbers = (found.volume, found.diameter, found.mean, found.deviation)
        rows.append((*_object_columns(item, labels), found.voxels, len(found.areas), *map(_number, numbers)))
    _write(path, (*_OBJECT, *_MEASURES), rows)


def write_areas(
    path: Path,
    measures: Mapping[int, Measure],
    objects: Sequence[Object],
    labels: Sequence[Label],
    info: SequenceInfo | None = None,
) -> None:
    """Write one row an object and frame. info: of what is over time. Raises ExportError or StorageFull."""
    rows = [
        (*_object_columns(item, labels), area.frame, _time(info, area.frame), area.pixels, _number(area.area))
        for item in objects
        if item.object_id in measures
        for area in measures[item.object_id].areas
    ]
    _write(path, (*_OBJECT, *_AREAS), rows)


def _write(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with export_file(path) as draft, open(draft, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)


def _object_columns(item: Object, labels: Sequence[Label]) -> tuple[int, int, str]:
    return item.object_id, item.label, next((lab.name for lab in labels if lab.value == item.label), "")


def _time(info: SequenceInfo | None, frame: int) -> str:
    return "" if info is None else _number(frame_time(info, frame))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
