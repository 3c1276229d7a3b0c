"""The areas of the objects on all frames, measured on request."""

import asyncio
from collections.abc import Callable, Mapping

from app.domain.annotation import AreaCurve, Mask, SequenceInfo
from app.domain.frame_order import order_of
from app.imaging import masks
from app.imaging.picture_scale import pixel_area
from app.imaging.volume_geometry import geometry_of
from app.messages.events import AreasMeasured, Event
from app.messages.orders import MeasureAreas
from app.pipeline.services.active_sequence import ActiveSequence
from app.pipeline.services.mask_reader import MaskReader
from app.pipeline.services.service import OrderTable, Service


class AreaMeasurement(Service):
    """Measures areas in a thread of its own. For the event loop's thread only."""

    def __init__(self, reader: MaskReader, post: Callable[[Event], None]) -> None:
        self._reader, self._post = reader, post
        self._info: SequenceInfo | None = None

    def register(self, orders: OrderTable) -> None:
        orders.add(MeasureAreas, lambda _order: self._measure())

    def use_sequence(self, sequence: ActiveSequence | None) -> None:
        """Serve another sequence, or none."""
        self._info = sequence.info if sequence is not None else None

    async def _measure(self) -> None:
        info = self._info
        if info is None:
            return
        curves = await asyncio.to_thread(measure_areas, info, self._reader.masks())
        if info is self._info:
            self._post(AreasMeasured(curves))


def measure_areas(info: SequenceInfo, cells: Mapping[tuple[int, int], Mask]) -> tuple[AreaCurve, ...]:
    """Return the area of each object over the frames: in square millimetres where all of its pixels have a size.

    Of a scan over time it is the volume at each time point, in millilitres where voxels have a size.
    cells: masks by frame and object id.
    """
    if info.time_points > 1:
        return _measure_volumes(info, cells)
    found: dict[int, dict[int, tuple[int, float | None]]] = {}
    for (frame, object_id), mask in sorted(cells.items()):
        pixels = masks.area(mask)
        if pixels:
            found.setdefault(object_id, {})[frame] = (pixels, pixel_area(info, frame, mask))
    return tuple(_curve(object_id, by_frame) for object_id, by_frame in sorted(found.items()))


def _measure_volumes(info: SequenceInfo, cells: Mapping[tuple[int, int], Mask]) -> tuple[AreaCurve, ...]:
    order, voxel = order_of(info), geometry_of(info).voxel_volume
    found: dict[int, dict[int, int]] = {}
    for (frame, object_id), mask in cells.items():
        if voxels := masks.area(mask):
            by_time, time = found.setdefault(object_id, {}), order.time_of(frame)
            by_time[time] = by_time.get(time, 0) + voxels
    unit, size = ("voxels", 1.0) if voxel is None else ("ml", voxel / 1000)
    return tuple(
        AreaCurve(key, tuple(sorted(by_time)), tuple(by_time[time] * size for time in sorted(by_time)), unit)
        for key, by_time in sorted(found.items())
    )


def _curve(object_id: int, by_frame: Mapping[int, tuple[int, float | None]]) -> AreaCurve:
    sizes = [size for _, size in by_frame.values() if size is not None]
    is_physical = len(sizes) == len(by_frame)
    values = tuple(
        pixels * (size or 0.0) if is_physical else float(pixels) for pixels, size in by_frame.values()
    )
    return AreaCurve(object_id, tuple(by_frame), values, "mm²" if is_physical else "px")
