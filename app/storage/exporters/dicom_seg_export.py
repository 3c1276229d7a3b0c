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
from pydicom.sr.coding import Code

from app.domain.annotation import Label
from app.domain.errors import ExportError
from app.imaging.label_volume import LabelMap
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.volume_export_file import export_file
from app.storage.volume.dicom.dicom_codes import code_of
from app.storage.volume.dicom.dicom_headers import DAMAGE, pydicom_silenced
from app.storage.volume.dicom.dicom_stack import DicomStack

VERSION: Final = "0.1.0"
_NAME: Final = "Framewise"
# Type 2 attributes of the patient and study modules: they must be there, and may be empty.
_IDENTITY: Final = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "StudyID",
    "ReferringPhysicianName",
)
# All that a segmentation without identity takes over from its source: what it must refer to, and the geometry. No
# attribute of PS3.15 table E.1-1 is among it but the UIDs, which its Retain UIDs option keeps.
_KEPT: Final = (
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "FrameOfReferenceUID",
    "Modality",
    "SeriesNumber",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "PixelSpacing",
    "SliceThickness",
    "SpacingBetweenSlices",
    "ImageOrientationPatient",
    "ImagePositionPatient",
)
_KEPT_GROUPS: Final = {
    "PixelMeasuresSequence": ("PixelSpacing", "SliceThickness", "SpacingBetweenSlices"),
    "PlaneOrientationSequence": ("ImageOrientationPatient",),
    "PlanePositionSequence": ("ImagePositionPatient",),
}
_DEIDENTIFICATION: Final = (
    Code("113100", "DCM", "Basic Application Confidentiality Profile"),
    Code("113110", "DCM", "Retain UIDs Option"),
)


def export_dicom_seg(job: ExportJob, folder: Path) -> list[Path]:
    """Write <name>_seg.dcm. Raises as write_seg."""
    scan = job.scan()
    stack = scan.source.origin.stack
    if stack is None:
        raise ExportError(
            "A DICOM segmentation must refer to a DICOM series, and this scan is none.",
            subject=job.info.path,
            remedy="Export it as NIfTI or NRRD.",
        )
    path = folder / f"{job.name}_seg.dcm"
    write_seg(path, scan.voxels(), scan.used(), stack, scan.check_cancelled, with_identity=scan.with_identity)
    return [path]


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
            segmentation.DeidentificationMethodCodeSequence = [
                hd.sr.CodedConcept.from_code(code) for code in _DEIDENTIFICATION
            ]
        with export_file(path) as draft:
            segmentation.save_as(draft, enforce_file_format=True)


def _sources(stack: DicomStack, with_identity: bool, check: Callable[[], None]) -> list[Dataset]:
    """Return the headers of the files that the slices came from, one a file."""
    files = list(dict.fromkeys(header.path for header in stack.slices))
    if len(files) > 1 and any(header.frames > 1 for header in stack.slices):
        raise ExportError(
            "A segmentation can refer to one multi-frame file or to single slices.", subject=files[0]
        )
    sources: list[Dataset] = []
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
        if not source.get("SOPClassUID"):
            # Some programs that remove identity empty it; the file meta still holds it.
            source.SOPClassUID = source.file_meta.get("MediaStorageSOPClassUID", "")
        if (
            not source.get("SliceThickness")
            and stack.geometry.full_spacing
            and len(files) == len(stack.slices)
        ):
            # A segment must have a thickness; where the source has none, slices touch.
            source.SliceThickness = stack.geometry.full_spacing[0]
        sources.append(_named(source) if with_identity else _anonymous(source))
        sources[-1].SpecificCharacterSet = "ISO_IR 192"  # UTF-8: label names come in any script
    return sources


def _named(source: Dataset) -> Dataset:
    source.decode()
    for keyword in _IDENTITY:
        if keyword not in source:
            setattr(source, keyword, "")
    return source


def _anonymous(source: Dataset) -> Dataset:
    """Return what a segmentation needs of a source, and nothing that identifies a person."""
    kept = _only(source, _KEPT)
    kept.file_meta = source.file_meta
    for keyword in _IDENTITY:
        setattr(kept, keyword, "")
    for name in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        if name in source:
            setattr(kept, name, [_geometry_groups(item) for item in source.get(name, [])])
    return kept


def _geometry_groups(item: Dataset) -> Dataset:
    kept = Dataset()
    for name, keywords in _KEPT_GROUPS.items():
        if name in item:
            setattr(kept, name, [_only(group, keywords) for group in item.get(name, [])])
    return kept


def _only(source: Dataset, keywords: Sequence[str]) -> Dataset:
    kept = Dataset()
    for keyword in keywords:
        if keyword in source:
            kept[keyword] = source[keyword]
    return kept


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
