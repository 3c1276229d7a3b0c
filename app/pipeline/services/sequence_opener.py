"""Opener of sequences: source, workspace and the decoder's reader together. Used on the event loop's thread."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from app.domain.annotation import Lines, Orientation, SequenceInfo, Window
from app.domain.comment import comments_from_wire
from app.imaging.picture_scale import calibrate
from app.imaging.volume_geometry import Vector, geometry_of, plane_of
from app.messages.events import PropagationRequested, SequenceOpened
from app.pipeline.requests.decoder_requests import (
    CloseSourceRequest,
    DecoderKind,
    OpenSourceRequest,
    OrientScanRequest,
)
from app.pipeline.requests.source_spec import SourceSpec
from app.pipeline.workers.worker_handle import Caller, WorkerHandle
from app.storage.volume.locked_lines import lines_from_wire, lines_to_wire, lock_lines
from app.storage.volume.reorient import journal_name, reorient_masks
from app.storage.workspace.earlier_work import leave_out_strays, set_unplaced_work_aside, take_over_work
from app.storage.workspace.fingerprint import Samples, sample_files
from app.storage.workspace.identity import identity_of
from app.storage.workspace.journal import Journal, JournalContents, JournalEntry
from app.storage.workspace.source_record import SourceRecord
from app.storage.workspace.workspace import (
    Workspace,
    find_source,
    folder_for,
    folders_of_path,
    is_workspace,
    last_view,
)


@dataclass(frozen=True, slots=True)
class ActiveSequence:
    """A sequence that is open."""

    key: str  #: names it to the decoder
    path: Path
    series: str | None
    info: SequenceInfo
    workspace: Workspace
    fingerprint: str  #: identity by content

    @property
    def source(self) -> SourceSpec:
        """How a worker opens the source."""
        size = self.info.spacing[1] if self.info.spacing and self.info.is_calibrated else None
        return SourceSpec(self.path, self.series, self.workspace.index_folder, self.info.orientation, size)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A source that is open in the decoder."""

    key: str
    series: str | None
    name: str
    folder: Path
    before: Orientation | None  #: the direction in which it was annotated last
    info: SequenceInfo
    samples: Samples  #: of the files of the source
    earlier: tuple[Path, ...]  #: workspaces of what lay there before, the newest first


