"""Pictures and labels case by case, as nnU-Net and MONAI read them: a scan as NIfTI, a frame of a video as PNG."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from app.domain.errors import ExportError
from app.files.atomic_file import atomic_file
from app.files.odd_names import unicode_path
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.time_jobs import jobs_by_time
from app.storage.exporters.training.collection import VOID, Collection, Part, Split
from app.storage.exporters.training.frame_pictures import write_map, write_picture
from app.storage.exporters.volume_export_file import require_even
from app.storage.exporters.volume_job import VolumeJob

# Folders of nnU-Net v2 for pictures and labels; a validation case is one of training there.
_FOLDERS: Final = {
    "train": ("imagesTr", "labelsTr"),
    "val": ("imagesTr", "labelsTr"),
    "test": ("imagesTs", "labelsTs"),
}


@dataclass(slots=True)
class Case:
    """A picture with its labels."""

    name: str
    split: Split
    image: str  #: relative path
    label: str  #: relative path


@dataclass(slots=True)
class CaseFiles:
    """Files of a case that were written."""

    ending: str = ""  #: of all files
    modality: str = ""  #: of the scans; "" for pictures
    has_void: bool = False  #: whether a label map holds the class after the last, which is to be ignored
    cases: list[Case] = field(default_factory=list)


def write_cases(data: Collection, root: Path) -> CaseFiles:
    """Write all cases under imagesTr, labelsTr, imagesTs and labelsTs. Raises ExportError for scans beside videos.

    Classes are numbered from 1 in list order; the number after the last is void.
    """
    files = CaseFiles()
    for part in data.parts():
        is_scan = part.job.info.kind == "volume"
        ending = ".nii.gz" if is_scan else ".png"
        if files.ending not in ("", ending):
            raise ExportError(
                "Scans and videos do not fit into one data set of this format.",
                subject=part.name,
                remedy="Export them one after the other.",
            )
        files.ending = ending
        write = _write_scan if is_scan else _write_frames
        # A time point is a case of its own: networks for volumes know no time.
        for job in jobs_by_time(part.job) if is_scan else (part.job,):
            files.cases += write(data, replace(part, job=job), root, files)
    return files


def _write_frames(data: Collection, part: Part, root: Path, files: CaseFiles) -> Iterator[Case]:
    classes, names = data.class_numbers(), part.job.frame_names()
    void = len(classes) + 1
    for frame in part.watched():
        case = _case(f"{part.name}_{names[frame]}", part.split, ".png")
        write_picture(part.job, frame, root / case.image, keep=False)
        picture = part.paint(frame, classes, void=void)
        files.has_void |= bool((picture == void).any())
        write_map(root / case.label, picture, _GREYS)
        yield case


def _write_scan(data: Collection, part: Part, root: Path, files: CaseFiles) -> Iterator[Case]:
    scan = part.job.scan()
    case = _case(part.name, part.split, ".nii.gz")
    require_even(scan.source.geometry, root / case.image)
    files.modality = files.modality or part.job.info.modality
    if not (root / case.image).exists():
        _write_volume(root / case.image, scan, _native(part.job, scan))
    labels = _labels(data, part, scan)
    files.has_void |= bool((labels == len(data.labels) + 1).any())
    _write_volume(root / case.label, scan, labels)
    yield case


def _case(name: str, split: Split, ending: str) -> Case:
    pictures, labels = _FOLDERS[split]
    return Case(name, split, f"{pictures}/{name}_0000{ending}", f"{labels}/{name}{ending}")


def _native(job: ExportJob, scan: VolumeJob) -> NDArray[np.generic]:
    """Return the voxels in native intensities, (z, y, x); the lowest of them where something must not be seen."""
    voxels = np.stack([scan.source.read_stored(k) for k in range(scan.source.geometry.shape[0])])
    lowest = voxels.min()
    for frame in range(job.info.frames):
        for box in job.hidden(frame):
            scan.source.plane.slice_array(voxels, frame)[box.rows, box.columns] = lowest
    return voxels


def _labels(data: Collection, part: Part, scan: VolumeJob) -> NDArray[np.uint8]:
    """Return the classes, uint8 (z, y, x), stored as the scan is; slices about which nothing is said are void."""
    classes = data.class_numbers()
    void = len(classes) + 1
    voxels = np.full(scan.source.geometry.shape, void, np.uint8)
    for frame in part.watched():
        scan.source.plane.slice_array(voxels, frame)[...] = part.paint(frame, classes, void=void)
    return voxels


def _write_volume(path: Path, scan: VolumeJob, voxels: NDArray[np.generic]) -> None:
    """Write a NIfTI with the geometry of a scan, under its name only when all of it is on the disk."""
    info = scan.source.info
    image = sitk.GetImageFromArray(voxels)
    if info.spacing is not None:
        image.SetSpacing(info.spacing[::-1])
    if info.origin is not None and info.direction is not None:
        image.SetOrigin(info.origin)
        image.SetDirection(info.direction)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with atomic_file(path) as draft, unicode_path(draft) as name:
            sitk.WriteImage(image, name, useCompression=True)
    except RuntimeError as error:
        raise ExportError(f"The volume cannot be written ({error}).", subject=path) from error


_GREYS: Final = bytes(value for value in range(VOID + 1) for _ in range(3))
