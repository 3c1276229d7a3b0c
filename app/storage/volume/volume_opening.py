"""Opening of scans: a DICOM series or a NIfTI, NRRD, MetaImage or FreeSurfer volume."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from app.domain.annotation import FrameAxis, Orientation, SeriesInfo
from app.domain.errors import SequenceError
from app.files.suffixes import ARCHIVES, PACKED_SCANS
from app.imaging.volume_geometry import VolumeGeometry
from app.storage.volume import mgh
from app.storage.volume.archive.unpacked_study import study_folder
from app.storage.volume.dicom.dicom_codec import require_decodable
from app.storage.volume.dicom.dicom_folder import (
    DicomFolder,
    choose_series,
    has_siblings,
    list_series_info,
    scan_folder,
)
from app.storage.volume.dicom.dicom_slices import DicomSlices
from app.storage.volume.dicom.dicom_stack import build_stack
from app.storage.volume.dicom.left_out import name_some
from app.storage.volume.dicom.slice_header import SliceHeader
from app.storage.volume.dicom.time_points import moments_of
from app.storage.volume.itk import SUFFIXES, open_itk
from app.storage.volume.nifti import open_nifti
from app.storage.volume.time_scale import TimeScale
from app.storage.volume.volume_source import OpenedScan, VolumeSource

_NIFTI_SUFFIXES: Final = (*PACKED_SCANS, ".nii", ".hdr", ".img")


def open_volume(
    path: str | Path,
    *,
    series: str | None = None,
    orientation: Orientation | None = None,
    time: int | None = 0,
    spool: Path | None = None,
    along: FrameAxis = "space",
) -> VolumeSource:
    """Open a scan: a folder of DICOM files, one DICOM file, or a NIfTI, NRRD or MetaImage volume.

    series: UID or number, where a folder holds several. orientation: the direction of annotation; None for
    the one it was stored in. time: which volume of a scan over time, None for all. spool: folder for decoded
    voxels, which should be on a disk with room and not in memory; the system's temporary folder by default.
    along: which frames of a scan over time follow each other.
    Raises SequenceError when it cannot be read or is no scan, StorageFull when the spool has no room.
    """
    path = Path(path)
    if not path.exists():
        raise SequenceError("There is no such file or folder.", subject=path)
    return VolumeSource(_opener(path)(path, series, time), orientation, spool, along)


def list_series(path: str | Path) -> tuple[SeriesInfo, ...]:
    """Return the DICOM series of a folder or file, largest first; of another volume nothing.

    Raises SequenceError when the path cannot be read or is no scan.
    """
    path = Path(path)
    if not is_dicom(path):
        return ()
    with study_folder(path) as place:
        return list_series_info(scan_folder(place))


def is_dicom(path: Path) -> bool:
    """Whether a scan is opened as DICOM, and not as a volume in a file."""
    return _opener(path) is _find_dicom


def _opener(path: Path) -> Callable[[Path, str | None, int | None], OpenedScan]:
    if path.is_file() and _is_nifti(path):
        return _find_nifti
    if path.is_file() and path.suffix.lower() in mgh.SUFFIXES:
        return _find_mgh
    if path.is_file() and path.suffix.lower() in SUFFIXES:
        return _find_itk
    return _find_dicom


def _is_nifti(path: Path) -> bool:
    return path.name.lower().endswith(_NIFTI_SUFFIXES)


def _find_nifti(path: Path, series: str | None, time: int | None) -> OpenedScan:
    reader, geometry, header, times = open_nifti(path, time)
    notes = (*_time_warnings(path, times, time), *_shear_warnings(geometry))
    known = None if header.is_analyze else header
    moments = TimeScale(header.step).moments(times)
    return OpenedScan(_stem(path), path, reader, geometry, times, moments, warnings=notes, nifti=known)


def _find_mgh(path: Path, series: str | None, time: int | None) -> OpenedScan:
    reader, geometry, times, moments = mgh.open_mgh(path, time)
    notes = _time_warnings(path, times, time)
    return OpenedScan(_stem(path), path, reader, geometry, times, moments, warnings=notes)


def _find_itk(path: Path, series: str | None, time: int | None) -> OpenedScan:
    reader, geometry, times, moments = open_itk(path, time)
    notes = (*_time_warnings(path, times, time), *_shear_warnings(geometry))
    return OpenedScan(_stem(path), path, reader, geometry, times, moments, warnings=notes)


def _find_dicom(path: Path, series: str | None, time: int | None) -> OpenedScan:
    found = scan_folder(path)
    return open_stack(found, choose_series(found, series, path), path, series, time)


def open_stack(
    found: DicomFolder,
    headers: Sequence[SliceHeader],
    path: Path,
    series: str | None,
    time: int | None = None,
) -> OpenedScan:
    """Return the slices of a series of a folder as a scan; time: as in build_stack.

    Raises SequenceError when they are no volume.
    """
    stack = build_stack(headers, time)
    first = stack.slices[0]
    for header in stack.slices:
        require_decodable(header)
    notes = [*stack.warnings, *found.warnings]
    if cut := list(dict.fromkeys(header.path for header in stack.slices if header.is_truncated)):
        notes.append(f"Damaged, the file ends too early: {name_some(cut)}.")
    if path == first.path and len(headers) == first.frames == 1 and has_siblings(path, first):
        notes.append(f"This is one slice of a series; open its folder, {path.parent.name}, for all of them.")
    return OpenedScan(
        name_series(found, first, path, series),
        path,
        DicomSlices(stack),
        stack.geometry,
        stack.times,
        *(moments_of(stack) if time is None else ((), None)),
        modality=first.modality,
        warnings=tuple(notes),
        stack=stack,
        window=stack.slices[stack.geometry.shape[0] // 2].window,
        is_inverted=first.photometric == "MONOCHROME1",
    )


def name_series(found: DicomFolder, first: SliceHeader, path: Path, series: str | None) -> str:
    """Return the name of a sequence: that of its file or folder, with the series where there are several."""
    return _stem(path) if len(found.series) == 1 else f"{_stem(path)} {first.series_number or series}"


def _time_warnings(path: Path, times: int, time: int | None) -> tuple[str, ...]:
    if times < 2 or time is None:
        return ()
    return (f"{path.name} holds {times} time points; this is number {time + 1}.",)


def _shear_warnings(geometry: VolumeGeometry) -> tuple[str, ...]:
    return (f"The slices are sheared by {geometry.tilt:.1f} degrees.",) if geometry.tilt else ()


def _stem(path: Path) -> str:
    """Return the file's own name: never anything from inside a scan, which could name the patient."""
    name = path.resolve().name
    for suffix in (*reversed(ARCHIVES), *_NIFTI_SUFFIXES, *SUFFIXES, *mgh.SUFFIXES, ".dcm"):
        if path.is_file() and name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name
