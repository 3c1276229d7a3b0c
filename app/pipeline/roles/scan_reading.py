"""What workers do with the voxels of a scan, in steps so that a cancelled job ends at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.imaging import masks
from app.imaging.measures import measure_mask
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.message_fields import mask_from_wire
from app.storage.source import FrameSource


def unpack(source: FrameSource, index: int, context: JobContext) -> None:
    """Decode the slices that a frame needs; a frame of anything but a scan needs nothing."""
    if source.info.kind != "volume":
        return
    # A video never needs pydicom and SimpleITK, which take a while to import.
    from app.storage.volume.volume_source import VolumeSource

    assert isinstance(source, VolumeSource)
    while not source.is_ready(index) and source.decode_next():
        context.check_cancelled()


def measure_frame(source: FrameSource, index: int, cells: list[Any], context: JobContext) -> list[Any]:
    """Return [object_id, part] for each of the [object_id, mask]; a part as a list, None for an empty mask."""
    from app.storage.volume.volume_source import VolumeSource

    assert isinstance(source, VolumeSource)
    unpack(source, index, context)
    native = source.read_native(index)
    found = []
    for object_id, mask in cells:
        part = measure_mask(index, masks.decode(mask_from_wire(mask)), native)
        packed = None
        if part is not None:
            outline = part.outline[:, 1:].astype(np.int32).tobytes()
            packed = [part.pixels, outline, part.count, part.mean, part.squares]
        found.append([object_id, packed])
    return found
