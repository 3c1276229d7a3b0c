"""DICOM RT structure sets as masks of a scan."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset

from app.domain.annotation import Label
from app.domain.errors import ImportMasksError
from app.imaging.polygons.scanline import fill_even_odd
from app.storage.importers.frame_of_reference import say_frame_of_reference
from app.storage.importers.import_job import ImportJob
from app.storage.importers.import_result import FoundMasks, ImportedMasks, Key, Layer
from app.storage.importers.import_time import SourceTimes, referenced_time, say_time, source_times
from app.storage.importers.label_match import LabelMatch
from app.storage.importers.training.foreign_masks import class_label
from app.storage.volume.dicom.dicom_codes import code_of_segment
from app.storage.volume.dicom.dicom_headers import DAMAGE, pydicom_silenced
from app.storage.volume.volume_source import VolumeSource

_CLASS: Final = "1.2.840.10008.5.1.4.1.1.481.3"
_PLANAR: Final = frozenset({"CLOSED_PLANAR", "CLOSEDPLANAR_XOR"})
_OFF_PLANE: Final = (
    0.6  # slices that points of one contour may differ by; more is no contour in the slices' plane
)
# Points (n, 3) of a contour in patient coordinates, and the time point of the slice that it names, None for none.
Contour = tuple[NDArray[np.float64], int | None]
Structure = tuple[Label, list[Contour]]  # the label has a number of its own
_MOST: Final = 255  # structures with contours, as many as there are labels


def import_rtstruct(job: ImportJob) -> ImportedMasks | None:
    """Open a structure set: each structure is an object. Raises ImportMasksError."""
    if job.scan is None or not job.path.is_file() or job.path.suffix.lower() not in ("", ".dcm", ".dicom"):
        return None
    try:
        with pydicom_silenced():
            document = dcmread(job.path)
            if str(document.get("SOPClassUID")) != _CLASS:
                return None
            scan = job.scan()
            times = source_times(scan)
            (structures, left), time = _structures(document, times), referenced_time(document, times)
    except DAMAGE:
        return None
    if scan.geometry.matrix is None:
        raise ImportMasksError(
            "The scan does not say where it lies, so contours have no place.", subject=job.path
        )
    if not structures:
        raise ImportMasksError(
            "None of its structures has a closed contour.",
            subject=job.path,
            remedy="Export it again with contours in the slices.",
        )
    if len(structures) > _MOST:
        raise ImportMasksError(f"There are {len(structures)} structures, and 255 fit.", subject=job.path)
    classes = [replace(label, value=number) for number, (label, _) in enumerate(structures, 1)]
    match = LabelMatch(job.labels, _without_doubles(classes))
    elsewhere = say_frame_of_reference(document, scan.origin.stack, job.path)
    imported = ImportedMasks((), iter(()), [*match.warnings, *elsewhere])
    if left:
        imported.warnings.append(f"Structures without a closed contour were left out: {', '.join(left)}.")
    match.warnings = imported.warnings
    is_untold = any(at is None for _, contours in structures for _, at in contours)
    if time is None and is_untold and scan.order.times > 1:
        imported.warnings.append(say_time(job.path, job.time))
    default = job.time if time is None else time
    imported.source = _read(structures, classes, scan, default, match, imported, job)
    return imported


def _structures(document: Dataset, times: SourceTimes) -> tuple[list[Structure], list[str]]:
    """Return the structures that have contours, and the names of those that have none."""
    names = {int(item.ROINumber): _name(item) for item in document.StructureSetROISequence}
    observations = {
        int(item.ReferencedROINumber): item for item in document.get("RTROIObservationsSequence", [])
    }
    found: list[Structure] = []
    left = dict(names)
    for item in document.get("ROIContourSequence", []):
        number = int(item.ReferencedROINumber)
        rings = [
            (np.asarray(contour.ContourData, np.float64).reshape(-1, 3), referenced_time(contour, times))
            for contour in item.get("ContourSequence", [])
            if str(contour.get("ContourGeometricType")) in _PLANAR
            and len(contour.get("ContourData") or ()) >= 9
        ]
        if rings:
            left.pop(number, None)
            color = [int(part) for part in item.get("ROIDisplayColor") or ()]
            name = names.get(number) or f"structure {number}"
            code = code_of_segment(observations.get(number, Dataset()), name)
            found.append((replace(class_label(number, name, color), code=code), rings))
    return found, [name or f"structure {number}" for number, name in left.items()]


def _name(structure: Dataset) -> str:
    """Return the name of a structure; of one that is numbered after its description, as our export does, that alone."""
    name, said = str(structure.get("ROIName", "")), str(structure.get("ROIDescription") or "")
    is_numbered = bool(said) and re.fullmatch(rf"{re.escape(said)} \d{{1,9}}", name) is not None
    return said if is_numbered else name


def _without_doubles(classes: Sequence[Label]) -> list[Label]:
    return list({label.name: label for label in reversed(classes)}.values())[::-1]


def _read(
    structures: Sequence[Structure],
    classes: Sequence[Label],
    scan: VolumeSource,
    time: int,
    match: LabelMatch,
    imported: ImportedMasks,
    job: ImportJob,
) -> Iterator[tuple[int, FoundMasks]]:
    """Yield the masks of each structure. time: of contours that do not name a slice."""
    by_name = {label.name: label.value for label in reversed(classes)}
    skewed = outside = 0
    for number, (label, contours) in enumerate(structures, 1):
        by_slice: dict[tuple[int, int], list[NDArray[np.float64]]] = {}
        for ring, at in contours:
            voxels = _to_voxels(ring, scan)
            k = round(float(np.median(voxels[:, 2])))
            if np.ptp(voxels[:, 2]) > _OFF_PLANE:
                skewed += 1
            elif not 0 <= k < scan.geometry.shape[0]:
                outside += 1
            else:
                by_slice.setdefault((time if at is None else at, k), []).append(voxels[:, :2])
        for when in sorted({place[0] for place in by_slice}):
            flat = {k: rings for (at, k), rings in by_slice.items() if at == when}
            for frame, picture in _filled(flat, scan, when):
                value = match.value(by_name[label.name], job.path.name)
                imported.labels = tuple(match.made)
                found: dict[Key, Layer] = {f"structure {number}": (value, picture)}
                yield frame, found
    if skewed:
        imported.warnings.append(
            f"Contours that do not lie in the slices of the scan were left out ({skewed})."
        )
    if outside:
        imported.warnings.append(f"Contours outside the scan were left out ({outside}).")


def _filled(
    contours: Mapping[int, Sequence[NDArray[np.float64]]], scan: VolumeSource, time: int
) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Yield frame and mask, bool (h, w), of what contours of slices hold at a time point."""
    volume = np.zeros(scan.geometry.shape, np.bool_)
    for k, rings in contours.items():
        volume[k] = fill_even_odd(rings, *volume.shape[1:])
    for index, frame in enumerate(scan.order.frames_at(time)):
        picture = scan.plane.slice_array(volume, index)
        if picture.any():
            yield frame, np.ascontiguousarray(picture)


def _to_voxels(points: NDArray[np.float64], scan: VolumeSource) -> NDArray[Any]:
    """Return (i, j, k) of points in patient coordinates."""
    geometry = scan.geometry
    matrix = geometry.matrix
    assert matrix is not None
    found: NDArray[Any] = np.linalg.solve(matrix[:3, :3], (points - matrix[:3, 3]).T).T
    if not geometry.is_even:
        origins = np.array(geometry.origins)
        normal = np.cross(matrix[:3, 0], matrix[:3, 1])
        depths = origins @ normal / np.linalg.norm(normal)
        at = points @ normal / np.linalg.norm(normal)
        found[:, 2] = (
            np.interp(at, depths, np.arange(len(depths)))
            if depths[0] < depths[-1]
            else np.interp(at, depths[::-1], np.arange(len(depths))[::-1])
        )
    return found
