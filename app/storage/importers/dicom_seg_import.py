"""DICOM segmentation objects as label volumes."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import highdicom as hd
import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset

from app.domain.annotation import Label
from app.domain.errors import ImportMasksError
from app.domain.label_colors import palette
from app.imaging.label_volume import LabelMap
from app.imaging.volume_geometry import VolumeGeometry
from app.storage.importers.frame_of_reference import say_frame_of_reference
from app.storage.importers.import_time import SourceTimes, referenced_time
from app.storage.importers.label_match import LabelMatch
from app.storage.importers.segment_stack import SegmentStack
from app.storage.volume.dicom.dicom_codes import code_of_segment
from app.storage.volume.dicom.dicom_headers import DAMAGE, pydicom_silenced
from app.storage.volume.dicom.dicom_numbers import integer_of
from app.storage.volume.volume_source import VolumeSource

_SEG_CLASSES: Final = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
_OWN_ID: Final = re.compile(r"Framewise label (\d+)")
_LARGEST_VALUE: Final = 255  # of a label
_ITEM_BYTES: Final = 8  # of the header of an item (PS3.5 section 7.5); each frame has a functional group
_TOLERANCE: Final = 0.01  # millimetres; positions are written with a few decimals


@dataclass(frozen=True, slots=True)
class SegmentationVolume:
    """A DICOM segmentation as a label volume."""

    voxels: LabelMap  #: (z, y, x) on the grid of geometry; where segments overlap, the last
    geometry: VolumeGeometry
    names: Mapping[int, str]  #: of its labels, by value
    warnings: tuple[str, ...]
    stack: SegmentStack | None  #: the segments, where the voxels do not tell them


def is_seg(path: Path) -> bool:
    """Whether a file is a DICOM segmentation."""
    try:
        with pydicom_silenced():
            header = dcmread(path, stop_before_pixels=True, specific_tags=["SOPClassUID"])
            return str(header.get("SOPClassUID")) in _SEG_CLASSES
    except DAMAGE:
        return False


def open_segmentation(path: Path) -> Any:
    """Open a segmentation, frame by frame where that can be done. Raises what DAMAGE lists.

    highdicom 0.28 cuts frames of one bit a pixel that do not begin at a byte at the wrong place unless it reads them
    all at once.
    """
    tags = ["Rows", "Columns", "BitsAllocated", "NumberOfFrames", "TotalPixelMatrixColumns"]
    header = dcmread(path, stop_before_pixels=True, specific_tags=tags)
    if "TotalPixelMatrixColumns" in header:
        raise ValueError("its frames are tiles, as of a slide of microscopy; whole frames are needed")
    frames = int(header.get("NumberOfFrames") or 1)
    # highdicom makes a table of so many entries first.
    if frames > path.stat().st_size // _ITEM_BYTES:
        raise ValueError("it claims more frames than it can hold")
    bits = int(header.Rows) * int(header.Columns) * int(header.BitsAllocated)
    return hd.seg.segread(path, lazy_frame_retrieval=bits % 8 == 0)


def segment_times(path: Path, times: SourceTimes) -> list[int | None]:
    """Return the time point of the source's frame that each frame of a segmentation is of, None where it names none.

    Raises ImportMasksError.
    """
    try:
        with pydicom_silenced():
            file = dcmread(path, stop_before_pixels=True)
            whole = referenced_time(file.get("ReferencedSeriesSequence") or (), times)
            found = [referenced_time(_sources(shared, own), times) for shared, own in _frame_groups(file)]
    except DAMAGE as error:
        raise ImportMasksError(f"The segmentation cannot be read: {error}.", subject=path) from error
    return [whole if time is None else time for time in found]


def read_seg(
    path: Path,
    scan: VolumeSource,
    match: LabelMatch,
    spool: Path | None = None,
    frames: Collection[int] | None = None,
) -> SegmentationVolume:
    """Read the segments, voxel by voxel where they lie on the slices of a scan, else on their own grid.

    Probabilities count from one half on. match: gives segments their values. frames: those of one time point, from 0,
    None for all; they must lie on the slices. Raises ImportMasksError.
    """
    try:
        with pydicom_silenced():
            file = open_segmentation(path)
            values, names = _values(file, match)
            grid = scan.geometry
            stack = _on_slices(file, grid, values, spool, frames)
            if stack is None and frames is not None:
                raise ValueError("it is about several time points, and its frames do not lie on the slices")
            if stack is None:
                grid = _own_grid(file)
                # Slices at uneven distances
                half = float(grid.full_spacing[0] if grid.full_spacing else 1) / 2
                stack = _on_slices(file, grid, values, spool, tolerance=half)
            if stack is None:
                raise ValueError("its frames do not lie on a grid")
            soft = ["Probabilities were cut at one half."] if _is_soft(file) else []
            elsewhere = say_frame_of_reference(file, scan.origin.stack, path)
            notes = (*match.warnings, *soft, *stack.notes, *elsewhere)
            kept = stack if stack.has_objects else None
            return SegmentationVolume(stack.label_voxels(), grid, names, notes, kept)
    except DAMAGE as error:
        raise ImportMasksError(f"The segmentation cannot be read: {error}.", subject=path) from error


def _values(file: Any, match: LabelMatch) -> tuple[dict[int, int], dict[int, str]]:
    """Return a label value for each segment, the exported one, that of the same name, or a free one; and the names."""
    values: dict[int, int] = {}
    names: dict[int, str] = {}
    segments = {int(number): file.get_segment_description(number) for number in file.segment_numbers}
    own = {number: _OWN_ID.fullmatch(str(one.tracking_id or "")) for number, one in segments.items()}
    exported = {number: int(found[1]) for number, found in own.items() if found}
    if any(not 0 < value <= _LARGEST_VALUE for value in exported.values()):
        raise ValueError(f"segments stand for labels {sorted(exported.values())}")
    colors = palette()
    labels = {
        number: Label(
            exported.get(number, 0),
            name := str(segment.segment_label),
            colors[exported.get(number, number) % len(colors)],
            code_of_segment(segment, name),
        )
        for number, segment in segments.items()
    }
    match.add([labels[number] for number in exported])
    for number, label in labels.items():
        name = label.name
        value = match.value(label.value, name) if number in exported else match.take_named(name, label.code)
        values[number], names[value] = value, name
    return values, names


def _on_slices(
    file: Any,
    scan: VolumeGeometry,
    values: Mapping[int, int],
    spool: Path | None,
    frames: Collection[int] | None = None,
    tolerance: float = _TOLERANCE,
) -> SegmentStack | None:
    """Return the segments on a grid; None unless every frame lies on a slice of it, to a tolerance in millimetres."""
    matrix = scan.matrix
    if (int(file.Rows), int(file.Columns)) != scan.shape[1:]:
        return None
    if matrix is None:
        places = [_picture_of(groups, scan) for groups in _frame_groups(file)]
    else:
        places = [
            _slice_at(groups, matrix, scan, tolerance) if _has_place(groups) else None
            for groups in _frame_groups(file)
        ]
    if None in places:
        return None
    stack = SegmentStack(scan.shape, values, spool)
    for number, (place, segment) in enumerate(zip(places, _segment_numbers(file), strict=True), 1):
        if place is not None and (frames is None or number - 1 in frames):
            stack.add(place, _picture(file, number, segment, stack.codes))
    return stack


def _own_grid(file: Any) -> VolumeGeometry:
    """Return the grid that the frames of a segmentation lie on."""
    if not all(_has_place(groups) for groups in _frame_groups(file)):
        raise ValueError("it does not say where it lies, and its pictures are not those of this scan")
    found = file.get_volume_geometry(allow_missing_positions=True)
    if found is None:
        raise ValueError("its frames do not lie at even distances")
    # Columns of highdicom's affine belong to the axes (slice, row, column) of the array.
    affine = found.affine[:3, [2, 1, 0, 3]]
    depth, height, width = found.spatial_shape
    sizes = np.linalg.norm(affine[:, 2::-1], axis=0)
    spacing = (float(sizes[0]), float(sizes[1]), float(sizes[2]))
    rows = tuple(tuple(map(float, row)) for row in affine)
    return VolumeGeometry((depth, height, width), spacing, rows)


def _is_soft(file: Any) -> bool:
    """Whether segments are probabilities, or parts of a voxel."""
    return str(file.SegmentationType) == "FRACTIONAL"


def _frame_groups(file: Any) -> Iterator[tuple[Dataset, Dataset]]:
    shared = file.SharedFunctionalGroupsSequence[0]
    for own in file.PerFrameFunctionalGroupsSequence:
        yield shared, own


def _sources(shared: Dataset, own: Dataset) -> list[Dataset]:
    """Return what a frame says that it was made of."""
    name = "DerivationImageSequence"
    return list(own.get(name) or shared.get(name) or ())


def _has_place(groups: tuple[Dataset, Dataset]) -> bool:
    return any("PlanePositionSequence" in group for group in groups)


def _picture_of(groups: tuple[Dataset, Dataset], scan: VolumeGeometry) -> int | None:
    """Return the picture of a scan without places that a frame was drawn on, as an X-ray or a projection."""
    for derivation in groups[1].get("DerivationImageSequence") or []:
        for source in derivation.get("SourceImageSequence") or []:
            index = integer_of(source, "ReferencedFrameNumber") - 1
            if 0 <= index < scan.shape[0]:
                return index
    return 0 if scan.shape[0] == 1 else None


def _slice_at(
    groups: tuple[Dataset, Dataset], matrix: NDArray[np.float64], scan: VolumeGeometry, tolerance: float
) -> int | None:
    """Return the slice of a scan that a frame lies on, to a tolerance in millimetres at all four corners."""
    position = np.array(_find(groups, "PlanePositionSequence").ImagePositionPatient, float)
    cosines = np.array(_find(groups, "PlaneOrientationSequence").ImageOrientationPatient, float)
    row_spacing, column_spacing = map(float, _find(groups, "PixelMeasuresSequence").PixelSpacing)
    width, height = scan.shape[2] - 1, scan.shape[1] - 1
    ends = np.array([(x, y) for x in (0, width) for y in (0, height)], float)
    steps = np.stack([cosines[:3] * column_spacing, cosines[3:] * row_spacing])
    corners = position + ends @ steps
    index = _nearest_slice(position, matrix, scan)
    expected = scan.to_patient(np.column_stack([ends, np.full(4, index)]))
    return index if np.abs(corners - expected).max() <= tolerance else None


def _nearest_slice(position: NDArray[np.float64], matrix: NDArray[np.float64], scan: VolumeGeometry) -> int:
    if not scan.is_even:
        return int(np.linalg.norm(np.array(scan.origins) - position, axis=1).argmin())
    at = np.linalg.solve(matrix[:3, :3], position - matrix[:3, 3])[2]
    return min(max(round(float(at)), 0), scan.shape[0] - 1)


def _find(groups: tuple[Dataset, Dataset], name: str) -> Dataset:
    item: Dataset = (groups[1] if name in groups[1] else groups[0])[name][0]
    return item


def _segment_numbers(file: Any) -> Iterator[int | None]:
    """Return the segment that each frame belongs to; None where its pixels say so (LABELMAP)."""
    for groups in _frame_groups(file):
        try:
            yield int(_find(groups, "SegmentIdentificationSequence").ReferencedSegmentNumber)
        except KeyError:
            yield None


def _picture(file: Any, number: int, segment: int | None, codes: NDArray[np.uint8]) -> LabelMap:
    """Return the codes of the segments in a frame, 0 where there is none."""
    stored = file.get_stored_frame(number)
    if segment is not None:
        return np.asarray((stored > int(file.get("MaximumFractionalValue", 1)) / 2) * codes[segment])
    picture: LabelMap = codes[stored]
    return picture
