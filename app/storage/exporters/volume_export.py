"""Exports of an annotated scan in the formats of radiology."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Annotation, Label, Object
from app.domain.errors import ExportError
from app.imaging import masks
from app.imaging.label_volume import LabelMap, label_map, label_volume
from app.imaging.measures import Measure, grid_of, measure_objects
from app.storage.exporters.csv_export import write_areas, write_measures
from app.storage.exporters.export_names import safe_name
from app.storage.exporters.mesh_export import Surface, SurfaceOf, write_obj, write_stl
from app.storage.exporters.nifti_export import write_nifti
from app.storage.exporters.nrrd_export import write_nrrd
from app.storage.volume.volume_source import VolumeSource

VolumeKind = Literal["nifti", "nrrd", "dicom-seg", "stl", "obj", "csv"]


@dataclass(frozen=True, slots=True)
class VolumeJob:
    """One scan to export."""

    source: VolumeSource
    labels: tuple[Label, ...]
    objects: tuple[Object, ...]
    #: of a frame of the source's orientation, by object id
    annotations: Callable[[int], Mapping[int, Annotation]]
    surface: SurfaceOf | None = None  #: finds the surface of a label, for STL and OBJ
    with_identity: bool = False  #: whether a DICOM file names the patient
    spool: Path | None = None  #: folder for what does not fit into memory
    #: called with (done, total); what it raises ends the export, and no file has appeared
    progress: Callable[[int, int], None] | None = None
    file_name: str = ""  #: in place of the scan's own name

    @property
    def name(self) -> str:
        """The scan's name, fit for any file system, unless another one was chosen."""
        return self.file_name or safe_name(self.source.info.name)

    def voxels(self) -> LabelMap:
        """Return the label volume, uint8 (z, y, x), stored as the scan is."""
        plane = self.source.plane
        return label_volume(self.source.geometry.shape, plane, self.label_map, self.spool)

    def label_map(self, frame: int) -> LabelMap:
        """Return the label map of a frame, uint8 (h, w)."""
        self._advance(frame)
        return label_map(self.annotations(frame), self.objects, self.labels, self.source.plane)

    def measures(self) -> dict[int, Measure]:
        """Return the measures of every object that has a mask."""
        return measure_objects(
            self._masks(), grid_of(self.source.geometry, self.source.plane), self.source.read_native
        )

    def used(self) -> tuple[Label, ...]:
        """Return the labels that objects have, in list order."""
        values = {item.label for item in self.objects}
        return tuple(label for label in self.labels if label.value in values)

    def _masks(self) -> Iterator[tuple[int, dict[int, NDArray[np.bool_]]]]:
        known = {item.object_id for item in self.objects}
        for frame in range(self.source.info.frames):
            self._advance(frame)
            cells = self.annotations(frame).items()
            yield frame, {number: masks.decode(cell.mask) for number, cell in cells if number in known}

    def watched(self, voxels: LabelMap) -> Iterator[LabelMap]:
        """Yield the slices of a volume to a writer; between two of them the export can be cancelled."""
        for picture in voxels:
            self.check_cancelled()
            yield picture

    def check_cancelled(self) -> None:
        """Between two long steps: raise what progress raises when the export is not wanted any more."""
        self._advance(self.source.info.frames)

    def _advance(self, frame: int) -> None:
        if self.progress is not None:
            self.progress(frame, self.source.info.frames)


def export_volume(kind: VolumeKind, job: VolumeJob, folder: Path) -> tuple[Path, ...]:
    """Write files of a kind into a folder and return them; each appears whole or not at all.

    Raises ExportError for what a format cannot say of this scan, StorageFull when there is no room.
    """
    return VOLUME_EXPORTERS[kind](job, folder)


def _nifti(job: VolumeJob, folder: Path) -> tuple[Path, ...]:
    path = folder / f"{job.name}_labels.nii.gz"
    write_nifti(path, job.watched(job.voxels()), job.source.geometry, job.source.origin.nifti)
    return (path,)


def _nrrd(job: VolumeJob, folder: Path) -> tuple[Path, ...]:
    path = folder / f"{job.name}_labels.nrrd"
    write_nrrd(path, job.watched(job.voxels()), job.source.geometry)
    return (path,)


def _dicom_seg(job: VolumeJob, folder: Path) -> tuple[Path, ...]:
    # highdicom takes a second to import, and only this format needs it.
    from app.storage.exporters.dicom_seg_export import write_seg

    stack = job.source.origin.stack
    if stack is None:
        raise ExportError(
            "A DICOM segmentation must refer to a DICOM series, and this scan is none.",
            subject=job.source.info.path,
            remedy="Export it as NIfTI or NRRD.",
        )
    path = folder / f"{job.name}_seg.dcm"
    write_seg(path, job.voxels(), job.used(), stack, job.check_cancelled, with_identity=job.with_identity)
    return (path,)


def _stl(job: VolumeJob, folder: Path) -> tuple[Path, ...]:
    paths = []
    for surface in _surfaces(job):
        name = _file_name_part(surface.label.name)
        path = folder / f"{job.name}_{surface.label.value}_{name}.stl"
        write_stl(path, surface)
        paths.append(path)
    return tuple(paths)


def _obj(job: VolumeJob, folder: Path) -> tuple[Path, ...]:
    return write_obj(folder / f"{job.name}_labels.obj", list(_surfaces(job)))


def _csv(job: VolumeJob, folder: Path) -> tuple[Path, ...]:
    found = job.measures()
    measures = folder / f"{job.name}_measures.csv"
    areas = folder / f"{job.name}_areas.csv"
    write_measures(measures, found, job.objects, job.labels)
    write_areas(areas, found, job.objects, job.labels)
    return measures, areas


def _surfaces(job: VolumeJob) -> Iterator[Surface]:
    geometry = job.source.geometry
    if job.surface is None or geometry.spacing is None:
        raise ExportError(
            "The scan does not say how large its voxels are, so its surfaces have no size.",
            subject=job.source.info.path,
            remedy="Export it as NIfTI or NRRD.",
        )
    voxels = job.voxels()
    for label in job.used():
        job.check_cancelled()
        points, triangles = job.surface(voxels, label.value)
        if len(triangles):
            yield Surface.placed(label, points, triangles, geometry)


def _file_name_part(name: str) -> str:
    """Return a label's name as part of a file name."""
    return "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in name)[:60]


VOLUME_EXPORTERS: Final = MappingProxyType(
    {"nifti": _nifti, "nrrd": _nrrd, "dicom-seg": _dicom_seg, "stl": _stl, "obj": _obj, "csv": _csv}
)
