"""Key images: frames with their masks burned in, as DICOM secondary captures (PS3.3 A.8.1), for a PACS without SEG."""

from pathlib import Path
from typing import Final

import highdicom as hd
from pydicom.dataset import Dataset

from app import __version__
from app.domain.errors import ExportError
from app.files.atomic_folder import atomic_folder
from app.imaging.picture_scale import scale_at
from app.storage.cine.cine_source import CineSource
from app.storage.exporters.dicom_seg_building import source_image
from app.storage.exporters.dicom_seg_sources import IDENTITY, file_header, removed_identity
from app.storage.exporters.export_job import ExportJob, translate_write_errors
from app.storage.exporters.image_export import blend
from app.storage.exporters.key_frames import key_frames
from app.storage.volume.dicom.dicom_headers import pydicom_silenced
from app.storage.volume.dicom.slice_header import SliceHeader
from app.storage.volume.volume_source import VolumeSource

_NAME: Final = "Framewise"
_SERIES: Final = 4000  # number of the series, as reports have 3000 and structures 2000


def export_key_images(job: ExportJob, folder: Path) -> list[Path]:
    """Write <name>_key/<frame>.dcm, one for each frame that was given, or else marked by a comment with #key.

    Identity is removed as in a segmentation. Raises ExportError where no frame is marked, there is no DICOM to refer
    to, or its pixels show the patient's name, StorageFull.
    """
    frames, names = key_frames(job), job.frame_names()
    target, series = folder / f"{job.name}_key", hd.UID()
    with pydicom_silenced(), translate_write_errors(target), atomic_folder(target) as draft:
        for number, frame in enumerate(job.watch(frames), 1):
            image = _key_image(job, frame, series, number)
            image.save_as(draft / f"{names[frame]}.dcm", enforce_file_format=True)
    return [target]


def _key_image(job: ExportJob, frame: int, series: str, number: int) -> Dataset:
    """Return a frame as a secondary capture. number: of the instance in its series, from 1."""
    place = _place(job, frame)
    source = file_header(place.path if place else _any_file(job), with_identity=job.with_identity)
    _require_clean(source, job)
    image: Dataset = hd.sc.SCImage(
        pixel_array=blend(job.image(frame), job.label_map(frame), job.all_labels, job.opacity),
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        patient_orientation=("L", "P"),  # replaced below: it demands one, and a source need not say it
        study_instance_uid=source.StudyInstanceUID,
        series_instance_uid=series,
        series_number=_SERIES,
        sop_instance_uid=hd.UID(),
        instance_number=number,
        manufacturer=_NAME,
        manufacturer_model_name=_NAME,
        software_versions=__version__,
        series_description=f"{_NAME} key images",
        pixel_spacing=_pixel_spacing(job, frame),
        specific_character_set="ISO_IR 192",
    )
    for keyword in IDENTITY:
        setattr(image, keyword, source.get(keyword, ""))
    image.PatientOrientation = source.get("PatientOrientation", "") if place else ""
    image.Laterality = ""  # it must be there, and may be empty
    if source.get("BurnedInAnnotation"):
        image.BurnedInAnnotation = source.BurnedInAnnotation
    # The moment of an export says when a person was here.
    del image.DateOfSecondaryCapture, image.TimeOfSecondaryCapture
    if place is not None:
        image.SourceImageSequence = [source_image(source, place.frame + 1 if place.frames > 1 else None)]
    if not job.with_identity:
        removed_identity(image)
    return image


def _place(job: ExportJob, frame: int) -> SliceHeader | None:
    """Return the file and frame that a frame is stored as, None for one that cuts through stored slices."""
    if isinstance(job.source, CineSource):
        return job.source.origin.headers[frame]
    if not isinstance(job.source, VolumeSource) or job.source.plane.axis != 0:
        return None
    stack = job.source.origin.stack
    return None if stack is None else stack.slices[frame]


def _any_file(job: ExportJob) -> Path:
    """Return a file of the scan, for what all of them say. Raises ExportError where it is no DICOM."""
    stack = job.source.origin.stack if isinstance(job.source, VolumeSource) else None
    if stack is None:
        raise ExportError(
            "Key images must refer to DICOM files.", subject=job.info.path, remedy="Export PNG."
        )
    return stack.slices[0].path


def _pixel_spacing(job: ExportJob, frame: int) -> tuple[float, float] | None:
    """Return millimetres from row to row and from column to column, None where they are not known."""
    if isinstance(job.source, VolumeSource):
        sides = job.source.plane.row_spacing, job.source.plane.column_spacing
    else:
        spacing = scale_at(job.info, frame).spacing
        sides = (None, None) if spacing is None else spacing[1:]
    return None if sides[0] is None or sides[1] is None else (sides[0], sides[1])


def _require_clean(source: Dataset, job: ExportJob) -> None:
    """Refuse pixels that name the patient in a file that says that identity was removed."""
    if source.get("BurnedInAnnotation") == "YES" and not job.with_identity:
        raise ExportError(
            "The pixels of the source show who the patient is.",
            subject=job.info.path,
            remedy="Export with identity.",
        )
