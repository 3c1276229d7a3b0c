"""Readers of masks, intervals and labels that another program may have written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from app.domain.annotation import Label
from app.storage.exporters.export_registry import export_formats
from app.storage.exporters.label_list import read_labels
from app.storage.importers.import_registry import read_masks
from app.storage.importers.label_volume_import import read_label_volume
from app.storage.opening import open_source
from app.storage.volume.volume_opening import open_volume
from tool.dev.fuzz.case import Case

LABELS: Final = (Label(1, "tool", (255, 0, 0)),)


def _read_masks(path: Path, source: Path) -> None:
    """Read masks of a source that is no scan."""
    with open_source(source) as opened:
        info = opened.info
    for _, layers in read_masks(path, info, LABELS).frames():
        for _, mask in layers.values():
            if mask.shape != (info.height, info.width):
                raise AssertionError(f"a mask of {mask.shape}")


def _coco(case: Case) -> None:
    _read_masks(case.mutated(case.sample("coco", ".json")), case.clip)


def _foreign(case: Case) -> None:
    _read_masks(case.mutated(case.sample("foreign", ".json", ".csv")), case.clip)


def _png_mask(case: Case) -> None:
    _read_masks(case.mutated_folder(case.sample("png_mask", ".png").parent)[0], case.clip)


def _training_set(kind: str) -> Callable[[Case], None]:
    def read(case: Case) -> None:
        (source,) = (case.samples / "training_set").glob(f"*_{kind}")
        folder, victim = case.mutated_folder(source, ".jpg", ".md")
        _read_masks(case.chance.choice((folder, folder, victim)), case.clip)

    return read


def _clip_segmentation(case: Case) -> None:
    _read_masks(case.mutated(case.sample("clip_segmentation", ".dcm")), case.samples / "dicom_clip" / "a.dcm")


def _label_volume(case: Case) -> None:
    path = case.mutated(case.sample("label_volume", ".nii.gz", ".nrrd", ".dcm"))
    with open_volume(case.samples / "dicom") as scan:
        found = read_label_volume(path, scan, LABELS)
        if found.voxels.shape != scan.geometry.shape:
            raise AssertionError(f"labels of {found.voxels.shape} on a scan of {scan.geometry.shape}")


def _scan_masks(*suffixes: str) -> Callable[[Case], None]:
    def read(case: Case) -> None:
        path = case.mutated(case.sample("scan_masks", *suffixes))
        with open_volume(case.samples / "dicom") as scan:
            for _, objects in read_masks(path, scan.info, LABELS, scan=lambda: scan).frames():
                for _, mask in objects.values():
                    if mask.shape != (scan.info.height, scan.info.width):
                        raise AssertionError(f"a mask of {mask.shape}")

    return read


def _intervals(case: Case) -> None:
    _read_tiers(case, case.sample("intervals"))


def _elan(case: Case) -> None:
    _read_tiers(case, case.sample("elan"))


def _read_tiers(case: Case, source: Path) -> None:
    path = case.mutated(source)
    with open_source(case.clip) as opened:
        table = read_masks(path, opened.info, LABELS).tiers
    names = {tier.name for tier in table.tiers}
    for interval in table.intervals:
        if interval.tier not in names or not 0 <= interval.start < (interval.stop or 1 << 62):
            raise AssertionError(f"{interval} is none")


def _label_list(case: Case) -> None:
    read_labels(case.mutated(case.sample("label_list")))


MASKS: Final[dict[str, Callable[[Case], None]]] = {
    "label_list": _label_list,
    "coco": _coco,
    "foreign": _foreign,
    "png_mask": _png_mask,
    **{row.kind: _training_set(row.kind) for row in export_formats().values() if row.is_set},
    "label_volume": _label_volume,
    "segment_layers": _scan_masks(".nrrd"),
    "rtstruct": _scan_masks(".dcm"),
    "clip_segmentation": _clip_segmentation,
    "intervals": _intervals,
    "elan": _elan,
}
