"""The decoder: frames of the open sequences, into shared memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from app.errors import UsageError
from app.pipeline.context import JobContext
from app.pipeline.protocol import ArrayRef
from app.pipeline.role import Role
from app.pipeline.wire import info_to_wire, window_from_wire
from app.storage.opening import open_source
from app.storage.source import FrameSource


class Decoder(Role):
    """Keeps sources open by key. Verbs: open, read, close."""

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
        raise UsageError("The decoder does not know this verb.", subject=verb)

    def close(self) -> None:
        for key in list(self._sources):
            self._close(key)

    def _open(self, key: str, path: str, series: str | None, index_folder: str | None) -> dict[str, Any]:
        self._close(key)
        folder = Path(index_folder) if index_folder else None
        source = self._sources[key] = open_source(Path(path), series=series, index_folder=folder)
        return {"info": info_to_wire(source.info)}

    def _read(
        self, context: JobContext, key: str, index: int, target: dict[str, Any], window: list[float] | None
    ) -> None:
        image = self._sources[key].read(index, window_from_wire(window))
        context.check_cancelled()
        np.copyto(context.pool.array(ArrayRef.from_wire(target)), image)

    def _close(self, key: str) -> None:
        source = self._sources.pop(key, None)
        if source is not None:
            source.close()
