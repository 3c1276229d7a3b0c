"""Opening, turning and leaving sequences: source, workspace and the workers' readers together."""

from __future__ import annotations

import asyncio
import time
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.annotation import Orientation, SequenceInfo, SeriesInfo, Window
from app.errors import SeveralSeries
from app.events import PropagationRequested, SequenceOpened
from app.pipeline.supervisor import Caller, Worker
from app.pipeline.wire import info_from_wire, window_from_wire
from app.storage.identity import identity
from app.storage.journal import Contents, Entry
from app.storage.turning import carry, journal_name
from app.storage.workspace import Workspace, folder_for, is_workspace, last_look, source_of
from app.volume_geometry import Vector, geometry_of, plane_of


@dataclass(frozen=True, slots=True)
class OpenSequence:
    """A sequence that is open. key: names it to the decoder; fingerprint: wherever it lies."""

    key: str
    path: Path
    series: str | None
    info: SequenceInfo
    workspace: Workspace
    fingerprint: str

    @property
    def reader(self) -> dict[str, Any]:
        """Arguments with which a worker opens the source."""
        return {
            "path": str(self.path),
            "series": self.series,
            "index_folder": str(self.workspace.index_folder),
            "orientation": self.info.orientation,
        }


class Opener:
    """Opens sequences in the decoder and finds their workspaces under a root folder."""

    def __init__(self, decoder: Worker, root: Path) -> None:
        self._decoder = decoder
        self._root = root
        self._count = 0

    async def open(
        self, path: Path, series: str | None, orientation: Orientation | None
    ) -> tuple[OpenSequence, SequenceOpened]:
        """Open a source, or the source of a workspace folder.

        Raises SequenceError, SeveralSeries, WorkspaceBusy, WorkspaceNewer or WorkspaceError.
        """
        given = path.expanduser().absolute()
        named = await asyncio.to_thread(is_workspace, given)
        source = await asyncio.to_thread(source_of, given) if named else given
        if named and series is None:
            series = (await asyncio.to_thread(last_look, given))[0]
        name = await asyncio.to_thread(identity, source, series)
        folder = given if named else folder_for(self._root, source.name, name)
        before = (await asyncio.to_thread(last_look, folder))[1]
        self._count += 1
        key = str(self._count)
        reply = await self._decoder.call(
            "open",
            key=key,
            path=str(source),
            series=series,
            index_folder=str(folder / "index"),
            orientation=orientation or before,
        )
        if "series" in reply:
            raise SeveralSeries([SeriesInfo(**found) for found in reply["series"]], source)
        try:
            info = info_from_wire(reply["info"])
            workspace = await asyncio.to_thread(Workspace, folder)
            sequence = OpenSequence(key, source, series, info, workspace, name)
            opened = await asyncio.to_thread(_enter, sequence, before)
        except BaseException:
            await self._decoder.call("close", key=key)
            raise
        return sequence, opened

    async def turn(
        self, sequence: OpenSequence, orientation: Orientation, voxel: Vector, window: Window | None
    ) -> tuple[OpenSequence, SequenceOpened]:
        """Slice an open scan in another direction, with its masks; the cross-hairs stay at a voxel (k, j, i).

        Raises StorageFull or WorkspaceError; then all is as it was.
        """
        reply = await self._decoder.call("turn", key=sequence.key, orientation=orientation)
        info = info_from_wire(reply["info"])
        turned = replace(sequence, info=info)
        try:
            opened = await asyncio.to_thread(_turn, turned, sequence.info)
        except BaseException:
            await self._decoder.call("turn", key=sequence.key, orientation=sequence.info.orientation)
            raise
        frame, x, y = plane_of(info).locate(voxel)
        return turned, replace(opened, frame=frame, cross=(x, y), window=window)

    async def close(self, sequence: OpenSequence) -> None:
        """Let go of a sequence."""
        await self._decoder.call("close", key=sequence.key)
        await asyncio.to_thread(sequence.workspace.close)

    @staticmethod
    async def restore(decoder: Caller, sequence: OpenSequence | None) -> None:
        """Open the sequence again in a decoder that was restarted."""
        if sequence is not None:
            await decoder.call("open", key=sequence.key, **sequence.reader)


def _enter(sequence: OpenSequence, before: Orientation | None) -> SequenceOpened:
    """Read a workspace that was just opened; before: the direction in which the scan was annotated last."""
    workspace, info = sequence.workspace, sequence.info
    try:
        if before is None or before == info.orientation:
            workspace.turn(journal_name(info))
            return _read(sequence)
        last = _sliced(info, before)
        workspace.turn(journal_name(last))
        return _turn(sequence, last)
    except BaseException:
        workspace.close()
        raise


def seen_to_wire(seen: bytes | bytearray) -> bytes:
    """Which frames were looked at, a byte each, as short as the journal likes it."""
    return zlib.compress(seen, 1)


def _seen(wire: bytes) -> bytes:
    try:
        return zlib.decompress(wire) if wire else b""
    except zlib.error:
        return b""


def _turn(sequence: OpenSequence, last: SequenceInfo) -> SequenceOpened:
    """Go on in the journal of another direction than the last one, with all that was made there."""
    workspace, info = sequence.workspace, sequence.info
    found, window = workspace.journal.read(limit=0), workspace.journal.meta("window")
    try:
        workspace.turn(journal_name(info))
        _carry(workspace, found, last, info, window)
        return _read(sequence)
    except BaseException:
        workspace.turn(journal_name(last))
        raise


def _carry(
    workspace: Workspace, found: Contents, last: SequenceInfo, info: SequenceInfo, window: list[float] | None
) -> None:
    journal = workspace.journal
    known = journal.read(limit=0)
    workspace.index_folder.mkdir(exist_ok=True)
    edit = carry(found, plane_of(last), known, plane_of(info), workspace.index_folder)
    entries = [] if edit is None else [Entry(edit, "done", time.time())]
    journal.write(entries, {"window": window, "propagation": None})


def _sliced(info: SequenceInfo, orientation: Orientation) -> SequenceInfo:
    """A scan in another direction."""
    plane = geometry_of(info).plane(orientation)
    return replace(info, frames=plane.frames, width=plane.width, height=plane.height, orientation=orientation)


def _read(sequence: OpenSequence) -> SequenceOpened:
    sequence.workspace.describe(sequence.info, sequence.fingerprint, sequence.series)
    journal = sequence.workspace.journal
    found = journal.read()
    wish = journal.meta("propagation")
    return SequenceOpened(
        sequence.info,
        labels=found.labels,
        objects=found.objects,
        cells=found.cells,
        history=found.history,
        undone=found.undone,
        frame=journal.meta("frame", 0),
        next_object=found.next_object,
        next_edit=found.next_edit,
        unfinished=None if wish is None else wish_from_wire(wish),
        window=window_from_wire(journal.meta("window")),
        seen=_seen(journal.meta("seen", b"")),
    )


def wish_to_wire(wish: PropagationRequested) -> list[Any]:
    """A propagation that was asked for, as plain data for the journal."""
    return [wish.start, wish.stop, wish.direction, wish.objects, wish.prefetch, wish.force]


def wish_from_wire(wire: list[Any]) -> PropagationRequested:
    """The wish of a list that wish_to_wire made."""
    start, stop, direction, objects, prefetch, force = wire
    return PropagationRequested(start, stop, direction, tuple(objects), prefetch, force)