class SequenceOpener:
    """Opens sequences in the decoder and finds their workspaces under a root folder."""

    def __init__(
        self, decoder: WorkerHandle[DecoderKind], root: Path, orientation: Orientation | None = None
    ) -> None:
        """Prepare to open. orientation: of scans never opened before, None for the recorded direction."""
        self._decoder = decoder
        self._root = root
        self._default = orientation
        self._count = 0
        self._ready: dict[tuple[str, str | None], _Prepared] = {}

    async def open(
        self, path: Path, series: str | None, orientation: Orientation | None
    ) -> tuple[ActiveSequence, SequenceOpened]:
        """Open a source, or the source of a workspace folder.

        Raises SequenceError, SeveralSeries, WorkspaceBusy, WorkspaceNewer or WorkspaceError.
        """
        source, series, folder = await self._find(path, series)
        found = await self._prepare(source, series, folder, orientation)
        stale = self._ready.pop((str(source), found.series), None)
        if stale is not None and stale is not found:
            await self._decoder.call(CloseSourceRequest(stale.key))
        try:
            workspace = await asyncio.to_thread(Workspace, found.folder)
            sequence = ActiveSequence(found.key, source, found.series, found.info, workspace, found.name)
            opened = await asyncio.to_thread(_enter, sequence, found)
        except BaseException:
            await self._decoder.call(CloseSourceRequest(found.key))
            raise
        return replace(sequence, info=opened.info), opened

    async def open_ahead(self, path: Path, series: str | None) -> tuple[str, SequenceInfo]:
        """Open a source in the decoder in advance; return its key and description.

        Raises SequenceError or SeveralSeries.
        """
        source, series, folder = await self._find(path, series)
        found = await self._prepare(source, series, folder, None)
        self._ready[str(source), series] = found
        return found.key, found.info

    async def keep_ahead(self, places: Collection[tuple[str, str | None]]) -> None:
        """Close what was opened in advance, except for some paths and series."""
        for place in [place for place in self._ready if place not in places]:
            await self._decoder.call(CloseSourceRequest(self._ready.pop(place).key))

    @property
    def ahead(self) -> dict[Path, str]:
        """The sources opened in advance, with the keys that they have in the decoder."""
        return {Path(path): found.key for (path, _), found in self._ready.items()}

    def forget_ahead(self) -> None:
        """Forget what was opened in advance, since the decoder was restarted."""
        self._ready.clear()

    async def _find(self, path: Path, series: str | None) -> tuple[Path, str | None, Path | None]:
        """Return the source, the series and, if it was given in place of the source, the workspace folder."""
        given = path.expanduser().absolute()
        if not await asyncio.to_thread(is_workspace, given):
            return given, series, None
        source = await asyncio.to_thread(find_source, given)
        return source, series or (await asyncio.to_thread(last_view, given))[0], given

    async def _prepare(
        self, source: Path, series: str | None, folder: Path | None, orientation: Orientation | None
    ) -> _Prepared:
        """Return the source opened in the decoder, now or in advance if its content is still the same."""
        samples = await asyncio.to_thread(sample_files, source)
        name = identity_of(samples, series)
        place, earlier = await asyncio.to_thread(self._workspaces, source, series, name, folder)
        before = (await asyncio.to_thread(last_view, place))[1]
        is_new = not await asyncio.to_thread(is_workspace, place)
        default = before or (self._default if is_new else None)
        wanted = orientation or default
        ready = self._ready.get((str(source), series))
        if ready is not None and (ready.name, default) == (name, wanted):
            return ready
        self._count += 1
        key, spec = str(self._count), SourceSpec(source, series, place / "index", wanted)
        info = await self._decoder.call(OpenSourceRequest(key, spec))
        return _Prepared(key, series, name, place, before, info, samples, earlier)

    def _workspaces(
        self, source: Path, series: str | None, name: str, given: Path | None
    ) -> tuple[Path, tuple[Path, ...]]:
        """Return the workspace of a source, and those of what lay at its path before. given: one chosen by hand."""
        record = SourceRecord.read(given) if given is not None else None
        if given is not None and (record is None or record.fingerprint in ("", name)):
            return given, ()
        folder = folder_for(self._root, source.name, name)
        if is_workspace(folder):
            return folder, ()
        others = folders_of_path(self._root, str(source), series)
        first = [given] if given is not None else []
        return folder, tuple(dict.fromkeys(one for one in (*first, *others) if one != folder))

    async def set_orientation(
        self, sequence: ActiveSequence, orientation: Orientation, voxel: Vector, window: Window | None
    ) -> tuple[ActiveSequence, SequenceOpened]:
        """Slice an open scan in another direction, with its masks; the cross-hairs stay at a voxel (k, j, i).

        Raises StorageFull or WorkspaceError; then all is as it was.
        """
        info = await self._decoder.call(OrientScanRequest(sequence.key, orientation))
        turned = replace(sequence, info=info)
        try:
            opened = await asyncio.to_thread(_turn, turned, sequence.info)
        except BaseException:
            if sequence.info.orientation is not None:
                await self._decoder.call(OrientScanRequest(sequence.key, sequence.info.orientation))
            raise
        frame, x, y = plane_of(info).locate_voxel(voxel)
        turned = replace(turned, info=opened.info)
        return turned, replace(opened, frame=frame, cross=(x, y), window=window)

    async def close(self, sequence: ActiveSequence) -> None:
        """Close a sequence and its workspace."""
        await self._decoder.call(CloseSourceRequest(sequence.key))
        await asyncio.to_thread(sequence.workspace.close)

    @staticmethod
    async def restore(decoder: Caller[DecoderKind], sequence: ActiveSequence | None) -> None:
        """Open the sequence again in a decoder that was restarted."""
        if sequence is not None:
            await decoder.call(OpenSourceRequest(sequence.key, sequence.source))


def _enter(sequence: ActiveSequence, found: _Prepared) -> SequenceOpened:
    """Read a workspace that was just opened."""
    workspace, info, before = sequence.workspace, sequence.info, found.before
    try:
        if before is None and info.kind == "volume":
            before = geometry_of(info).stored_orientation
        last = info if before is None or before == info.orientation else _sliced(info, before)
        said = set_unplaced_work_aside(workspace, last)
        workspace.switch_journal(journal_name(last))
        if last is info:
            said += take_over_work(workspace, info, found.samples, found.earlier)
            return _read(sequence, said)
        return _turn(sequence, last, said)
    except BaseException:
        workspace.close()
        raise


