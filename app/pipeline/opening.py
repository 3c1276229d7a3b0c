"""Opening and leaving sequences: source, workspace and the workers' readers together."""

from __future__ import annotations

import asyncio
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.annotation import SequenceInfo
from app.events import PropagationRequested, SequenceOpened
from app.pipeline.supervisor import Caller, Worker
from app.pipeline.wire import info_from_wire
from app.storage.identity import identity
from app.storage.workspace import Workspace, folder_for, is_workspace, source_of


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
        }


class Opener:
    """Opens sequences in the decoder and finds their workspaces under a root folder."""

    def __init__(self, decoder: Worker, root: Path) -> None:
        self._decoder = decoder
        self._root = root
        self._count = 0

    async def open(self, path: Path, series: str | None) -> tuple[OpenSequence, SequenceOpened]:
        """Open a source, or the source of a workspace folder.

        Raises SequenceError, WorkspaceBusy, WorkspaceNewer or WorkspaceError.
        """
        given = path.expanduser().absolute()
        named = await asyncio.to_thread(is_workspace, given)
        source = await asyncio.to_thread(source_of, given) if named else given
        self._count += 1
        key = str(self._count)
        name = await asyncio.to_thread(identity, source, series)
        folder = given if named else folder_for(self._root, source.name, name)
        reply = await self._decoder.call(
            "open", key=key, path=str(source), series=series, index_folder=str(folder / "index")
        )
        try:
            info = info_from_wire(reply["info"])
            workspace = await asyncio.to_thread(Workspace, folder)
            opened = await asyncio.to_thread(_read, workspace, info, name)
        except BaseException:
            await self._decoder.call("close", key=key)
            raise
        return OpenSequence(key, source, series, info, workspace, name), opened

    async def close(self, sequence: OpenSequence) -> None:
        """Let go of a sequence."""
        await self._decoder.call("close", key=sequence.key)
        await asyncio.to_thread(sequence.workspace.close)

    @staticmethod
    async def restore(decoder: Caller, sequence: OpenSequence | None) -> None:
        """Open the sequence again in a decoder that was restarted."""
        if sequence is not None:
            await decoder.call("open", key=sequence.key, **sequence.reader)


def _read(workspace: Workspace, info: SequenceInfo, name: str) -> SequenceOpened:
    try:
        workspace.describe(info, name)
        journal = workspace.journal
        found = journal.read()
        wish = journal.meta("propagation")
        return SequenceOpened(
            info,
            labels=found.labels,
            objects=found.objects,
            cells=found.cells,
            history=found.history,
            undone=found.undone,
            frame=journal.meta("frame", 0),
            next_object=found.next_object,
            next_edit=found.next_edit,
            unfinished=None if wish is None else wish_from_wire(wish),
            seen=_seen(journal.meta("seen", b"")),
        )
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


def wish_to_wire(wish: PropagationRequested) -> list[Any]:
    """A propagation that was asked for, as plain data for the journal."""
    return [wish.start, wish.stop, wish.direction, wish.objects, wish.prefetch, wish.force]


def wish_from_wire(wire: list[Any]) -> PropagationRequested:
    """The wish of a list that wish_to_wire made."""
    start, stop, direction, objects, prefetch, force = wire
    return PropagationRequested(start, stop, direction, tuple(objects), prefetch, force)
