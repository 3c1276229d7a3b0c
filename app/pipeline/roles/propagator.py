"""The propagator: masks of reference frames onto all others."""

from __future__ import annotations

from typing import Any

from app.annotation import Orientation
from app.errors import UsageError
from app.models.engine import Engine
from app.models.loading import load_engine
from app.pipeline.context import JobContext
from app.pipeline.role import Role
from app.pipeline.roles.scan_reading import unpack
from app.pipeline.walking import Result, Sheets, walk
from app.pipeline.wire import mask_from_wire, mask_to_wire, run_from_wire, window_from_wire
from app.storage.opening import open_for_worker
from app.storage.pinning import lines_from_wire
from app.storage.source import FrameSource


class Propagator(Role):
    """Reads frames by itself, so that the frames on screen and these do not wait for each other.

    Verbs: engine, open, turn, close; begin, lines, masks (any number of times), propagate.
    """

    name = "propagator"

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._source: FrameSource | None = None
        self._sheets = Sheets()

    def handle(self, verb: str, body: dict[str, Any], context: JobContext) -> dict[str, Any] | None:
        if verb == "engine":
            self._engine = load_engine(**body, progress=context.advance)
            return {"name": self._engine.name, "device": self._engine.device}
        if verb == "open":
            self._open(**body)
            return None
        if verb == "turn":
            self._turn(body["orientation"])
            return None
        if verb == "close":
            self.close()
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
        if self._source is not None:
            self._source.close()
            self._source = None

    def _open(self, path: str, **reader: Any) -> None:
        self.close()
        self._source = open_for_worker(path, **reader)

    def _turn(self, orientation: Orientation) -> None:
        # A video never needs pydicom and SimpleITK, which take a while to import.
        from app.storage.volume import VolumeSource

        if isinstance(self._source, VolumeSource):
            self._source.orient(orientation)

    def _take(self, sheet: str, entries: list[Any]) -> None:
        target = getattr(self._sheets, sheet)
        for frame, object_id, mask in entries:
            target[(frame, object_id)] = mask_from_wire(mask)

    def _propagate(self, context: JobContext, runs: list[dict[str, Any]], window: list[float] | None) -> None:
        sheets, self._sheets = self._sheets, Sheets()
        source, engine = self._source, self._engine
        if source is None or engine is None:
            raise UsageError("There is no sequence or no engine to propagate with.")
        chosen = window_from_wire(window)
        plan = [run_from_wire(run) for run in runs]

        def read(frame: int) -> Any:
            context.check_cancelled()
            unpack(source, frame, context)
            return source.read(frame, chosen)

        for frame, results in walk(plan, sheets, engine.tracker(), read):
            context.progress(frame=frame, results=[_to_wire(result) for result in results])


def _to_wire(result: Result) -> list[Any]:
    return [result.object_id, mask_to_wire(result.mask), result.score, result.sources]
