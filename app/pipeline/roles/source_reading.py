"""Sources in worker processes: opened by their spec, and decoded in steps so that a cancelled job ends at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Mask
from app.domain.errors import SequenceError
from app.imaging import masks
from app.imaging.measures import grid_of, measure_mask
from app.imaging.picture_scale import calibrate
from app.imaging.reslicing import pixel_places, sample_voxels
from app.imaging.windowing import apply_window
from app.pipeline.requests.decoder_requests import FramePart, MeasureFrameReply, ReadAlongRequest
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


def draw_along(scan: VolumeSource, request: ReadAlongRequest, context: JobContext[Any]) -> NDArray[np.uint8]:
    """Return the part of a scan where a slice of another one lies, uint8 (h, w, 3) RGB. Raises Cancelled."""

    def read(index: int) -> NDArray[Any] | None:
        context.check_cancelled()
        try:
            return scan.read_stored(request.time * scan.geometry.shape[0] + index)
        except SequenceError:
            return None

    plane, finer = request.geometry.plane(request.orientation), request.finer
    places = pixel_places(request.geometry, plane, request.index, finer)
    values = sample_voxels(read, scan.geometry.shape, scan.geometry.to_voxels(places))
    window = request.window or scan.window
    gray = apply_window(values, window, inverted=scan.origin.is_inverted)
    gray[np.isnan(values)] = 0
    picture = gray.reshape(plane.height * finer, plane.width * finer)
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB), np.uint8)
