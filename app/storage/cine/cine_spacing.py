"""Pixel sizes of a picture: by its header, or by the regions of an ultrasound (PS3.3 C.8.5.5)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset

from app.domain.annotation import PictureRegion, RegionUnit
from app.storage.volume.dicom.dicom_headers import pydicom_silenced
from app.storage.volume.dicom.dicom_numbers import number_of, projected_spacing, spacing_of

# Physical units of a direction of a region (PS3.3 C.8.5.5.1.15).
_UNITS: Final[dict[int, RegionUnit]] = {3: "cm", 4: "s", 5: "Hz", 7: "cm/s"}
_MOST_REGIONS: Final = 64  # of a picture, chosen by hand: scanners write one to six
_SAME: Final = 1e-3  # share by which spacings of one picture may differ: scanners round them


@dataclass(frozen=True, slots=True)
class PictureScale:
    """Pixel sizes that a header gives."""

    spacing: tuple[float, float, float] | None  #: millimetres (0, y, x), None where it differs or is unknown
    regions: tuple[PictureRegion, ...] = ()


def describe_scale(path: Path) -> PictureScale:
    """Return what the header of a file says. Raises one of dicom_headers.DAMAGE."""
    with pydicom_silenced():
        return scale_of(dcmread(path, stop_before_pixels=True, force=True))


def scale_of(dataset: Dataset) -> PictureScale:
    """Return what a header says; regions win over a spacing of the whole picture."""
    regions = _regions(dataset)
    if regions:
        return PictureScale(_common_spacing(regions), regions)
    found = _plane_spacing(dataset)
    return PictureScale(None if found is None else (0.0, *found))


def _regions(dataset: Dataset) -> tuple[PictureRegion, ...]:
    found = []
    for item in list(dataset.get("SequenceOfUltrasoundRegions") or ())[:_MOST_REGIONS]:
        edges = [item.get(f"RegionLocation{name}") for name in ("MinX0", "MinY0", "MaxX1", "MaxY1")]
        deltas = [number_of(item, f"PhysicalDelta{axis}") for axis in "XY"]
        units = [_UNITS.get(int(item.get(f"PhysicalUnits{axis}Direction") or 0), "") for axis in "XY"]
        if None in edges or None in deltas:
            continue
        left, top, right, bottom = (int(edge) for edge in edges)
        dx, dy = (abs(delta) for delta in deltas if delta is not None)
        if left <= right and top <= bottom and dx > 0 and dy > 0:
            found.append(PictureRegion(left, top, right, bottom, dx, dy, units[0], units[1]))
    return tuple(found)


def _common_spacing(regions: tuple[PictureRegion, ...]) -> tuple[float, float, float] | None:
    """Return the pixel size that all regions of lengths share."""
    sizes = [size for region in regions if (size := region.millimetres) is not None]
    if not sizes or np.ptp(np.array(sizes), axis=0).max() > _SAME * max(sizes[0]):
        return None
    return (0.0, *sizes[0])


def _plane_spacing(dataset: Dataset) -> tuple[float, float] | None:
    """Return millimetres (y, x): calibrated ones, else those of a projection."""
    shared = (dataset.get("SharedFunctionalGroupsSequence") or [Dataset()])[0]
    measures = (shared.get("PixelMeasuresSequence") or [Dataset()])[0]
    found = spacing_of(dataset, "PixelSpacing") or spacing_of(measures, "PixelSpacing")
    projected = projected_spacing(dataset)
    return found or (projected[0] if projected is not None else None)
