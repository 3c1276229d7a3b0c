"""The decoder: frames of the open sequences, into shared memory."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from app.domain.annotation import Orientation
from app.domain.errors import SeveralSeries, UsageError
from app.imaging.windowing import auto_window
from app.pipeline.roles.scan_reading import measure_frame, unpack
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.message_fields import info_to_wire, window_from_wire, window_to_wire
from app.pipeline.workers.protocol import ArrayRef
from app.pipeline.workers.role import Role
from app.storage.opening import open_for_worker
from app.storage.source import FrameSource

if TYPE_CHECKING:
    from app.storage.volume.volume_source import VolumeSource

ADVANCE_SECONDS = 0.02


class DecoderRole(Role):
    """Keeps sources open by key. Verbs: open, read, close; of scans also turn, plane, fit, measure, advance."""

    name = "decoder"

    def __init__(self) -> None:
        self._sources: dict[str, FrameSource] = {}

    def handle(self, verb: str, body: dict[str, Any], context: JobContext) -> dict[str, Any] | None:
        if verb == "open":
            return self._open(**body)
        if verb == "read":
            self._read(context, **body)
            return None
        if verb == "close":
            self._close(body["key"])
            return None
        scan = self._scan(body.pop("key"))
        if verb == "turn":
            scan.set_orientation(body["orientation"])
            return {"info": info_to_wire(scan.info)}
        if verb == "plane":
            return self._plane(context, scan, **body)
        if verb == "fit":
            unpack(scan, body["index"], context)
            return {"window": window_to_wire(auto_window(scan.read_native(body["index"])))}
        if verb == "measure":
            return {"parts": measure_frame(scan, body["index"], body["cells"], context)}
        if verb == "advance":
            return self._advance(context, scan)
        raise UsageError("The decoder does not know this verb.", subject=verb)

    def close(self) -> None:
        for key in list(self._sources):
            self._close(key)

    def _open(self, key: str, path: str, **reader: Any) -> dict[str, Any]:
        self._close(key)
        try:
            source = self._sources[key] = open_for_worker(path, **reader)
        except SeveralSeries as error:
            return {"series": [asdict(series) for series in error.series]}
        return {"info": info_to_wire(source.info)}

    def _read(
        self, context: JobContext, key: str, index: int, target: dict[str, Any], window: list[float] | None
    ) -> None:
        unpack(self._sources[key], index, context)
        image = self._sources[key].read(index, window_from_wire(window))
        context.check_cancelled()
        np.copyto(context.pool.array(ArrayRef.from_wire(target)), image)

    def _scan(self, key: str) -> VolumeSource:
        source = self._sources.get(key)
        # A video never needs pydicom and SimpleITK, which take a while to import.
        from app.storage.volume.volume_source import VolumeSource

        if not isinstance(source, VolumeSource):
            raise UsageError("Only an open scan can do this.")
        return source

    def _plane(
        self,
        context: JobContext,
        scan: VolumeSource,
        orientation: Orientation,
        index: int,
        target: dict[str, Any],
        window: list[float] | None,
    ) -> dict[str, Any]:
        """A slice of any orientation; what is not decoded yet is black."""
        image = scan.read_plane(orientation, index, window_from_wire(window), partial=True)
        context.check_cancelled()
        np.copyto(context.pool.array(ArrayRef.from_wire(target)), image)
        return {"is_partial": scan.is_partial}

    def _advance(self, context: JobContext, scan: VolumeSource) -> dict[str, Any]:
        """Decode more slices for a moment, so that a frame that is wanted meanwhile waits hardly at all."""
        until = time.monotonic() + ADVANCE_SECONDS
        while scan.decode_next():
            context.check_cancelled()
            if time.monotonic() > until:
                return {"is_partial": True}
        return {"is_partial": False, "damage": list(scan.damage)}

    def _close(self, key: str) -> None:
        source = self._sources.pop(key, None)
        if source is not None:
            source.close()
