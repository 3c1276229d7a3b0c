"""Opening, turning and leaving sequences: one at a time, and never before its edits are durable."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from app.domain.annotation import Orientation, SequenceInfo
from app.domain.errors import (
    FramewiseError,
    SeveralSeries,
    StorageFull,
    UsageError,
    WorkerDied,
    WorkerHung,
    WorkspaceBusy,
)
from app.imaging.volume_geometry import place_of
from app.messages import events as ev
from app.messages import orders as od
from app.pipeline.composition import Services
from app.pipeline.options import Options
from app.pipeline.services.import_export import autosave_folder
from app.pipeline.services.sequence_opener import ActiveSequence
from app.session import Session

CLOSE_SECONDS = 10.0
SETTLE_SECONDS = 3.0
_log = logging.getLogger(__name__)


class SequenceManager:
    """The door through which sequences come and go. spawn: starts what goes on in the background."""

    def __init__(
        self,
        parts: Services,
        session: Session,
        options: Options,
        post: Callable[[ev.Event], None],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._parts = parts
        self._session = session
        self._options = options
        self._post = post
        self._spawn = spawn
        self._door = asyncio.Lock()

    @property
    def reader(self) -> dict[str, Any]:
        """Arguments with which a worker opens the source of the open sequence."""
        if self._parts.sequence is None:
            raise UsageError("No sequence is open.", remedy="Open one first.")
        return self._parts.sequence.reader

    async def open(
        self, path: Path, series: str | None = None, orientation: Orientation | None = None
    ) -> SequenceInfo:
        """Open a sequence in place of the open one, which stays when this fails.

        Raises SequenceError, SeveralSeries, WorkspaceBusy, WorkspaceNewer, WorkspaceError, or StorageFull when the
        last edits of the one that is open cannot be saved.
        """
        async with self._door:
            try:
                return await self._replace(path, series, orientation)
            finally:
                if self._parts.sequence is None and self._session.state.sequence is not None:
                    self._post(ev.SequenceClosed())

    async def _replace(self, path: Path, series: str | None, orientation: Orientation | None) -> SequenceInfo:
        before = self._parts.sequence
        if before is not None and path.absolute() in (before.path, before.workspace.folder):
            await self._leave()
        await self._parts.decoder_ready.wait()
        try:
            sequence, opened = await self._parts.opener.open(path, series, orientation)
        except WorkspaceBusy as error:
            if before is None or error.subject != str(before.workspace.folder):
                raise
            await self._leave()
            sequence, opened = await self._parts.opener.open(path, series, orientation)
        try:
            await self._leave()
        except StorageFull:
            await self._parts.opener.close(sequence)
            raise
        self._use(sequence)
        self._post(opened)
        self._options.learn((str(sequence.path),), "")
        self._parts.receiving.opened(sequence)
        self._spawn(self._in_background("open", **sequence.reader))
        return sequence.info

    async def turn(self, orientation: Orientation) -> None:
        """Annotate the open scan in another direction, with all that was made in the one before.

        Raises StorageFull or WorkspaceError; then the direction stays.
        """
        async with self._door:
            before = self._parts.sequence
            if before is None or before.info.orientation == orientation:
                return
            await self._halt()
            await self._save(before, at_any_price=False)
            self._parts.sequence, sequence = None, before
            self._parts.linking.use(None)
            self._parts.measuring.use(None)
            try:
                state = self._session.state
                voxel = place_of(before.info, state.frame, state.cross)
                sequence, opened = await self._parts.opener.turn(
                    before, orientation, voxel, state.view.window
                )
            finally:
                self._use(sequence)
            self._spawn(self._in_background("turn", orientation=orientation))
            self._post(opened)
            self._parts.receiving.opened(sequence)

    def _use(self, sequence: ActiveSequence) -> None:
        self._parts.sequence = sequence
        self._parts.recorder.use(sequence.workspace.journal)
        self._parts.exchange.use(sequence, self._parts.recorder)
        self._parts.frames.use(sequence.key, sequence.info)
        self._parts.linking.use(sequence)
        self._parts.measuring.use(sequence)
        self._parts.segmentation.use(f"{sequence.key} {sequence.info.orientation or ''}")

    async def _in_background(self, verb: str, **body: Any) -> None:
        try:
            await self._parts.propagator.call(verb, **body)
        except (WorkerDied, WorkerHung) as error:
            _log.info("%s It opens the sequence when it is back.", error)

    async def open_asked(self, order: od.OpenSequence) -> None:
        try:
            await self.open(Path(order.path), order.series, order.orientation)
        except SeveralSeries as several:
            self._post(ev.SeriesOffered(order.path, several.series))

    async def fit_window(self, frame: int) -> None:
        if self._parts.sequence is not None:
            reply = await self._parts.decoder.call("fit", key=self._parts.sequence.key, index=frame)
            width, center = reply["window"]
            self._post(ev.WindowChanged(width, center))

    async def _halt(self) -> None:
        self._parts.playback.stop()
        self._parts.segmentation.drop()
        await self._parts.propagation.stop()

    async def close(self, *, at_any_price: bool = False) -> None:
        async with self._door:
            await self._leave(at_any_price=at_any_price)

    async def _leave(self, *, at_any_price: bool = False) -> None:
        """Finish with the open sequence: nothing in flight, everything durable, files let go of.

        Raises StorageFull, and stays, when the last edits cannot be saved; at any price it leaves all the same.
        """
        await self._halt()
        sequence = self._parts.sequence
        if sequence is None:
            return
        is_saved = await self._save(sequence, at_any_price)
        self._parts.receiving.left(self._session.state)
        if self._options.autosave and is_saved:
            await self._autosave(sequence)
            await self._save(sequence, at_any_price)
        self._parts.sequence = None
        self._parts.frames.use("", None)
        self._parts.linking.use(None)
        self._parts.measuring.use(None)
        self._parts.recorder.use(None)
        self._parts.exchange.use(None, self._parts.recorder)
        await self._parts.opener.close(sequence)

    async def _save(self, sequence: ActiveSequence, at_any_price: bool) -> bool:
        """Wait until all edits are durable; no other comes between this and what follows."""
        is_failing = self._session.state.storage_failed
        if await self._parts.recorder.flush(SETTLE_SECONDS if is_failing else CLOSE_SECONDS):
            return True
        _log.error("the last edits of %s could not be written", sequence.workspace.folder.name)
        if not at_any_price:
            raise StorageFull(
                "The last edits are not saved, so the sequence stays open.",
                subject=sequence.info.name,
                remedy="Free some space; saving goes on by itself.",
            )
        return False

    async def _autosave(self, sequence: ActiveSequence) -> None:
        try:
            folder = autosave_folder(self._options.autosave_folder, sequence.info)
            await self._parts.exchange.export(self._options.autosave, folder)
        except FramewiseError as error:
            self._post(ev.Noticed("error", str(error)))
