"""Measures as CSV (RFC 4180)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from app.domain.annotation import Label, Object
from app.imaging.measures import Measure
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.volume_export_file import export_file

_OBJECT: Final = ("object", "label", "name")
_MEASURES: Final = ("voxels", "frames", "volume_ml", "diameter_mm", "intensity_mean", "intensity_sd")
_AREAS: Final = ("frame", "pixels", "area_mm2")


def export_measures(job: ExportJob, folder: Path) -> list[Path]:
    """Write <name>_measures.csv and <name>_areas.csv. Raises ExportError or StorageFull."""
    found = job.scan().measures()
    measures, areas = folder / f"{job.name}_measures.csv", folder / f"{job.name}_areas.csv"
    write_measures(measures, found, job.objects, job.labels)
    write_areas(areas, found, job.objects, job.labels)
    return [measures, areas]


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
    path: Path, measures: Mapping[int, Measure], objects: Sequence[Object], labels: Sequence[Label]
) -> None:
    """Write one row an object and frame. Raises ExportError or StorageFull."""
    rows = [
        (*_object_columns(item, labels), area.frame, area.pixels, _number(area.area))
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


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
