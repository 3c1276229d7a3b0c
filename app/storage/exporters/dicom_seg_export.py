"""DICOM segmentation objects (PS3.3 A.51) that refer to the series they were made on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import highdicom as hd
import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from app.domain.annotation import Label
from app.domain.errors import ExportError
from app.imaging.label_volume import LabelMap
from app.storage.exporters.volume_export_file import export_file
from app.storage.volume.dicom.dicom_codes import code_of
from app.storage.volume.dicom.dicom_headers import DAMAGE, pydicom_silenced
from app.storage.volume.dicom.dicom_stack import DicomStack

VERSION: Final = "0.1.0"
_NAME: Final = "Framewise"
# What names a patient or a visit in the modules that a segmentation takes over from its source, and what the
# standard wants in its place for a file without identity (types 1 and 2; PS3.15 table E.1-1).
_IDENTIFYING: Final = {
    "PatientName": "",
    "PatientID": "",
    "PatientBirthDate": "",
    "PatientSex": "",
    "StudyDate": "",
    "StudyTime": "",
    "AccessionNumber": "",
    "StudyID": "",
    "ReferringPhysicianName": "",
}
_ALSO_IDENTIFYING: Final = (
    "PatientAge",
    "PatientSize",
    "PatientWeight",
    "OtherPatientIDs",
    "OtherPatientNames",
    "EthnicGroup",
    "PatientComments",
    "StudyDescription",
    "NameOfPhysiciansReadingStudy",
    "PhysiciansOfRecord",
    "InstitutionName",
)


def write_seg(
    path: Path,
    voxels: LabelMap,
    labels: Sequence[Label],
    stack: DicomStack,
    check: Callable[[], None],
    *,
    with_identity: bool = False,
) -> None:
    """Write labels of a volume uint8 (z, y, x), whose slices are those of the stack, a segment each.

    check: called between steps; what it raises ends the export.
    with_identity: name the patient as the source does; otherwise the file says that identity was removed, and
    only the identifiers of study and series tie it to its source.
    Raises ExportError when the source cannot be referred to, StorageFull when there is no room.
    """
    used = [label for label in labels if (voxels == label.value).any()]
    if not used:
        raise ExportError("There is no mask to export.", subject=path, remedy="Annotate a slice first.")
    with pydicom_silenced():
        sources = _sources(stack, with_identity, check)
        segmentation = _build(sources, _segments(voxels, used, stack), used)
        check()
        if not with_identity:
            segmentation.PatientIdentityRemoved = "YES"
            segmentation.DeidentificationMethod = f"{_NAME}: exported without identity"
        with export_file(path) as draft:
            segmentation.save_as(draft, enforce_file_format=True)


def _sources(stack: DicomStack, with_identity: bool, check: Callable[[], None]) -> list[Dataset]:
    """Return the headers of the files that the slices came from, one a file."""
    files = list(dict.fromkeys(header.path for header in stack.slices))
    if len(files) > 1 and any(header.frames > 1 for header in stack.slices):
        raise ExportError(
            "A segmentation can refer to one multi-frame file or to single slices.", subject=files[0]
        )
    sources = []
    for file in files:
        check()
        try:
            source = dcmread(file, stop_before_pixels=True)
        except DAMAGE as error:
            raise ExportError("The slice can no longer be read.", subject=file) from error
        if "FrameOfReferenceUID" not in source:
            raise ExportError(
                "The series does not say in which frame of reference it lies.",
                subject=file,
                remedy="Export it as NIfTI or NRRD.",
            )
        sources.append(_named(source) if with_identity else _anonymous(source))
        if not source.get("SliceThickness") and stack.geometry.spacing and len(files) == len(stack.slices):
            # A segment must have a thickness; where the source has none, slices touch.
            source.SliceThickness = stack.geometry.spacing[0]
    return sources


def _named(source: Dataset) -> Dataset:
    for keyword, nothing in _IDENTIFYING.items():
        if keyword not in source:
            setattr(source, keyword, nothing)
    return source


def _anonymous(source: Dataset) -> Dataset:
    for keyword, nothing in _IDENTIFYING.items():
        setattr(source, keyword, nothing)
    for keyword in _ALSO_IDENTIFYING:
        if keyword in source:
            delattr(source, keyword)
    return source


def _segments(voxels: LabelMap, used: Sequence[Label], stack: DicomStack) -> NDArray[np.uint8]:
    """Segment numbers 1, 2, … instead of label values, in the order of the source's frames."""
    numbers = np.zeros(256, np.uint8)
    for number, label in enumerate(used, 1):
        numbers[label.value] = number
    first = stack.slices[0]
    if first.frames == 1:
        return numbers[voxels]
    whole = np.zeros((first.frames, *voxels.shape[1:]), np.uint8)
    whole[[header.frame for header in stack.slices]] = numbers[voxels]
    return whole


def _build(sources: list[Dataset], segments: NDArray[np.uint8], used: Sequence[Label]) -> hd.seg.Segmentation:
    try:
        segmentation = hd.seg.Segmentation(
            source_images=sources,
            pixel_array=segments,
            segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
            segment_descriptions=[_describe(number, label) for number, label in enumerate(used, 1)],
            series_instance_uid=hd.UID(),
            series_number=int(sources[0].get("SeriesNumber") or 0) + 1000,
            sop_instance_uid=hd.UID(),
            instance_number=1,
            manufacturer=_NAME,
            manufacturer_model_name=_NAME,
            software_versions=VERSION,
            device_serial_number="1",
            content_label="SEGMENTATION",
            content_description="Label volume",
        )
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise ExportError(
            f"The series cannot be referred to: {error}.",
            subject=str(sources[0].get("SeriesInstanceUID", "")),
            remedy="Export it as NIfTI or NRRD.",
        ) from error
    segmentation.SeriesDescription = f"{_NAME} segmentation"
    return segmentation


def _describe(number: int, label: Label) -> hd.seg.SegmentDescription:
    code = code_of(label.name, label.value)
    description = hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=label.name.strip()[:64] or f"Label {label.value}",
        segmented_property_category=code.category,
        segmented_property_type=code.type,
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.SEMIAUTOMATIC,
        algorithm_identification=hd.AlgorithmIdentificationSequence(
            name=_NAME, family=codes.cid7162.ArtificialIntelligence, version=VERSION
        ),
        tracking_uid=hd.UID(),
        tracking_id=f"{_NAME} label {label.value}",
        display_color=hd.color.CIELabColor.from_rgb(*label.color),
    )
    if code.side is not None:
        side = hd.sr.CodedConcept.from_code(code.side)
        description.SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence = [side]
    return description
