"""Sources in worker processes: opened by their spec, and decoded in steps so that a cancelled job ends at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from app.domain.annotation import Mask
from app.imaging import masks
from app.imaging.measures import grid_of, measure_mask
from app.imaging.picture_scale import calibrate
from app.pipeline.requests.decoder_requests import FramePart, MeasureFrameReply
from app.pipeline.requests.source_spec import SourceSpec
from app.pipeline.workers.job_context import JobContext
from app.storage.opening import open_source
from app.storage.source import FrameSource

if TYPE_CHECKING:
    from app.storage.volume.volume_source import VolumeSource


def open_spec(spec: SourceSpec) -> FrameSource:
    """Open a source. Raises what open_source raises."""
    source = open_source(
        spec.path,
        series=spec.series,
        index_folder=spec.index_folder,
        orientation=spec.orientation,
        along=spec.along,
    )
    source.info = calibrate(source.info, spec.pixel_size)
    return source


def decode_frame(source: FrameSource, index: int, context: JobContext[Any]) -> None:
    """Decode the slices that a frame of a scan needs; without effect on other sources. Raises Cancelled."""
    if source.info.kind != "volume":
        return
    # A video never needs pydicom and SimpleITK, which take a while to import.
    from app.storage.volume.volume_source import VolumeSource

    assert isinstance(source, VolumeSource)
    while not source.is_ready(index) and source.decode_next():
        context.check_cancelled()


def measure_frame(scan: VolumeSource, index: int, found: Iterable[tuple[int, Mask]]) -> MeasureFrameReply:
    """Measure the masks of a frame that is decoded, given by object id."""
    native = scan.read_native(index)
    # Here, since only an open scan knows where each slice of an uneven stack lies.
    grid = grid_of(scan.geometry, scan.plane)
    at = scan.order.slice_of(index)
    weights = 1.0 if grid.weigh is None else grid.weigh(at)
    parts = []
    for object_id, mask in found:
        part = measure_mask(at, masks.decode(mask), native, weights)
        packed = None
        if part is not None:
            outline = part.outline if grid.to_patient is None else grid.to_patient(part.outline)
            points = outline.astype(np.float64).tobytes()
            packed = FramePart(part.pixels, points, part.count, part.mean, part.squares, part.weight)
        parts.append((object_id, packed))
    return MeasureFrameReply(tuple(parts))
