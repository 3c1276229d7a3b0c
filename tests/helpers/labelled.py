"""Labelled scans that tests export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from app.domain.annotation import Annotation, Label, Object, Status
from app.imaging import masks
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.export_registry import export_formats, write_export
from app.storage.exporters.volume_job import VolumeJob
from app.storage.volume.volume_source import VolumeSource

LABELS = (
    Label(3, "liver", (200, 30, 30)),
    Label(7, "kidney_left", (30, 200, 30)),
    Label(12, "my odd thing", (30, 30, 200)),
)
OBJECTS = (Object(1, 3), Object(2, 7), Object(5, 12))


def labelled(shape: tuple[int, int, int] = (6, 20, 24)) -> np.ndarray:
    """A label volume uint8 (z, y, x) with three boxes; the second slice is empty."""
    labels = np.zeros(shape, np.uint8)
    labels[0, 2:9, 3:10] = 3
    labels[2:5, 4:12, 5:15] = 3
    labels[3:6, 10:18, 12:20] = 7
    labels[4, 1:3, 1:4] = 12
    return labels


def job_of(source: VolumeSource, labels: np.ndarray, **changes: Any) -> VolumeJob:
    """The export of a label volume, annotated frame by frame in the source's orientation."""
    values = {item.object_id: item.label for item in OBJECTS}

    def annotations(frame: int) -> Mapping[int, Annotation]:
        picture = source.plane.slice_array(labels, frame)
        found = {number: picture == value for number, value in values.items()}
        return {
            number: Annotation(masks.encode(mask), Status.EDITED)
            for number, mask in found.items()
            if mask.any()
        }

    return replace(VolumeJob(source, LABELS, OBJECTS, annotations), **changes)


FRAME_KINDS = tuple(
    row.kind
    for row in export_formats().values()
    if row.source == "any" and row.kind not in ("effort", "comments", "intervals", "elan")
)
# Without key images, which need frames that were chosen.
VOLUME_KINDS = tuple(
    row.kind
    for row in export_formats().values()
    if row.source in ("scan", "dicom") and row.kind != "key-images"
)


def export_volume(kind: str, job: VolumeJob, folder: Path) -> Sequence[Path]:
    """Write a scan's files of a kind."""
    source = job.source
    whole = ExportJob(
        source.info,
        job.labels,
        job.objects,
        job.annotations,
        source.read,
        0.5,
        job.progress or (lambda done, total: None),
        lambda: None,
        job.file_name,
        volume=lambda: job,
    )
    return write_export(kind, whole, folder)


def cube(labels: np.ndarray, value: int) -> tuple[np.ndarray, np.ndarray]:
    """The bounding box of a label as a surface, wound outward in a right-handed space."""
    places = np.argwhere(labels == value)
    if not len(places):
        return np.zeros((0, 3)), np.zeros((0, 3), int)
    low, high = places.min(axis=0)[::-1] - 0.5, places.max(axis=0)[::-1] + 0.5
    corners = np.array([(i, j, k) for k in (0, 1) for j in (0, 1) for i in (0, 1)])
    quads = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
    triangles = [face for a, b, c, d in quads for face in ((a, b, c), (a, c, d))]
    return low + corners * (high - low), np.array(triangles)
