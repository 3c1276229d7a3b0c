"""DICOM RT structure sets (PS3.3 A.19): closed contours in the planes of a series, one structure an object.

Each time point of a scan has a file of its own: a structure has no attribute of time, and readers join its contours in
one plane to one area, whichever images they refer to (PS3.3 C.8.8.6).
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import highdicom as hd
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, RTStructureSetStorage

from app import __version__
from app.domain.annotation import Label, Object
from app.domain.errors import ExportError
from app.imaging import masks
from app.imaging.polygons.outlines import inset_rings
from app.storage.exporters.dicom_seg_building import concept, plain_text
from app.storage.exporters.dicom_seg_sources import IDENTITY, read_sources, removed_identity
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.volume_export_file import export_file
from app.storage.exporters.volume_job import VolumeJob
from app.storage.volume.dicom.dicom_codes import code_of
from app.storage.volume.dicom.dicom_headers import pydicom_silenced
from app.storage.volume.dicom.dicom_stack import DicomStack

# Share of a pixel that contours lie inside the mask's edge: readers that sample pixel centres and readers that round to
# pixels then both get the same voxels. Chosen by hand, half of the way to the centres.
_INSET: Final = 0.25
_DECIMALS: Final = 4  # of millimetres; a value has 16 characters at most
_LONGEST_NAME: Final = 64
Points = NDArray[np.float64]


def export_rtstruct(job: ExportJob, folder: Path) -> list[Path]:
    """Write <name>_rtstruct.dcm. Raises ExportError where there is no series with places to refer to, StorageFull."""
    scan = job.scan()
    stack, path = scan.source.origin.stack, folder / f"{job.name}_rtstruct.dcm"
    if stack is None or scan.source.geometry.affine is None:
        raise ExportError(
            "Contours must refer to a DICOM series that says where its slices lie.",
            subject=job.info.path,
            remedy="Export it as NIfTI or NRRD.",
        )
    with pydicom_silenced():
        sources = read_sources(stack, scan.with_identity, scan.check_cancelled)
        document = _head(sources[0], stack)
        names = _names(job)
        for number, item in enumerate(job.objects, 1):
            contours = list(_contours(scan, stack, item, sources))
            if contours:
                label = next(label for label in job.all_labels if label.value == item.label)
                _add(document, number, names[item.object_id], label, contours)
        if not document.StructureSetROISequence:
            raise ExportError("There is no mask to export.", subject=path, remedy="Annotate a slice first.")
        document.ReferencedFrameOfReferenceSequence = [_frame_of_reference(sources, stack)]
        if not scan.with_identity:
            removed_identity(document)
        with export_file(path) as draft:
            document.save_as(draft, enforce_file_format=True)
    return [path]


def _head(source: Dataset, stack: DicomStack) -> Dataset:
    """Return the modules of patient, study, series, equipment and structure set."""
    document, meta = Dataset(), FileMetaDataset()
    meta.MediaStorageSOPClassUID = document.SOPClassUID = RTStructureSetStorage
    meta.MediaStorageSOPInstanceUID = document.SOPInstanceUID = hd.UID()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    document.file_meta = meta
    for keyword in IDENTITY:
        setattr(document, keyword, source.get(keyword, ""))
    document.SpecificCharacterSet = "ISO_IR 192"
    document.StudyInstanceUID = source.StudyInstanceUID
    document.SeriesInstanceUID, document.Modality = hd.UID(), "RTSTRUCT"
    document.SeriesNumber, document.InstanceNumber = 2000, 1
    document.SeriesDescription = "Framewise structures"
    document.OperatorsName = document.StructureSetDate = document.StructureSetTime = ""
    document.Manufacturer = document.ManufacturerModelName = "Framewise"
    document.SoftwareVersions = __version__
    document.FrameOfReferenceUID = source.FrameOfReferenceUID
    document.PositionReferenceIndicator = source.get("PositionReferenceIndicator", "")
    document.StructureSetLabel, document.ApprovalStatus = "FRAMEWISE", "UNAPPROVED"
    document.StructureSetROISequence, document.ROIContourSequence = [], []
    document.RTROIObservationsSequence = []
    return document


def _names(job: ExportJob) -> dict[int, str]:
    """Return a name for each object: its label's, with a number where several objects have that label."""
    labels = {label.value: plain_text(label.name) or f"Label {label.value}" for label in job.all_labels}
    names: dict[int, str] = {}
    for item in job.objects:
        alike = [other.object_id for other in job.objects if other.label == item.label]
        suffix = f" {alike.index(item.object_id) + 1}" if len(alike) > 1 else ""
        names[item.object_id] = labels[item.label][: _LONGEST_NAME - len(suffix)] + suffix
    return names


