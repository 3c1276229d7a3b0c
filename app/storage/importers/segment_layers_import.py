"""Segmentations of 3D Slicer whose segments overlap: an NRRD of several layers, each a label volume.

Header: https://slicer.readthedocs.io/en/latest/developer_guide/modules/segmentations.html. The layers lie first or last
among the axes; files of before 2020 give each segment a layer of its own and no value.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.domain.errors import ImportMasksError, SequenceError
from app.imaging.volume_geometry import SlicePlane, same_grid
from app.storage.importers.import_job import ImportJob
from app.storage.importers.import_result import ImportedMasks, Key, Layer
from app.storage.importers.import_time import say_time
from app.storage.importers.label_match import LabelMatch
from app.storage.importers.label_names import segment_rows
from app.storage.importers.label_volume_import import LabelVolume, resample
from app.storage.volume.itk import read_layers


@dataclass(frozen=True, slots=True)
class _Segment:
    """A segment: its voxels have value in a layer. label: our value of it."""

    layer: int
    value: int
    label: int


def import_segment_layers(job: ImportJob) -> ImportedMasks | None:
    """Open the segments of a scan, each as an object of its own, also where they overlap. Raises ImportMasksError."""
    if job.scan is None or not job.path.name.lower().endswith((".nrrd", ".nhdr")):
        return None
    try:
        rows = segment_rows(job.path)
        found = read_layers(job.path) if rows else None
    except SequenceError as error:
        raise ImportMasksError(error.what, subject=error.subject, remedy=error.remedy) from error
    if found is None:
        return None
    layers, grid = list(found[0]), found[1]
    scan, match = job.scan(), LabelMatch(job.labels, (), job.answer)
    segments = [
        _Segment(int(row.get("Layer", number)), int(row.get("LabelValue", 1)), match.take_named(name))
        for number, row in sorted((int(number), row) for number, row in rows.items())
        if (name := row.get("Name", "").strip() or f"segment {number + 1}")
    ]
    if any(not 0 <= segment.layer < len(layers) for segment in segments):
        raise ImportMasksError("A segment names a layer that the file does not hold.", subject=job.path)
    warnings = list(match.warnings)
    if not same_grid(grid, scan.geometry):
        if grid.affine is None or scan.geometry.affine is None:
            raise ImportMasksError("The segments have another size than the scan.", subject=job.path)
        masks = [(layers[one.layer] == one.value).astype(np.uint8) for one in segments]
        layers = [resample(LabelVolume(mask, grid), scan.geometry, job.spool) for mask in masks]
        segments = [_Segment(number, 1, one.label) for number, one in enumerate(segments)]
        warnings.append(f"{job.path.name} lies on another grid; its segments were resampled to the scan's.")
    if scan.order.times > 1:
        warnings.append(say_time(job.path, job.time))
    frames = scan.order.frames_at(job.time)
    return ImportedMasks(tuple(match.made), _frames(layers, segments, scan.plane, frames), warnings)


def _frames(
    layers: Sequence[np.ndarray], segments: Sequence[_Segment], plane: SlicePlane, frames: range
) -> Iterator[tuple[int, dict[Key, Layer]]]:
    for index, frame in enumerate(frames):
        pictures = [np.ascontiguousarray(plane.slice_array(layer, index)) for layer in layers]
        found: dict[Key, Layer] = {}
        for number, segment in enumerate(segments):
            mask = pictures[segment.layer] == segment.value
            if mask.any():
                found[number] = (segment.label, mask)
        if found:
            yield frame, found
