"""Regions of ultrasound pictures with scales of their own (PS3.3 C.8.5.5), of a file or of its frames."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from pydicom.dataset import Dataset

from app.domain.annotation import PictureRegion, RegionUnit
from app.storage.volume.dicom.dicom_numbers import integer_of, integers_of, number_of
from app.storage.volume.dicom.slice_header import SliceHeader

# Physical units of a direction of a region (PS3.3 C.8.5.5.1.15).
_UNITS: Final[dict[int, RegionUnit]] = {3: "cm", 4: "s", 5: "Hz", 7: "cm/s"}
_MOST_REGIONS: Final = 64  # of a picture, chosen by hand: scanners write one to six
_EDGES: Final = ("MinX0", "MinY0", "MaxX1", "MaxY1")


def with_regions(frames: Sequence[SliceHeader], dataset: Dataset) -> list[SliceHeader]:
    """Return the frames of a file with their regions.

    The standard has regions beside the pixels, for all frames. Files that change the scale within a clip list them in
    the functional groups of each frame, or name the frames of a region.
    """
    shared, own = (dataset.get(f"{name}FunctionalGroupsSequence") or () for name in ("Shared", "PerFrame"))
    common = [
        (frozenset(integers_of(item, "ReferencedFrameNumber")), region)
        for item in _items(next(iter(shared), Dataset())) or _listed(dataset)
        if (region := _region(item)) is not None
    ]
    found = [
        replace(header, regions=tuple(r for n, r in common if not n or header.frame + 1 in n))
        for header in frames
    ]
    for place, groups in enumerate(own[: len(found)]):
        if items := _items(groups):
            regions = tuple(region for item in items if (region := _region(item)) is not None)
            found[place] = replace(found[place], regions=regions)
    return found


def _items(holder: Dataset) -> list[Dataset]:
    """Return the items of regions in the functional groups of a frame: beside the groups, or in one of them."""
    groups = [
        item for element in holder if element.VR == "SQ" and element.keyword for item in element.value[:1]
    ]
    return next((items for one in (holder, *groups) if (items := _listed(one))), [])


def _listed(holder: Dataset) -> list[Dataset]:
    return list(holder.get("SequenceOfUltrasoundRegions") or ())[:_MOST_REGIONS]


def _region(item: Dataset) -> PictureRegion | None:
    edges = [number_of(item, f"RegionLocation{name}") for name in _EDGES]
    dx, dy = (abs(number_of(item, f"PhysicalDelta{axis}") or 0.0) for axis in "XY")
    x_unit, y_unit = (_UNITS.get(integer_of(item, f"PhysicalUnits{axis}Direction"), "") for axis in "XY")
    known = [int(edge) for edge in edges if edge is not None]
    if len(known) < len(_EDGES) or not dx or not dy:
        return None
    left, top, right, bottom = known
    return (
        PictureRegion(left, top, right, bottom, dx, dy, x_unit, y_unit)
        if left <= right and top <= bottom
        else None
    )
