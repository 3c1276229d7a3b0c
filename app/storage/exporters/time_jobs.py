"""Exports of a scan over time in formats that hold one volume: a job for each time point."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from app.domain.annotation import Annotation
from app.domain.errors import ExportError
from app.domain.export_selection import ExportSelection
from app.domain.frame_order import one_time, order_of
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.hidden_pictures import hidden_at

if TYPE_CHECKING:  # a video never needs pydicom and SimpleITK, which take a while to import
    from app.storage.exporters.volume_job import VolumeJob
    from app.storage.volume.volume_source import VolumeSource

Annotations = Callable[[int], Mapping[int, Annotation]]


def jobs_by_time(job: ExportJob) -> Iterator[ExportJob]:
    """Yield a job for each annotated time point of a scan over time, named <name>_t01, …; of anything else itself.

    Until the next one is asked for, the job's source is the scan of that time point alone.
    Raises ExportError where nothing is annotated.
    """
    if job.info.time_points < 2:
        yield job
        return
    from app.storage.volume.volume_source import VolumeSource

    source, order = job.source, order_of(job.info)
    assert isinstance(source, VolumeSource)
    chosen = frozenset(job.selected().chosen)
    annotated = [frame for frame in range(order.frames) if frame in chosen and job.annotations(frame)]
    if not annotated:
        raise ExportError("No frame is annotated.", subject=job.name, remedy="Annotate a frame first.")
    try:
        for time in sorted({order.time_of(frame) for frame in annotated}):
            source.show_time(time)
            yield _job_at(job, source, time)
    finally:
        source.show_time(None)


def time_suffix(time: int, times: int) -> str:
    """Return what stands behind a name for a time point, counted from 1: "_t03"."""
    return f"_t{time + 1:0{max(2, len(str(times)))}d}"


def _job_at(job: ExportJob, source: VolumeSource, time: int) -> ExportJob:
    order = order_of(job.info)
    frames = order.frames_at(time)
    wanted = job.selection.frames
    selection = ExportSelection(
        None if wanted is None else tuple(order.slice_of(frame) for frame in wanted if frame in frames),
        job.selection.statuses,
    )
    annotations = partial(_annotations_at, job.annotations, frames)
    one = replace(
        job,
        info=one_time(job.info),
        annotations=annotations,
        file_name=job.name + time_suffix(time, order.times),
        selection=selection,
        authors={(order.slice_of(n), key): name for (n, key), name in job.authors.items() if n in frames},
        time=time,
    )
    one = replace(one, volume=partial(_volume_at, job, one))
    return hidden_at(one, frames)


def _annotations_at(annotations: Annotations, frames: range, index: int) -> Mapping[int, Annotation]:
    return annotations(frames[index])


def _volume_at(whole: ExportJob, one: ExportJob) -> VolumeJob:
    chosen = frozenset(one.selected().chosen)
    return replace(
        whole.scan(),
        annotations=lambda index: one.annotations(index) if index in chosen else {},
        file_name=one.file_name,
    )
