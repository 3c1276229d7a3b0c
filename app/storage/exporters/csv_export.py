"""Measures as CSV (RFC 4180)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Label, Object, SequenceInfo
from app.domain.frame_times import frame_time
from app.imaging import masks
from app.imaging.measures import Measure
from app.imaging.picture_scale import measure_pictures
from app.storage.exporters.csv_table import write_csv
from app.storage.exporters.export_job import ExportJob, translate_write_errors
from app.storage.exporters.time_jobs import jobs_by_time

_OBJECT: Final = ("object", "label", "name")
_MEASURES: Final = ("voxels", "frames", "volume_ml", "diameter_mm", "intensity_mean", "intensity_sd")
MeasuresByTime = Mapping[
    int | None, Mapping[int, Measure]
]  #: by time point, None where there is no time; by object
_AREAS: Final = ("frame", "seconds", "pixels", "area_mm2")


def export_measures(job: ExportJob, folder: Path) -> list[Path]:
    """Write <name>_areas.csv, and of a scan <name>_measures.csv; of one over time a row for each time point.

    Raises ExportError or StorageFull.
    """
    measures, areas = folder / f"{job.name}_measures.csv", folder / f"{job.name}_areas.csv"
    if job.volume is None:
        pictures = measure_pictures(job.info, _decoded_masks(job))
        write_areas(areas, {None: pictures}, job.objects, job.labels, job.info)
        return [areas]
    found = {one.time: one.scan().measures() for one in jobs_by_time(job)}
    write_measures(measures, found, job.objects, job.labels, job.info)
    write_areas(areas, found, job.objects, job.labels, job.info)
    return [measures, areas]


def _decoded_masks(job: ExportJob) -> Iterator[tuple[int, dict[int, NDArray[np.bool_]]]]:
    for frame in job.watch(job.selected().chosen):
        yield frame, {item.object_id: masks.decode(cell.mask) for item, cell in job.cells(frame)}


def write_measures(
    path: Path,
    measures: MeasuresByTime,
    objects: Sequence[Object],
    labels: Sequence[Label],
    info: SequenceInfo,
) -> None:
    """Write one row an object and time point; an empty field is what cannot be known.

    Raises ExportError or StorageFull.
    """
    rows = []
    for time, item, found in _ordered(measures, objects):
        numbers = (found.volume, found.diameter, found.mean, found.deviation)
        sizes = (found.voxels, len(found.areas), *map(_number, numbers))
        when = () if time is None else (time, _seconds(info, time, 0))
        rows.append((*when, *_object_columns(item, labels), *sizes))
    head = () if None in measures else ("time_point", "seconds")
    _write(path, (*head, *_OBJECT, *_MEASURES), rows)


def write_areas(
    path: Path,
    measures: MeasuresByTime,
    objects: Sequence[Object],
    labels: Sequence[Label],
    info: SequenceInfo,
) -> None:
    """Write one row an object and frame. Raises ExportError or StorageFull."""
    rows = [
        (
            *(() if time is None else (time,)),
            *_object_columns(item, labels),
            area.frame,
            _seconds(info, time, area.frame),
            area.pixels,
            _number(area.area),
        )
        for time, item, found in _ordered(measures, objects)
        for area in found.areas
    ]
    _write(path, (*(() if None in measures else ("time_point",)), *_OBJECT, *_AREAS), rows)


def _ordered(
    measures: MeasuresByTime, objects: Sequence[Object]
) -> Iterator[tuple[int | None, Object, Measure]]:
    """Yield the measures of every object, those of one after those of another."""
    for item in objects:
        for time, found in measures.items():
            if item.object_id in found:
                yield time, item, found[item.object_id]


def _write(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with translate_write_errors(path):
        write_csv(path, head, rows)


def _object_columns(item: Object, labels: Sequence[Label]) -> tuple[int, int, str]:
    return item.object_id, item.label, next((lab.name for lab in labels if lab.value == item.label), "")


def _seconds(info: SequenceInfo, time: int | None, frame: int) -> str:
    """Return the time of a time point, or of a frame where there are none."""
    if time is None:
        return _number(frame_time(info, frame))
    return _number(info.moments[time]) if info.moments else ""


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
