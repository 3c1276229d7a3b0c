"""The propagator: masks of reference frames onto all others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Orientation
from app.domain.errors import UsageError
from app.models.engine import Engine, PreparingEngine
from app.models.engine_loading import load_engine
from app.pipeline.roles.propagation_pass import ReadFrame, Result, Sheets, walk
from app.pipeline.roles.scan_reading import unpack
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.message_fields import mask_from_wire, mask_to_wire, pass_from_wire, window_from_wire
from app.pipeline.workers.role import Role
from app.storage.opening import open_for_worker
from app.storage.source import FrameSource
from app.storage.volume.locked_lines import lines_from_wire


class PropagatorRole(Role):
    """Reads frames by itself, so that the frames on screen and these do not wait for each other.

    Verbs: engine, open, turn, close; fit, prepare; begin, lines, masks (any number of times), propagate.
    """

    name = "propagator"

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._source: FrameSource | None = None
        self._sheets = Sheets()

    def handle(self, verb: str, body: dict[str, Any], context: JobContext) -> dict[str, Any] | None:
        if verb == "engine":
            engine = load_engine(**body, progress=context.advance)
            self._forget()
            self._engine = engine
            return {"name": engine.name, "device": engine.device}
        if verb == "open":
            self._open(**body)
            return None
        if verb == "turn":
            self._turn(body["orientation"])
            return None
        if verb == "close":
            self.close()
            return None
        if verb == "fit":
            self._fit(context, **body)
            return None
        if verb == "prepare":
            self._prepare(context, **body)
            return None
        if verb == "begin":
            self._sheets = Sheets()
            return None
        if verb == "lines":
            self._sheets.lines = lines_from_wire(body["lines"])
            return None
        if verb == "masks":
            self._take(body["sheet"], body["masks"])
            return None
        if verb == "propagate":
            self._propagate(context, **body)
            return None
        raise UsageError("The propagator does not know this verb.", subject=verb)

    def close(self) -> None:
        self._forget()
        if self._source is not None:
            self._source.close()
            self._source = None

    def _forget(self) -> None:
        if isinstance(self._engine, PreparingEngine):
            self._engine.forget()

    def _open(self, path: str, **reader: Any) -> None:
        self.close()
        self._source = open_for_worker(path, **reader)

    def _turn(self, orientation: Orientation) -> None:
        # A video never needs pydicom and SimpleITK, which take a while to import.
        from app.storage.volume.volume_source import VolumeSource

        self._forget()
        if isinstance(self._source, VolumeSource):
            self._source.set_orientation(orientation)

    def _take(self, sheet: str, entries: list[Any]) -> None:
        target = getattr(self._sheets, sheet)
        for frame, object_id, mask in entries:
            target[(frame, object_id)] = mask_from_wire(mask)

    def _fit(self, context: JobContext, frame: int, window: list[float] | None) -> None:
        if isinstance(self._engine, PreparingEngine):
            self._engine.fit(self._reading(context, window)(frame))

    def _prepare(
        self, context: JobContext, frames: list[int], center: int, window: list[float] | None
    ) -> None:
        """Work on frames in advance, the first ones first, until no more can be kept."""
        engine = self._engine
        if not isinstance(engine, PreparingEngine):
            return
        read = self._reading(context, window)
        for frame in frames:
            if not engine.prepare(frame, read(frame), center):
                return

    def _propagate(
        self, context: JobContext, passes: list[dict[str, Any]], window: list[float] | None
    ) -> None:
        sheets, self._sheets = self._sheets, Sheets()
        if self._engine is None:
            raise _missing()
        plan, read = [pass_from_wire(plan) for plan in passes], self._reading(context, window)
        for frame, results in walk(plan, sheets, self._engine.tracker(), read):
            context.progress(frame=frame, results=[_to_wire(result) for result in results])

    def _reading(self, context: JobContext, window: list[float] | None) -> ReadFrame:
        """Return what reads frames until the job is cancelled."""
        source = self._source
        if source is None:
            raise _missing()
        chosen = window_from_wire(window)

        def read(frame: int) -> NDArray[np.uint8]:
            context.check_cancelled()
            unpack(source, frame, context)
            return source.read(frame, chosen)

        return read


def _missing() -> UsageError:
    return UsageError("There is no sequence or no engine to propagate with.")


def _to_wire(result: Result) -> list[Any]:
    return [result.object_id, mask_to_wire(result.mask), result.score, result.sources]
