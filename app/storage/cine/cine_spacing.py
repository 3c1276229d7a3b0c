"""Pixel sizes of the frames of a clip or of stills: by the headers, or by the regions of an ultrasound."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from app.domain.annotation import PictureRegion, PictureScale, SequenceInfo
from app.domain.export_selection import format_ranges
from app.storage.volume.dicom.slice_header import SliceHeader

_SAME: Final = 1e-3  # share by which spacings of one picture may differ: scanners round them


def with_scales(info: SequenceInfo, headers: Sequence[SliceHeader]) -> SequenceInfo:
    """Return the description of pictures with their pixel sizes. headers: of the frames, in order.

    Frames that have none while others do are named: their masks are measured in pixels.
    """
    of_frames = [_scale_of(header) for header in headers[: info.frames]]
    kinds = tuple(dict.fromkeys(of_frames))
    if len(kinds) < 2:
        only = kinds[0] if kinds else PictureScale()
        return replace(info, spacing=only.spacing, regions=only.regions)
    numbers = {scale: number for number, scale in enumerate(kinds)}
    bare = [frame for frame, scale in enumerate(of_frames) if scale == PictureScale()]
    note = (
        f"The file gives no pixel size for frames {format_ranges(bare)}: masks there are measured in pixels."
    )
    return replace(
        info,
        spacing=_common([scale.spacing for scale in kinds]),
        scales=kinds,
        frame_scales=tuple(numbers[scale] for scale in of_frames),
        warnings=(*info.warnings, note) if bare else info.warnings,
    )


def _scale_of(header: SliceHeader) -> PictureScale:
    """Return what the header of a frame says; regions win over a spacing of the whole picture."""
    if header.regions:
        return PictureScale(_common_of_regions(header.regions), header.regions)
    found = header.pixel_spacing
    return PictureScale(None if found is None or min(found) <= 0 else (0.0, *found))


def _common_of_regions(regions: tuple[PictureRegion, ...]) -> tuple[float, float, float] | None:
    """Return the pixel size that all regions of lengths share."""
    return _common([(0.0, *size) for region in regions if (size := region.millimetres) is not None])


def _common(sizes: Sequence[tuple[float, float, float] | None]) -> tuple[float, float, float] | None:
    """Return the pixel size that is the same in all, None where it differs or is not known everywhere."""
    known = [size for size in sizes if size is not None]
    if not known or len(known) < len(sizes) or np.ptp(np.array(known), axis=0).max() > _SAME * max(known[0]):
        return None
    return known[0]
