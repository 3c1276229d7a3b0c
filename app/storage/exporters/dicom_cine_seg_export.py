"""DICOM segmentation objects of clips and stills: frames over time, which refer to their source frame by frame.

PS3.3 A.51 without a frame of reference: each frame of the segmentation names the source's frame in its Derivation
Image Sequence (C.7.6.16.2.6), and the dimensions are the segment and the temporal position (C.7.6.16.2.2). highdicom
builds a segmentation of one frame only where there are no places in space, so the frames are added here.
"""

from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import highdicom as hd
import numpy as np
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import SecondaryCaptureImageStorage

from app.domain.annotation import Object
from app.domain.errors import ExportError
from app.imaging import masks
from app.storage.cine.cine_source import CineSource
from app.storage.exporters.dicom_seg_building import (
    build_segmentation,
    describe_segment,
    pack_frames,
    plain_text,
    set_dimensions,
    source_image,
)
from app.storage.exporters.dicom_seg_sources import file_header, removed_identity
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.volume_export_file import export_file
from app.storage.volume.dicom.dicom_headers import pydicom_silenced
from app.storage.volume.dicom.dicom_stack import DicomStack

# What places a source in space; frames of a clip have a place in time alone.
_PLACES: Final = (
    "NumberOfFrames", "FrameOfReferenceUID", "ImagePositionPatient", "ImageOrientationPatient",
    "PixelSpacing", "SliceThickness",
    "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _SourceFrame:
    """A source frame: an instance, and the number of the frame in it, None for an instance of one."""

    instance: str
    frame: int | None


def write_cine_seg(path: Path, job: ExportJob, stack: DicomStack | None = None) -> None:
    """Write a segment for each object with masks on any frame; objects may overlap.

    stack: the pictures of a series without places, annotated as they were recorded.
    Raises ExportError when the source cannot be referred to, StorageFull when there is no room.
    """
    if stack is not None and len(stack.slices) != job.info.frames:
        raise ExportError(
            "These pictures do not say where they lie, so that only masks on whole pictures can be referred to.",
            subject=job.info.path,
            remedy="Turn the scan back to the recorded direction.",
        )
    files = _files(job) if stack is None else [header.path for header in stack.slices]
    used = _used(job)
    if not used:
        raise ExportError("There is no mask to export.", subject=path, remedy="Annotate a frame first.")
    with pydicom_silenced():
        headers = {file: file_header(file, with_identity=job.with_identity) for file in dict.fromkeys(files)}
        if len({str(header.SeriesInstanceUID) for header in headers.values()}) > 1:
            raise ExportError("A segmentation refers to one series.", subject=path, remedy="Export COCO.")
        references = _references(files, headers)
        if stack is not None:
            references = [
                _SourceFrame(one.instance, one.frame and header.frame + 1)
                for one, header in zip(references, stack.slices, strict=True)
            ]
        first = headers[files[0]]
        blank = np.ones((1, job.info.height, job.info.width), np.uint8)
        segmentation = build_segmentation([_template(first)], blank, _described(job, used))
        segmentation.PatientOrientation = first.get("PatientOrientation", "")
        _refer(segmentation, headers.values())
        _add_frames(segmentation, job, used, references, {str(x.SOPInstanceUID): x for x in headers.values()})
        if not job.with_identity:
            removed_identity(segmentation)
        with export_file(path) as draft:
            segmentation.save_as(draft, enforce_file_format=True)


def _files(job: ExportJob) -> list[Path]:
    """Return the file of each frame."""
    if isinstance(job.source, CineSource):
        return [header.path for header in job.source.origin.headers[: job.info.frames]]
    return [Path(job.info.path)] * job.info.frames


def _references(files: Sequence[Path], headers: dict[Path, Dataset]) -> list[_SourceFrame]:
    counts: dict[Path, int] = {}
    found = []
    for file in files:
        counts[file] = counts.get(file, 0) + 1
        is_single = int(headers[file].get("NumberOfFrames") or 1) == 1
        found.append(_SourceFrame(str(headers[file].SOPInstanceUID), None if is_single else counts[file]))
    return found


def _used(job: ExportJob) -> list[Object]:
    frames = job.selected().chosen
    seen = {item.object_id for frame in frames for item, cell in job.cells(frame) if masks.area(cell.mask)}
    return [item for item in job.objects if item.object_id in seen]


def _template(source: Dataset) -> Dataset:
    """Return a source of one frame without a place, from which highdicom takes patient and study."""
    template = deepcopy(source)
    for keyword in _PLACES:
        template.pop(keyword, None)
    template.SOPClassUID = SecondaryCaptureImageStorage

    template.SpecificCharacterSet = "ISO_IR 192"
    return template


def _described(job: ExportJob, used: Sequence[Object]) -> list[hd.seg.SegmentDescription]:
    labels = {label.value: label for label in job.all_labels}
    found = []
    for number, item in enumerate(used, 1):
        label = labels[item.label]
        segment = describe_segment(number, replace(label, name=plain_text(label.name)))
        segment.TrackingID = f"{segment.TrackingID} object {item.object_id}"
        found.append(segment)
    return found


def _refer(segmentation: Dataset, headers: Iterable[Dataset]) -> None:
    """Name all source instances in the segmentation."""
    items = []
    for header in headers:
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = header.SOPClassUID, header.SOPInstanceUID
        items.append(item)
    [listed] = segmentation.ReferencedSeriesSequence
    listed.ReferencedInstanceSequence = items
    segmentation.pop("SourceImageSequence", None)


def _add_frames(
    segmentation: Dataset,
    job: ExportJob,
    used: Sequence[Object],
    references: Sequence[_SourceFrame],
    headers: dict[str, Dataset],
) -> None:
    numbers = {item.object_id: number for number, item in enumerate(used, 1)}
    found = [
        (numbers[item.object_id], frame, cell.mask)
        for frame in job.watch(job.selected().chosen)
        for item, cell in job.cells(frame)
        if item.object_id in numbers and masks.area(cell.mask)
    ]
    found.sort(key=lambda entry: entry[:2])
    # Frames are sorted by segment, then by time.
    set_dimensions(segmentation, "ReferencedSegmentNumber", "TemporalPositionIndex")
    shared = segmentation.SharedFunctionalGroupsSequence[0]
    for keyword in ("SegmentIdentificationSequence", "DerivationImageSequence"):
        shared.pop(keyword, None)
    segmentation.PerFrameFunctionalGroupsSequence = [
        _groups(number, frame, references[frame], headers) for number, frame, _ in found
    ]
    pack_frames(segmentation, (masks.decode(mask) for _, _, mask in found), job.check)
    segmentation.SegmentsOverlap = "UNDEFINED"


def _groups(number: int, frame: int, reference: _SourceFrame, headers: dict[str, Dataset]) -> Dataset:
    groups, segment, content, derivation = (Dataset() for _ in range(4))
    segment.ReferencedSegmentNumber = number
    groups.SegmentIdentificationSequence = [segment]
    content.DimensionIndexValues = [number, frame + 1]
    content.TemporalPositionIndex = frame + 1
    groups.FrameContentSequence = [content]
    derivation.SourceImageSequence = [source_image(headers[reference.instance], reference.frame)]
    derivation.DerivationCodeSequence = [
        hd.sr.CodedConcept.from_code(codes.cid7203.SegmentationImageDerivation)
    ]
    groups.DerivationImageSequence = [derivation]
    return groups
