"""Sizes on pictures: clips, stills, ultrasound with its regions, and of pixels on a scan's slices too. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Mask, PictureRegion, PictureScale, Point, SequenceInfo
from app.imaging.masks import decode
from app.imaging.measures import FrameArea, Measure
from app.imaging.volume_geometry import plane_of


def pixel_aspect(info: SequenceInfo) -> float:
    """Return how much taller than wide the pixels of a frame are."""
    if info.kind == "volume":
        return plane_of(info).aspect
    width, height = info.sample_aspect
    return height / width


def scale_at(info: SequenceInfo, frame: int) -> PictureScale:
    """Return the pixel sizes of a frame of pictures; none for one that the file says nothing of."""
    if not info.scales:
        return PictureScale(info.spacing, info.regions)
    return info.scales[info.frame_scales[frame]] if frame < len(info.frame_scales) else PictureScale()


def pixel_size(info: SequenceInfo, frame: int, mask: NDArray[np.bool_]) -> tuple[float, float] | None:
    """Return millimetres (y, x) of the pixels of a mask, bool (h, w), on a frame; None where they have no such size.

    A mask that reaches over two regions of an ultrasound has one only where both have the same scale.
    """
    scale = scale_at(info, frame)
    if not scale.regions:
        return None if scale.spacing is None else scale.spacing[1:]
    sizes = set()
    rest = mask.copy()
    # The smallest first: a region of a trace may lie on that of the picture (PS3.3 C.8.5.5.1).
    for region in sorted(scale.regions, key=_extent):
        inside = rest[region.top : region.bottom + 1, region.left : region.right + 1]
        if inside.any():
            sizes.add(region.millimetres)
            inside[:] = False
    return sizes.pop() if len(sizes) == 1 and not rest.any() else None


def calibrate(info: SequenceInfo, size: float | None) -> SequenceInfo:
    """Return the description of pictures whose pixels are size millimetres wide, and as high as their aspect says.

    None changes nothing.
    """
    if size is None or info.kind == "volume":
        return info
    return replace(
        info,
        spacing=(0.0, size * pixel_aspect(info), size),
        regions=(),
        scales=(),
        frame_scales=(),
        is_calibrated=True,
    )


def pixel_size_at(info: SequenceInfo, frame: int, points: Iterable[Point]) -> tuple[float, float] | None:
    """Return millimetres (y, x) of the pixels around points of a frame, of a scan's slice too; None as above."""
    if info.kind == "volume":
        plane = plane_of(info)
        known = plane.row_spacing, plane.column_spacing
        return None if known[0] is None or known[1] is None else (known[0], known[1])
    scale = scale_at(info, frame)
    if not scale.regions:
        return None if scale.spacing is None else scale.spacing[1:]
    places = tuple(points)
    around = [
        region
        for region in scale.regions
        if all(region.left <= x <= region.right and region.top <= y <= region.bottom for x, y in places)
    ]
    inner = min(around, key=_extent, default=None)
    return None if inner is None else inner.millimetres


def pixel_area(info: SequenceInfo, frame: int, mask: Mask) -> float | None:
    """Return the square millimetres of a pixel of a mask on a frame, of a scan's slice too; None as above."""
    is_same = info.kind == "volume" or not scale_at(info, frame).regions  # whichever pixels the mask has
    size = pixel_size_at(info, frame, ()) if is_same else pixel_size(info, frame, decode(mask))
    return None if size is None else size[0] * size[1]


def frame_area(info: SequenceInfo, frame: int, mask: NDArray[np.bool_]) -> FrameArea:
    """Return the size of a mask, bool (h, w), on a frame."""
    pixels = int(np.count_nonzero(mask))
    size = pixel_size(info, frame, mask) if pixels else None
    return FrameArea(frame, pixels, None if size is None else pixels * size[0] * size[1])


def measure_pictures(
    info: SequenceInfo, frames: Iterable[tuple[int, Mapping[int, NDArray[np.bool_]]]]
) -> dict[int, Measure]:
    """Measure every object. frames: (frame, masks bool (h, w) by object id); what needs a scan is None."""
    areas: dict[int, list[FrameArea]] = {}
    for frame, masks in frames:
        for object_id, mask in masks.items():
            if mask.any():
                areas.setdefault(object_id, []).append(frame_area(info, frame, mask))
    return {
        object_id: Measure(sum(area.pixels for area in found), None, None, None, None, tuple(found))
        for object_id, found in sorted(areas.items())
    }


def _extent(region: PictureRegion) -> int:
    return (region.right - region.left) * (region.bottom - region.top)