def _contours(
    scan: VolumeJob, stack: DicomStack, item: Object, sources: Sequence[Dataset]
) -> Iterator[Dataset]:
    """Yield the contours of an object, slice by slice."""
    voxels = np.zeros(scan.source.geometry.shape, np.bool_)
    for frame in range(scan.source.info.frames):
        cell = scan.annotations(frame).get(item.object_id)
        if cell is not None:
            scan.source.plane.slice_array(voxels, frame)[...] = masks.decode(cell.mask)
    place = _placer(scan)
    for k, picture in enumerate(voxels):
        scan.check_cancelled()
        for ring in inset_rings(picture, _INSET):
            points = place(ring, k).round(_DECIMALS)
            contour = Dataset()
            contour.ContourImageSequence = [_reference(stack, sources, k)]
            contour.ContourGeometricType = "CLOSED_PLANAR"
            contour.NumberOfContourPoints = len(points)
            contour.ContourData = [f"{number:.{_DECIMALS}f}" for number in points.ravel()]
            yield contour


def _placer(scan: VolumeJob) -> Callable[[Points, int], Points]:
    geometry = scan.source.geometry
    return lambda ring, k: geometry.to_patient(np.column_stack([ring, np.full(len(ring), k)]))


def _reference(stack: DicomStack, sources: Sequence[Dataset], k: int) -> Dataset:
    """Return a reference to the instance, and the frame where it has several, that slice k is."""
    header, item = stack.slices[k], Dataset()
    item.ReferencedSOPClassUID = sources[min(k, len(sources) - 1)].SOPClassUID
    item.ReferencedSOPInstanceUID = header.sop_uid
    if header.frames > 1:
        item.ReferencedFrameNumber = header.frame + 1
    return item


def _add(document: Dataset, number: int, name: str, label: Label, contours: Sequence[Dataset]) -> None:
    structure, contour, observation = Dataset(), Dataset(), Dataset()
    structure.ROINumber, structure.ROIName, structure.ROIGenerationAlgorithm = number, name, "SEMIAUTOMATIC"
    # By which our import finds the label again where its objects are numbered.
    structure.ROIDescription = plain_text(label.name)
    structure.ReferencedFrameOfReferenceUID = document.FrameOfReferenceUID
    for place, one in enumerate(contours, 1):
        one.ContourNumber = place
    contour.ROIDisplayColor, contour.ReferencedROINumber = list(label.color), number
    contour.ContourSequence = list(contours)
    observation.ObservationNumber = observation.ReferencedROINumber = number
    observation.RTROIInterpretedType = observation.ROIInterpreter = ""
    _identify(observation, label)
    document.StructureSetROISequence.append(structure)
    document.ROIContourSequence.append(contour)
    document.RTROIObservationsSequence.append(observation)


def _identify(observation: Dataset, label: Label) -> None:
    """Say by codes what a structure is (PS3.3 C.8.8.8)."""
    code = code_of(label)
    kind = concept(code.type)
    if code.side is not None:
        kind.SegmentedPropertyTypeModifierCodeSequence = [concept(code.side)]
    observation.SegmentedPropertyCategoryCodeSequence = [concept(code.category)]
    observation.RTROIIdentificationCodeSequence = [kind]


def _frame_of_reference(sources: Sequence[Dataset], stack: DicomStack) -> Dataset:
    """Return what the contours refer to: frame of reference, study, series and all its instances."""
    reference, study, series = Dataset(), Dataset(), Dataset()
    seen: dict[str, Dataset] = {}
    for source in sources:
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = source.SOPClassUID, source.SOPInstanceUID
        seen[str(source.SOPInstanceUID)] = item
    series.SeriesInstanceUID = stack.slices[0].series_uid
    series.ContourImageSequence = list(seen.values())
    study.ReferencedSOPClassUID = (
        "1.2.840.10008.3.1.2.3.1"  # Detached Study Management, as the standard demands
    )
    study.ReferencedSOPInstanceUID = sources[0].StudyInstanceUID
    study.RTReferencedSeriesSequence = [series]
    reference.FrameOfReferenceUID = sources[0].FrameOfReferenceUID
    reference.RTReferencedStudySequence = [study]
    return reference
