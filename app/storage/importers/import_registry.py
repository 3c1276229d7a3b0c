"""The registry of imports: one row for each kind. docs/EXTENDING.md shows how to add one.

Other packages add theirs by an entry point of the group "framewise.importers" that names an ImportFormat.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.domain.annotation import Label, SequenceInfo
from app.domain.errors import ImportMasksError
from app.domain.label_clash import LabelAnswer
from app.files.entry_points import load_function, registered
from app.storage.importers.import_format import ImportFormat
from app.storage.importers.import_job import ImportJob
from app.storage.importers.import_result import ImportedMasks

if TYPE_CHECKING:  # a video never needs pydicom and SimpleITK, which take a while to import
    from app.storage.volume.volume_source import VolumeSource

_HERE: Final = "app.storage.importers"
_TRAINING: Final = f"{_HERE}.training"
TIER_SUFFIXES: Final = frozenset({".csv", ".json", ".eaf"})  # of files with intervals
_SCANS: Final = (".nii", ".nii.gz", ".hdr", ".nrrd", ".nhdr", ".mha", ".mhd", ".dcm")
BUILT_IN: Final = (
    ImportFormat("rtstruct", "DICOM RT structure set", f"{_HERE}.rtstruct_import:import_rtstruct", (".dcm",)),
    ImportFormat(
        "segment-layers",
        "3D Slicer segmentation",
        f"{_HERE}.segment_layers_import:import_segment_layers",
        (".nrrd",),
    ),
    ImportFormat("volume", "label volume", f"{_HERE}.label_volume_import:import_label_volume", _SCANS),
    ImportFormat("dicom-seg", "DICOM SEG of a clip", f"{_HERE}.cine_seg_import:import_cine_seg", (".dcm",)),
    ImportFormat("davis", "DAVIS or YouTube-VOS", f"{_TRAINING}.object_map_import:import_davis", ()),
    ImportFormat("frames", "frames beside masks", f"{_TRAINING}.object_map_import:import_frames", ()),
    ImportFormat("mots-png", "MOTS pictures", f"{_TRAINING}.object_map_import:import_mots_png", ()),
    ImportFormat("mots-txt", "MOTS text", f"{_TRAINING}.mots_text_import:import_mots_text", (".txt",)),
    ImportFormat("pascal-voc", "Pascal VOC", f"{_TRAINING}.object_map_import:import_pascal_voc", ()),
    ImportFormat("voc-boxes", "Pascal VOC boxes", f"{_TRAINING}.voc_box_import:import_voc_boxes", (".xml",)),
    ImportFormat("yolo", "YOLO", f"{_TRAINING}.yolo_import:import_yolo", (".txt",)),
    ImportFormat("cvat", "CVAT 1.1", f"{_TRAINING}.cvat_import:import_cvat", (".xml",)),
    ImportFormat("cases", "nnU-Net or MONAI", f"{_TRAINING}.case_import:import_cases", ()),
    ImportFormat("parquet", "Parquet table", f"{_TRAINING}.parquet_import:import_parquet", (".parquet",)),
    ImportFormat(
        "youtube-vis", "YouTube-VIS", f"{_TRAINING}.json_track_import:import_youtube_vis", (".json",)
    ),
    ImportFormat("labelme", "labelme", f"{_TRAINING}.labelme_import:import_labelme", (".json",)),
    ImportFormat("via", "VGG Image Annotator", f"{_TRAINING}.via_import:import_via", (".json", ".csv")),
    ImportFormat(
        "label-studio", "Label Studio", f"{_TRAINING}.label_studio_import:import_label_studio", (".json",)
    ),
    ImportFormat("coco-set", "COCO data set", f"{_TRAINING}.json_track_import:import_coco_set", ()),
    ImportFormat("png", "index masks", f"{_HERE}.image_import:import_pictures", (".png",)),
    ImportFormat("intervals", "Intervals", f"{_HERE}.interval_import:import_intervals", (".csv", ".json")),
    ImportFormat("elan", "ELAN document", f"{_HERE}.elan_import:import_elan", (".eaf",)),
    ImportFormat("coco", "COCO JSON", f"{_HERE}.coco_import:import_coco", (".json",)),
)


@cache
def import_formats() -> tuple[ImportFormat, ...]:
    """Return every format, those of other packages first: they know their own files best."""
    return (*registered("framewise.importers", ImportFormat), *BUILT_IN)


def import_suffixes() -> frozenset[str]:
    """Return the suffixes of all files that can be imported."""
    return frozenset(suffix for row in import_formats() for suffix in row.suffixes)


def read_masks(
    path: Path,
    info: SequenceInfo,
    labels: Sequence[Label],
    fingerprint: str = "",
    scan: Callable[[], VolumeSource] | None = None,
    spool: Path | None = None,
    answer: LabelAnswer | None = None,
    time: int = 0,
) -> ImportedMasks:
    """Find out by content which format a file or folder is in, and open it. See ImportJob for the arguments.

    Raises ImportMasksError, here or while frames are read, naming the file that does not fit.
    """
    if not path.exists():
        raise ImportMasksError("There is no such file.", subject=path)
    job = ImportJob(path, info, labels, fingerprint, scan, spool, answer, time)
    for row in import_formats():
        found: ImportedMasks | None = load_function(row.reader)(job)
        if found is not None:
            found.title = row.title
            return found
    known = ", ".join(dict.fromkeys(row.title for row in import_formats()))
    raise ImportMasksError(
        "These are no masks that can be read.", subject=path, remedy=f"Known are: {known}."
    )
