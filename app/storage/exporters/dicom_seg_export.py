"""DICOM segmentation objects (PS3.3 A.51) that refer to the series they were made on."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import highdicom as hd
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from app.domain.annotation import Label
from app.domain.errors import ExportError
from app.imaging.label_volume import LabelMap
from app.storage.exporters.dicom_cine_seg_export import write_cine_seg
from app.storage.exporters.dicom_seg_building import build_segmentation, describe_segment, plain_text
from app.storage.exporters.dicom_seg_sources import name_frames, read_sources, removed_identity
from app.storage.exporters.dicom_time_seg import join_times
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.mask_record import (
    PRIVATE_CREATOR,
    PRIVATE_ELEMENT,
    PRIVATE_GROUP,
    Record,
    record_volume,
    to_text,
    volume_record,
)
from app.storage.exporters.time_jobs import jobs_by_time
from app.storage.exporters.volume_export_file import export_file
from app.storage.exporters.volume_job import VolumeJob
from app.storage.volume.dicom.dicom_headers import pydicom_silenced
from app.storage.volume.dicom.dicom_stack import DicomStack

_LARGEST: Final = 2**32  # bytes of overlapping segments in memory, where highdicom wants them; chosen by hand


def export_dicom_seg(job: ExportJob, folder: Path) -> list[Path]:
    """Write <name>_seg.dcm: of a scan a segment for each label, of a clip, still or series without places one
    for each object. The frames of a scan over time name the time point that they are of.

    Raises ExportError when the source cannot be referred to, StorageFull when there is no room.
    """
    path = folder / f"{job.name}_seg.dcm"
    if job.volume is None:
        write_cine_seg(path, job)
        return [path]
    scan = job.scan()
    stack = scan.source.origin.stack
    if stack is None:
        raise ExportError(
            "A DICOM segmentation must refer to a DICOM series, and this scan is none.",
            subject=job.info.path,
            remedy="Export it as NIfTI or NRRD.",
        )
    if len(stack.slices) > 1 and stack.geometry.affine is None:
        # Pictures without a place are told apart by which file they are, as those of a clip are.
        write_cine_seg(path, job, stack)
    elif job.info.time_points > 1:
        _write_times(path, job, stack)
    else:
        record = record_volume(job, with_authors=scan.with_identity)
        voxels, is_named = scan.voxels(), scan.with_identity
        check = scan.check_cancelled
        write_seg(path, voxels, scan.used(), stack, check, record, with_identity=is_named, covered=scan)
    return [path]


def _write_times(path: Path, job: ExportJob, stack: DicomStack) -> None:
    """Write one file of all annotated time points; stack: the slices of all of them."""
    scan = job.scan()
    values = scan.used_values()  # voxels of all time points need not fit into memory
    used = [label for label in scan.used() if label.value in values]
    if not used:
        raise _nothing(path)
    described = [replace(label, name=plain_text(label.name)) for label in used]
    segments = [describe_segment(number, label) for number, label in enumerate(described, 1)]
    records: list[Record] = []
    with pydicom_silenced():
        parts = _time_parts(job, described, segments, records)
        segmentation = join_times(parts, job.check)
        record = to_text({"times": records})
        _save(path, segmentation, stack, record, with_identity=scan.with_identity)


def _time_parts(
    job: ExportJob,
    used: Sequence[Label],
    segments: Sequence[hd.seg.SegmentDescription],
    records: list[Record],
) -> Iterator[tuple[int, hd.seg.Segmentation]]:
    """Yield the segmentation of each annotated time point, and add its record to records."""
    for one in jobs_by_time(job):
        scan = one.scan()
        stack, voxels = scan.source.origin.stack, scan.voxels()
        assert stack is not None and one.time is not None
        if voxels.any():
            records.append(volume_record(one, with_authors=scan.with_identity))
            sources = read_sources(stack, scan.with_identity, scan.check_cancelled)
            part = build_segmentation(sources, _segments(voxels, used, scan), segments)
            name_frames(part, stack)
            yield one.time, part


def write_seg(
    path: Path,
    voxels: LabelMap,
    labels: Sequence[Label],
    stack: DicomStack,
    check: Callable[[], None],
    record: str = "",
    *,
    with_identity: bool = False,
    covered: VolumeJob | None = None,
) -> None:
    """Write labels of a volume uint8 (z, y, x), whose slices are those of the stack, a segment each.

    covered: has the masks that lie under others in voxels; segments may overlap, and so hold them too.
    record: what pixels cannot say of the masks, see mask_record; a private element holds it.
    check: called between steps; what it raises ends the export.
    with_identity: name the patient as the source does; otherwise the file says that identity was removed, and
    only the identifiers of study and series tie it to its source.
    Raises ExportError when the source cannot be referred to, StorageFull when there is no room.
    """
    values = set(np.unique(voxels).tolist()) if covered is None else covered.used_values()
    used = [replace(label, name=plain_text(label.name)) for label in labels if label.value in values]
    if not used:
        raise _nothing(path)
    with pydicom_silenced():
        sources = read_sources(stack, with_identity, check)
        segmentation = build_segmentation(
            sources,
            _segments(voxels, used, covered),
            [describe_segment(number, label) for number, label in enumerate(used, 1)],
        )
        name_frames(segmentation, stack)
        if not any(
            "PlaneOrientationSequence" in item for item in segmentation.SharedFunctionalGroupsSequence
        ):
            segmentation.PatientOrientation = sources[0].get("PatientOrientation", "")
        check()
        _save(path, segmentation, stack, record, with_identity=with_identity)


def _nothing(path: Path) -> ExportError:
    return ExportError("There is no mask to export.", subject=path, remedy="Annotate a slice first.")


def _save(
    path: Path, segmentation: hd.seg.Segmentation, stack: DicomStack, record: str, *, with_identity: bool
) -> None:
    _name_series(segmentation, stack)
    if not with_identity:
        removed_identity(segmentation)
    if record:
        block = segmentation.private_block(PRIVATE_GROUP, PRIVATE_CREATOR, create=True)
        block.add_new(PRIVATE_ELEMENT, "UT", record)
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


def _segments(voxels: LabelMap, used: Sequence[Label], covered: VolumeJob | None) -> NDArray[np.uint8]:
    """Return segment numbers 1, 2, … (z, y, x), or where masks overlap 0 or 1 for each segment (z, y, x, segment).

    Raises ExportError where that does not fit into memory.
    """
    if covered is not None and covered.area() > np.count_nonzero(voxels):
        if voxels.size * len(used) > _LARGEST:
            raise ExportError(
                f"The {len(used)} labels overlap, and so do not fit into memory together.",
                subject=covered.source.info.path,
                remedy="Export fewer objects at once, or an RT structure set.",
            )
        layers = np.zeros((*voxels.shape, len(used)), np.uint8)
        for number, label in enumerate(used):
            layers[..., number] = covered.label_voxels(label)
        return layers
    numbers = np.zeros(256, np.uint8)
    for number, label in enumerate(used, 1):
        numbers[label.value] = number
    return numbers[voxels]
