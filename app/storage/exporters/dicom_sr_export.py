"""DICOM structured reports of measurements (PS3.16 TID 1500), beside the segmentation that they measure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import highdicom as hd
import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from app import __version__
from app.domain.annotation import Label, Object
from app.domain.errors import ExportError
from app.imaging import masks
from app.imaging.label_volume import LabelMap
from app.imaging.measures import Measure
from app.storage.exporters.dicom_seg_building import concept
from app.storage.exporters.dicom_seg_export import write_seg
from app.storage.exporters.dicom_seg_sources import read_sources, removed_identity
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.volume_export_file import export_file
from app.storage.exporters.volume_job import VolumeJob
from app.storage.volume.dicom.dicom_codes import code_of
from app.storage.volume.dicom.dicom_headers import pydicom_silenced

_NAME: Final = "Framewise"
_MILLILITRE: Final = Code("mL", "UCUM", "milliliter")
_PLAIN: Final = Code("1", "UCUM", "no units")
_LONGEST: Final = Code("103339001", "SCT", "Long Axis")
_PROCEDURE: Final = Code("363679005", "SCT", "Imaging procedure")
_MOST: Final = 255  # objects, as many as a segmentation of ours holds


def export_dicom_sr(job: ExportJob, folder: Path) -> list[Path]:
    """Write <name>_sr.dcm and <name>_sr_seg.dcm, a segment and a group of measurements for each object.

    Where objects overlap a voxel is the later one's in the segmentation; each is measured whole. Raises ExportError
    where there is no DICOM series to refer to, StorageFull.
    """
    scan = job.scan()
    stack = scan.source.origin.stack
    if stack is None:
        raise ExportError(
            "A report must refer to a DICOM series, and this scan is none.",
            subject=job.info.path,
            remedy="Export the measures as CSV.",
        )
    found = scan.measures()
    objects = [item for item in job.objects if item.object_id in found]
    report, segments = folder / f"{job.name}_sr.dcm", folder / f"{job.name}_sr_seg.dcm"
    if not 0 < len(objects) <= _MOST:
        raise ExportError(f"There are {len(objects)} objects to measure, not 1 to 255.", subject=report)
    labels = _object_labels(job, objects)
    voxels = _object_voxels(scan, objects)
    write_seg(segments, voxels, labels, stack, scan.check_cancelled, with_identity=scan.with_identity)
    with pydicom_silenced():
        segmentation = hd.seg.Segmentation.from_dataset(dcmread(segments), copy=False)
        sources = read_sources(stack, scan.with_identity, scan.check_cancelled)
        document = _document(segmentation, sources, list(_groups(segmentation, objects, labels, found, job)))
        if not scan.with_identity:
            removed_identity(document)
        with export_file(report) as draft:
            document.save_as(draft, enforce_file_format=True)
    return [report, segments]


def _object_labels(job: ExportJob, objects: Sequence[Object]) -> list[Label]:
    """Return a label of its own for each object, with its label's name and colour."""
    known = {label.value: label for label in job.all_labels}
    return [replace(known[item.label], value=number) for number, item in enumerate(objects, 1)]


def _object_voxels(scan: VolumeJob, objects: Sequence[Object]) -> LabelMap:
    """Return the number of the object at each voxel, uint8 (z, y, x), stored as the scan is."""
    numbers = {item.object_id: number for number, item in enumerate(objects, 1)}
    voxels = np.zeros(scan.source.geometry.shape, np.uint8)
    for frame in range(scan.source.info.frames):
        picture = scan.source.plane.slice_array(voxels, frame)
        for object_id, cell in sorted(scan.annotations(frame).items()):
            if object_id in numbers:
                picture[masks.decode(cell.mask)] = numbers[object_id]
    return voxels


def _groups(
    segmentation: hd.seg.Segmentation,
    objects: Sequence[Object],
    labels: Sequence[Label],
    found: dict[int, Measure],
    job: ExportJob,
) -> Iterator[hd.sr.VolumetricROIMeasurementsAndQualitativeEvaluations]:
    """Yield the measurements of each object that has a segment; one that later objects cover has none."""
    segments = {
        str(segmentation.get_segment_description(number).tracking_id): number
        for number in segmentation.segment_numbers
    }
    unit = codes.UCUM.HounsfieldUnit if job.info.modality == "CT" else _PLAIN
    for item, label in zip(objects, labels, strict=True):
        number = segments.get(f"{_NAME} label {label.value}")
        if number is None:
            continue
        code = code_of(replace(label, value=item.label))
        tracking = segmentation.get_segment_description(number)
        yield hd.sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
            tracking_identifier=hd.sr.TrackingIdentifier(tracking.tracking_uid, f"object {item.object_id}"),
            referenced_segment=hd.sr.ReferencedSegment.from_segmentation(segmentation, number),
            finding_type=concept(code.type),
            finding_category=concept(code.category),
            finding_sites=[hd.sr.FindingSite(concept(code.type), concept(code.side))] if code.side else None,
            measurements=list(_measurements(found[item.object_id], unit)),
        )


def _measurements(found: Measure, unit: Code) -> Iterator[hd.sr.Measurement]:
    rows = (
        (codes.SCT.Volume, found.volume, _MILLILITRE),
        (_LONGEST, found.diameter, codes.UCUM.Millimeter),
        (codes.SCT.Mean, found.mean, unit),
        (codes.SCT.StandardDeviation, found.deviation, unit),
    )
    for name, value, measured in rows:
        if value is not None:
            # A decimal string has 16 characters at most.
            yield hd.sr.Measurement(name=name, value=float(f"{value:.8g}"), unit=measured)


def _document(
    segmentation: Dataset,
    sources: Sequence[Dataset],
    groups: Sequence[hd.sr.VolumetricROIMeasurementsAndQualitativeEvaluations],
) -> hd.sr.Comprehensive3DSR:
    device = hd.sr.DeviceObserverIdentifyingAttributes(uid=hd.UID(), name=_NAME, manufacturer_name=_NAME)
    observer = hd.sr.ObserverContext(codes.DCM.Device, device)
    report = hd.sr.MeasurementReport(
        observation_context=hd.sr.ObservationContext(observer_device_context=observer),
        procedure_reported=_PROCEDURE,
        imaging_measurements=groups,
    )
    return hd.sr.Comprehensive3DSR(
        evidence=[segmentation, *sources],
        content=report,
        series_instance_uid=hd.UID(),
        series_number=3000,
        sop_instance_uid=hd.UID(),
        instance_number=1,
        manufacturer=_NAME,
        manufacturer_model_name=_NAME,
        software_versions=__version__,
        device_serial_number="1",
        is_complete=True,
        series_description=f"{_NAME} measurements",
        specific_character_set="ISO_IR 192",
    )
