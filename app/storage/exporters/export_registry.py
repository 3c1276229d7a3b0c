"""The registry of exports: one row for each kind. docs/EXTENDING.md shows how to add one.

Other packages add theirs by an entry point of the group "framewise.exporters" that names an ExportFormat.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from app.domain.errors import ExportError, UsageError
from app.files.atomic_folder import atomic_folder
from app.files.entry_points import load_function, registered
from app.storage.exporters.export_format import ExportFormat, Pictures
from app.storage.exporters.export_job import ExportJob, translate_write_errors
from app.storage.exporters.time_jobs import jobs_by_time

_HERE: Final = "app.storage.exporters"
_PICTURES, _TRAINING, _SCANS, _TABLES = "Pictures", "Training", "Scans and DICOM", "Tables"


def _set(kind: str, title: str, writer: str, pictures: Pictures = "frames") -> ExportFormat:
    """Return the row of a format of data sets, which is a folder."""
    place = f"{_HERE}.training.{writer}"
    return ExportFormat(kind, title, _TRAINING, place, (f"_{kind}",), is_set=True, pictures=pictures)


# fmt: off
BUILT_IN: Final = (
    ExportFormat("png", "Index masks, one PNG a frame", _PICTURES, f"{_HERE}.image_export:export_label_maps",
                 ("/mask",), pictures="none"),
    ExportFormat("overlay", "Frames with their masks, one PNG a frame", _PICTURES,
                 f"{_HERE}.image_export:export_overlays", ("/overlay",)),
    ExportFormat("mp4", "Video with the masks on it", _PICTURES, f"{_HERE}.movie_export:export_movie",
                 ("_overlay.mp4",)),
    ExportFormat("coco", "COCO JSON", _TRAINING, f"{_HERE}.coco_export:export_coco", (".json",), pictures="none"),
    _set("frames", "Frames beside masks, PNG", "frames_export:export_frames"),
    _set("frames-original", "Frames beside masks, pictures as they are", "frames_export:export_original_frames"),
    _set("davis", "DAVIS: object maps beside JPEG", "davis_export:export_davis"),
    _set("youtube-vos", "YouTube-VOS: object maps beside JPEG", "davis_export:export_youtube_vos"),
    _set("youtube-vis", "YouTube-VIS JSON: tracks", "youtube_vis_export:export_youtube_vis"),
    _set("mots-png", "MOTS, 16-bit PNG", "mots_export:export_mots_png"),
    _set("mots-txt", "MOTS, text", "mots_export:export_mots_txt"),
    _set("coco-polygons", "COCO with pictures, polygons", "coco_set_export:export_coco_polygons"),
    _set("coco-rle", "COCO with pictures, RLE", "coco_set_export:export_coco_rle"),
    _set("yolo-seg", "YOLO segments", "yolo_export:export_yolo_segments"),
    _set("yolo-boxes", "YOLO boxes", "yolo_export:export_yolo_boxes"),
    _set("pascal-voc", "Pascal VOC: classes, objects, boxes", "pascal_voc_export:export_pascal_voc"),
    _set("labelme", "labelme JSON", "labelme_export:export_labelme"),
    _set("cvat-video", "CVAT for video 1.1", "cvat_export:export_cvat_video"),
    _set("cvat-images", "CVAT for images 1.1", "cvat_export:export_cvat_images"),
    _set("nnunet", "nnU-Net v2 raw data set", "nnunet_export:export_nnunet", "scan"),
    _set("monai", "MONAI data list", "monai_export:export_monai", "scan"),
    _set("parquet", "Parquet for Hugging Face datasets", "parquet_export:export_parquet"),
    ExportFormat("nifti", "NIfTI label volume", _SCANS, f"{_HERE}.nifti_export:export_nifti",
                 ("_labels.nii.gz",), "scan", pictures="none"),
    ExportFormat("nrrd", "NRRD label volume", _SCANS, f"{_HERE}.nrrd_export:export_nrrd", ("_labels.nrrd",), "scan",
                 pictures="none"),
    ExportFormat("dicom-seg", "DICOM SEG", _SCANS, f"{_HERE}.dicom_seg_export:export_dicom_seg", ("_seg.dcm",),
                 "dicom", pictures="none", holds_times=True),
    ExportFormat("rtstruct", "DICOM RT structure set, one for each time point", _SCANS,
                 f"{_HERE}.rtstruct_export:export_rtstruct", ("_rtstruct.dcm",), "dicom", pictures="none"),
    ExportFormat("key-images", "Key images: DICOM secondary captures with the masks on them", _SCANS,
                 f"{_HERE}.key_image_export:export_key_images", ("_key",), "dicom", has_frames=False),
    ExportFormat("stl", "Surfaces as STL", _SCANS, f"{_HERE}.mesh_export:export_stl", ("_*.stl",), "scan",
                 pictures="none"),
    ExportFormat("obj", "Surfaces as OBJ", _SCANS, f"{_HERE}.mesh_export:export_obj", ("_labels.obj", "_labels.mtl"),
                 "scan", pictures="none"),
    ExportFormat("csv", "Measurements as CSV", _TABLES, f"{_HERE}.csv_export:export_measures",
                 ("_measures.csv", "_areas.csv"), has_frames=False, pictures="none"),
    ExportFormat("dicom-sr", "DICOM SR: measurements", _TABLES, f"{_HERE}.dicom_sr_export:export_dicom_sr",
                 ("_sr.dcm", "_sr_seg.dcm"), "dicom", has_frames=False, pictures="none"),
    ExportFormat("effort", "Effort: clicks, seconds and frames of each object, as CSV", _TABLES,
                 f"{_HERE}.effort_export:export_effort", ("_effort.csv",), has_frames=False, pictures="none"),
    ExportFormat("comments", "Comments and tags, as CSV", _TABLES, f"{_HERE}.comment_export:export_comments",
                 ("_comments.csv",), has_frames=False, pictures="none"),
    ExportFormat("intervals", "Phases, intervals and points of the tiers, as CSV and JSON", _TABLES,
                 f"{_HERE}.interval_export:export_intervals", ("_intervals.csv", "_intervals.json"),
                 has_frames=False, pictures="none"),
    ExportFormat("elan", "Tiers for ELAN", _TABLES, f"{_HERE}.elan_export:export_elan", (".eaf",), "film",
                 has_frames=False, pictures="none"),
)
# fmt: on


@cache
def export_formats() -> Mapping[str, ExportFormat]:
    """Return every format by kind: the built-in ones, then those of other packages under names of their own."""
    rows = (*registered("framewise.exporters", ExportFormat), *BUILT_IN)
    by_kind = {row.kind: row for row in rows}
    ours = [row.kind for row in BUILT_IN]
    return MappingProxyType({kind: by_kind[kind] for kind in dict.fromkeys((*ours, *by_kind))})


def export_format(kind: str) -> ExportFormat:
    """Return the format of a kind. Raises UsageError naming those that there are."""
    known = export_formats()
    if not isinstance(kind, str) or kind not in known:
        raise UsageError(
            "There is no such export.", subject=kind, remedy=f"Choose one of {', '.join(known)}."
        )
    return known[kind]


def write_export(kind: str, job: ExportJob, folder: Path) -> Sequence[Path]:
    """Write files of a kind under a folder and return them; each appears whole or not at all.

    Raises UsageError for an unknown kind or one that needs another source, ExportError, StorageFull.
    """
    row = export_format(kind)
    if not row.is_set:
        jobs = jobs_by_time(job) if row.is_by_time else (job,)
        return tuple(path for one in jobs for path in load_function(row.writer)(one, folder))
    if not job.selected().chosen:
        raise ExportError(
            "No frame is annotated.", subject=job.name, remedy="Annotate a frame, or choose others."
        )
    # Only here, so that the window, which lists the formats, starts without what reads and codes pictures.
    from app.storage.exporters.training.collection import collection_of

    target = folder / f"{job.name}{row.endings[0]}"
    with translate_write_errors(target), atomic_folder(target) as draft:
        load_function(row.writer)(collection_of(job), draft)
    return (target,)