def seen_to_wire(seen: bytes | bytearray) -> bytes:
    """Return which frames were looked at, one byte each, compressed for the journal."""
    return zlib.compress(seen, 1)


def _seen(wire: bytes) -> bytes:
    try:
        return zlib.decompress(wire) if wire else b""
    except zlib.error:
        return b""


def _turn(sequence: ActiveSequence, last: SequenceInfo, said: tuple[str, ...] = ()) -> SequenceOpened:
    """Switch to the journal of another direction, and carry the masks of the last one over. said: warnings so far."""
    workspace, info = sequence.workspace, sequence.info
    found = leave_out_strays(workspace.journal.read(limit=0), last)
    kept = _Kept.of(workspace.journal)
    try:
        workspace.switch_journal(journal_name(info))
        _carry(workspace, found, last, info, kept)
        return _read(sequence, (*said, *found.damage))
    except BaseException:
        workspace.switch_journal(journal_name(last))
        raise


@dataclass(frozen=True, slots=True)
class _Kept:
    """Values that are carried over when a scan is turned, besides masks."""

    window: list[float] | None
    lines: dict[int, Lines]

    @classmethod
    def of(cls, journal: Journal) -> Self:
        return cls(journal.meta("window"), lines_from_wire(journal.meta("lines", [])))


def _carry(
    workspace: Workspace, found: JournalContents, last: SequenceInfo, info: SequenceInfo, kept: _Kept
) -> None:
    journal = workspace.journal
    known = journal.read(limit=0)
    workspace.index_folder.mkdir(exist_ok=True)
    before, after = plane_of(last), plane_of(info)
    edit = reorient_masks(found, before, known, after, workspace.index_folder)
    lines = lines_to_wire(lock_lines(found, kept.lines, before, after))
    entries = [] if edit is None else [JournalEntry(edit, "done", time.time())]
    journal.write(entries, {"window": kept.window, "lines": lines})


def _sliced(info: SequenceInfo, orientation: Orientation) -> SequenceInfo:
    """Return the description of a scan sliced in another direction."""
    plane = geometry_of(info).plane(orientation)
    return replace(info, frames=plane.frames, width=plane.width, height=plane.height, orientation=orientation)


def _read(sequence: ActiveSequence, said: tuple[str, ...] = ()) -> SequenceOpened:
    """Return what a workspace holds. said: warnings about its source and other journals."""
    sequence.workspace.describe(sequence.info, sequence.fingerprint, sequence.series)
    journal = sequence.workspace.journal
    found = leave_out_strays(journal.read(), sequence.info)
    request = journal.meta("propagation")
    warnings = dict.fromkeys((*sequence.info.warnings, *said, *found.damage))
    return SequenceOpened(
        replace(calibrate(sequence.info, journal.meta("pixel_size")), warnings=tuple(warnings)),
        labels=found.labels,
        objects=found.objects,
        cells=found.cells,
        history=found.history,
        undone=found.undone,
        frame=journal.meta("frame", 0),
        next_object=found.next_object,
        next_edit=found.next_edit,
        unfinished=None if request is None else request_from_wire(request),
        window=_window_from_wire(journal.meta("window")),
        seen=_seen(journal.meta("seen", b"")),
        lines=tuple(lines_from_wire(journal.meta("lines", [])).items()),
        comments=comments_from_wire(journal.meta("comments", [])),
        selected=journal.meta("selected"),
    )


def window_to_wire(window: Window | None) -> list[float] | None:
    """Return a window as plain data for the journal."""
    return None if window is None else [window.width, window.center]


def _window_from_wire(wire: list[float] | None) -> Window | None:
    return None if wire is None else Window(*wire)


def request_to_wire(request: PropagationRequested) -> list[Any]:
    """Return a requested propagation as plain data for the journal."""
    return [request.start, request.stop, request.direction, request.objects, request.prefetch, request.force]


def request_from_wire(wire: list[Any]) -> PropagationRequested:
    """Return the request of a list that request_to_wire made."""
    start, stop, direction, objects, prefetch, force = wire
    return PropagationRequested(start, stop, direction, tuple(objects), prefetch, force)
