"""The headers of the slices that a DICOM segmentation refers to, as it needs them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from highdicom import UID
from highdicom.sr import CodedConcept
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    CTImageStorage,
    DigitalMammographyXRayImageStorageForPresentation,
    DigitalXRayImageStorageForPresentation,
    MRImageStorage,
    NuclearMedicineImageStorage,
    PositronEmissionTomographyImageStorage,
    SecondaryCaptureImageStorage,
    UltrasoundImageStorage,
    XRayAngiographicImageStorage,
)

from app.domain.errors import ExportError
from app.storage.volume.dicom.dicom_headers import DAMAGE, open_dataset
from app.storage.volume.dicom.dicom_stack import DicomStack

# Type 2 attributes of the patient and study modules: they must be there, and may be empty.
IDENTITY: Final = (
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
    "PatientOrientation",
    "SeriesNumber",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "BurnedInAnnotation",
    "PixelSpacing",
    "SliceThickness",
    "SpacingBetweenSlices",
    "ImageOrientationPatient",
    "ImagePositionPatient",
)
_DEIDENTIFICATION: Final = (
    Code("113100", "DCM", "Basic Application Confidentiality Profile"),
    Code("113110", "DCM", "Retain UIDs Option"),
)
_KEPT_GROUPS: Final = {
    "PixelMeasuresSequence": ("PixelSpacing", "SliceThickness", "SpacingBetweenSlices"),
    "PlaneOrientationSequence": ("ImageOrientationPatient",),
    "PlanePositionSequence": ("ImagePositionPatient",),
}
# What joins slices; programs that remove identity may empty it.
_GROUPING: Final = ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")
# The kind of a slice by its modality, where a program that removes identity emptied the kind.
_CLASSES: Final = {
    "CT": CTImageStorage,
    "MR": MRImageStorage,
    "PT": PositronEmissionTomographyImageStorage,
    "NM": NuclearMedicineImageStorage,
    "CR": ComputedRadiographyImageStorage,
    "DX": DigitalXRayImageStorageForPresentation,
    "MG": DigitalMammographyXRayImageStorageForPresentation,
    "US": UltrasoundImageStorage,
    "XA": XRayAngiographicImageStorage,
}


def read_sources(stack: DicomStack, with_identity: bool, check: Callable[[], None]) -> list[Dataset]:
    """Return the headers of the files that the slices came from, one a file.

    Of a file of many frames the frames of the slices are there alone, in their order; see name_frames.
    check: called between files; what it raises ends the export. Raises ExportError when they cannot be referred to.
    """
    files = list(dict.fromkeys(header.path for header in stack.slices))
    if len(files) > 1 and any(header.frames > 1 for header in stack.slices):
        raise ExportError(
            "A segmentation can refer to one multi-frame file or to single slices.", subject=files[0]
        )
    if len(stack.slices) > 1 and stack.geometry.affine is None:
        raise ExportError(
            "A segmentation needs to know where the slices lie, and these do not say it.",
            subject=files[0],
            remedy="Export it as NIfTI or NRRD.",
        )
    sources: list[Dataset] = []
    spare = {keyword: UID() for keyword in _GROUPING}
    for file in files:
        check()
        source = _only_frames(_read(file), [header.frame for header in stack.slices if header.path == file])
        _complete(source, stack, spare, is_single=len(files) == len(stack.slices))
        source = _named(source) if with_identity else _anonymous(source)
        source.SpecificCharacterSet = "ISO_IR 192"  # UTF-8: label names come in any script
        # All must have one while it is built.
        source.SeriesInstanceUID = stack.slices[0].series_uid or spare["SeriesInstanceUID"]
        _straighten(source, stack)
        sources.append(source)
    return sources


def name_frames(document: Dataset, stack: DicomStack) -> None:
    """Refer to the frames of the file by its own numbers, where a document refers to what read_sources gave."""
    if stack.slices[0].frames == 1:
        return
    # highdicom puts one item into several sequences.
    found = {
        id(element): element for element in document.iterall() if element.keyword == "ReferencedFrameNumber"
    }
    for element in found.values():
        element.value = stack.slices[int(element.value) - 1].frame + 1


def file_header(file: Path, *, with_identity: bool) -> Dataset:
    """Return what a segmentation of a clip or still takes over from its file. Raises ExportError."""
    source = _read(file)
    if not source.get("SOPInstanceUID") or not source.get("SeriesInstanceUID"):
        raise ExportError(
            "The file does not say which instance of which series it is.", subject=file, remedy="Export COCO."
        )
    source = _named(source) if with_identity else _anonymous(source)
    source.SpecificCharacterSet = "ISO_IR 192"  # UTF-8: label names come in any script
    return source


def removed_identity(segmentation: Dataset) -> None:
    """Say in a segmentation that identity was removed, and how (PS3.15 E.1)."""
    segmentation.PatientIdentityRemoved = "YES"
    segmentation.DeidentificationMethod = "Framewise: exported without identity"
    segmentation.DeidentificationMethodCodeSequence = [
        CodedConcept.from_code(code) for code in _DEIDENTIFICATION
    ]


def _read(file: Path) -> Dataset:
    try:
        with open_dataset(file) as opened:
            return dcmread(opened, stop_before_pixels=True, force=True)
    except DAMAGE as error:
        raise ExportError("The slice can no longer be read.", subject=file) from error


def _only_frames(source: Dataset, frames: Sequence[int]) -> Dataset:
    """Leave these frames of a file of many, in this order: highdicom refuses several at one place, as over time."""
    groups = source.get("PerFrameFunctionalGroupsSequence") or []
    if len(groups) > max(frames):
        source.PerFrameFunctionalGroupsSequence = [groups[frame] for frame in frames]
        source.NumberOfFrames = len(frames)
    return source


def _complete(source: Dataset, stack: DicomStack, spare: Mapping[str, UID], *, is_single: bool) -> None:
    """Add what a segmentation must take over and the source does not say, as far as it is known.

    spare: for a study, series or frame of reference without a name one that nothing else has.
    """
    meta = source.file_meta
    if not source.get("SOPClassUID"):
        kind = _CLASSES.get(str(source.get("Modality")), SecondaryCaptureImageStorage)
        source.SOPClassUID = meta.get("MediaStorageSOPClassUID") or kind
    if not source.get("SOPInstanceUID"):
        source.SOPInstanceUID = meta.get("MediaStorageSOPInstanceUID", "")
    for keyword in _GROUPING:
        if not source.get(keyword):
            setattr(source, keyword, spare[keyword])
            if keyword == "FrameOfReferenceUID" and stack.geometry.affine is None:
                del source[keyword]
    if not source.get("SliceThickness") and stack.geometry.full_spacing and is_single:
        # A segment must have a thickness; where the source has none, slices touch.
        source.SliceThickness = stack.geometry.full_spacing[0]


def _straighten(source: Dataset, stack: DicomStack) -> None:
    """Give all slices the same direction cosines, at right angles and of length one: headers round them."""
    first = stack.slices[0].orientation
    if first is None or stack.geometry.affine is None:
        return
    row, column = np.reshape(first, (2, 3))
    row = row / np.linalg.norm(row)
    column = column - (column @ row) * row
    cosines = [round(float(part), 8) for part in (*row, *(column / np.linalg.norm(column)))]
    groups = [
        *source.get("SharedFunctionalGroupsSequence", []),
        *source.get("PerFrameFunctionalGroupsSequence", []),
    ]
    planes = [plane for group in groups for plane in group.get("PlaneOrientationSequence", [])]
    for holder in (source, *planes):
        if "ImageOrientationPatient" in holder:
            holder.ImageOrientationPatient = cosines


def _named(source: Dataset) -> Dataset:
    source.decode()
    for keyword in IDENTITY:
        if keyword not in source:
            setattr(source, keyword, "")
    return source


def _anonymous(source: Dataset) -> Dataset:
    """Return what a segmentation needs of a source, and nothing that identifies a person."""
    kept = _only(source, _KEPT)
    kept.file_meta = source.file_meta
    for keyword in IDENTITY:
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
