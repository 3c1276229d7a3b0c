"""DICOM segmentation objects (PS3.3 A.51) that refer to the series they were made on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import highdicom as hd
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from app.domain.annotation import Label
from app.domain.errors import ExportError
from app.imaging.label_volume import LabelMap
from app.storage.exporters.dicom_seg_sources import read_sources
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.volume_export_file import export_file
from app.storage.volume.dicom.dicom_codes import code_of
from app.storage.volume.dicom.dicom_headers import pydicom_silenced
from app.storage.volume.dicom.dicom_numbers import integer_of
from app.storage.volume.dicom.dicom_stack import DicomStack

VERSION: Final = "0.1.0"
_NAME: Final = "Framewise"
_LARGEST_NUMBER: Final = 2**31 - 1  # of an integer string (PS3.5 6.2)
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
    used = [replace(label, name=_plain_text(label.name)) for label in labels if (voxels == label.value).any()]
    if not used:
        raise ExportError("There is no mask to export.", subject=path, remedy="Annotate a slice first.")
    with pydicom_silenced():
        sources = read_sources(stack, with_identity, check)
        segmentation = _build(sources, _segments(voxels, used, stack), used)
        _name_series(segmentation, stack)
        if not any(
            "PlaneOrientationSequence" in item for item in segmentation.SharedFunctionalGroupsSequence
        ):
            segmentation.PatientOrientation = sources[0].get("PatientOrientation", "")
        check()
        if not with_identity:
            segmentation.PatientIdentityRemoved = "YES"
            segmentation.DeidentificationMethod = f"{_NAME}: exported without identity"
            segmentation.DeidentificationMethodCodeSequence = [
                hd.sr.CodedConcept.from_code(code) for code in _DEIDENTIFICATION
            ]
        with export_file(path) as draft:
            segmentation.save_as(draft, enforce_file_format=True)


def _name_series(segmentation: hd.seg.Segmentation, stack: DicomStack) -> None:
    """Say of each slice in which series it is, where every slice has one of its own."""
    series = {header.sop_uid: header.series_uid for header in stack.slices}
    if len(set(series.values())) == 1:
        return
    [listed] = segmentation.ReferencedSeriesSequence
    items = []
    for uid in dict.fromkeys(series.values()):
        item = Dataset()
        item.SeriesInstanceUID = uid
        item.ReferencedInstanceSequence = [
            one
            for one in listed.ReferencedInstanceSequence
            if series.get(one.ReferencedSOPInstanceUID) == uid
        ]
        items += [item] if item.ReferencedInstanceSequence else []
    segmentation.ReferencedSeriesSequence = items


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
            series_number=min(integer_of(sources[0], "SeriesNumber") + 1000, _LARGEST_NUMBER),
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
        segment_label=label.name or f"Label {label.value}",
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


def _plain_text(name: str) -> str:
    """Return a name as one value of at most 64 characters: a backslash would separate two (PS3.5 6.2)."""
    printable = "".join(letter if letter.isprintable() else " " for letter in name.replace("\\", "/"))
    return " ".join(printable.split())[:64].strip()
