"""Opener of sequences: source, workspace and the decoder's reader together. Used on the event loop's thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from app.domain.annotation import FrameAxis, Lines, Orientation, SequenceInfo, Window
from app.domain.comment import Comment, comments_from_wire, reorder_comments
from app.domain.errors import SequenceError
from app.domain.frame_order import FrameOrder, TimeChoice, order_of, split_time
from app.domain.history import Edit
from app.domain.sign_off import SignOff, sign_off_in_force, sign_offs_from_wire, sign_offs_to_wire
from app.domain.tier_wire import table_from_wire
from app.imaging.picture_scale import calibrate
from app.imaging.volume_geometry import Vector, frame_with, geometry_of
from app.messages.events import SequenceOpened
from app.pipeline.requests.decoder_requests import (
    CloseSourceRequest,
    DecoderKind,
    ListSeriesRequest,
    OpenSourceRequest,
    OrientScanRequest,
)
from app.pipeline.requests.source_spec import SourceSpec
from app.pipeline.services.journal_values import (
    request_from_wire,
    seen_from_wire,
    seen_to_wire,
    window_from_wire,
)
from app.pipeline.workers.worker_handle import Caller, WorkerHandle
from app.storage.volume.locked_lines import lines_from_wire, lines_to_wire, lock_lines
from app.storage.volume.reorient import journal_name, reorient_masks, turn_title
from app.storage.workspace.earlier_work import leave_out_strays, set_unplaced_work_aside, take_over_work
from app.storage.workspace.fingerprint import Samples, sample_files
from app.storage.workspace.identity import identity_of
from app.storage.workspace.journal import Journal, JournalContents, JournalEntry
from app.storage.workspace.source_record import SourceRecord
from app.storage.workspace.time_point_work import find_time_point_work, take_over_time_points
from app.storage.workspace.workspace import (
    Workspace,
    find_source,
    folder_for,
    folders_of_path,
    is_workspace,
)

View = tuple[Orientation | None, FrameAxis]  # how a scan is sliced, None for the way it was recorded


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
        """Description of the source for workers."""
        info = self.info
        size = info.spacing[2] if info.spacing and info.is_calibrated else None
        folder = self.workspace.index_folder
        return SourceSpec(self.path, self.series, folder, info.orientation, size, info.along)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A source that is open in the decoder."""

    key: str
    series: str | None
    name: str
    folder: Path
    before: View  #: as it was annotated last
    info: SequenceInfo
    samples: Samples  #: of the files of the source
    earlier: tuple[Path, ...]  #: workspaces of what lay there before, the newest first
    time_points: tuple[Path, ...]  #: workspaces of its single time points


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
        """Open a source, or the source of a workspace folder. series: may name a time point, see split_time.

        Raises SequenceError, SeveralSeries, WorkspaceBusy, WorkspaceNewer or WorkspaceError.
        """
        source, (series, choice), folder = await self._find(path, series)
        is_chosen = orientation is not None or choice is not None
        along: FrameAxis | None = ("time" if choice == "all" else "space") if is_chosen else None
        found = await self._prepare(source, series, folder, orientation, along)
        stale = self._ready.pop((str(source), found.series), None)
        if stale is not None and stale is not found:
            await self._decoder.call(CloseSourceRequest(stale.key))
        try:
            _require_time(found.info, choice)
            workspace = await asyncio.to_thread(Workspace, found.folder)
            sequence = ActiveSequence(found.key, source, found.series, found.info, workspace, found.name)
            opened = await asyncio.to_thread(_enter, sequence, found)
        except BaseException:
            await self._decoder.call(CloseSourceRequest(found.key))
            raise
        if isinstance(choice, int) and found.info.time_points > 1:
            order = order_of(found.info)
            opened = replace(opened, frame=order.frame(choice, order.slice_of(opened.frame)))
        return replace(sequence, info=opened.info), opened

    async def open_ahead(self, path: Path, series: str | None) -> tuple[str, SequenceInfo]:
        """Open a source in the decoder in advance; return its key and description.

        Raises SequenceError or SeveralSeries.
        """
        source, (series, _), folder = await self._find(path, series)
        found = await self._prepare(source, series, folder, None, None)
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

    async def _find(
        self, path: Path, series: str | None
    ) -> tuple[Path, tuple[str | None, TimeChoice], Path | None]:
        """Return the source, the series with its time point and, if given in its place, the workspace folder."""
        given = path.expanduser().absolute()
        folder = given if await asyncio.to_thread(is_workspace, given) else None
        source = given if folder is None else await asyncio.to_thread(find_source, given)
        record = None if folder is None else await asyncio.to_thread(SourceRecord.read, folder)
        base, choice = split_time(series or (record.series if record is not None else None))
        if base is not None and choice is not None:
            # The only series has the same workspace, whether it is named or not.
            several = (await self._decoder.call(ListSeriesRequest(source))).series
            base = base if len(several) > 1 else None
        return source, (base, choice), folder

    async def _prepare(
        self,
        source: Path,
        series: str | None,
        folder: Path | None,
        orientation: Orientation | None,
        along: FrameAxis | None,
    ) -> _Prepared:
        """Return the source opened in the decoder, now or in advance if its content is still the same."""
        samples = await asyncio.to_thread(sample_files, source)
        name = identity_of(samples, series)
        place, earlier = await asyncio.to_thread(self._workspaces, source, series, name, folder)
        record = await asyncio.to_thread(SourceRecord.read, place)
        if record is None and earlier:
            # Its masks are carried over in the direction in which they were made.
            record = await asyncio.to_thread(SourceRecord.read, earlier[0])
        before: View = (record.orientation, record.along) if record is not None else (None, "space")
        is_new = not await asyncio.to_thread(is_workspace, place)
        default = before[0] or (self._default if is_new else None), before[1]
        wanted = orientation or default[0], along or default[1]
        ready = self._ready.get((str(source), series))
        if ready is not None and (ready.name, default) == (name, wanted):
            return ready
        self._count += 1
        key = str(self._count)
        spec = SourceSpec(source, series, place / "index", wanted[0], along=wanted[1])
        info = await self._decoder.call(OpenSourceRequest(key, spec))
        times: tuple[Path, ...] = ()
        if info.time_points > 1:
            times = await asyncio.to_thread(find_time_point_work, self._root, samples, series)
        return _Prepared(key, series, name, place, before, info, samples, earlier, times)

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
        self,
        sequence: ActiveSequence,
        orientation: Orientation,
        along: FrameAxis,
        place: tuple[int, Vector],
        window: Window | None,
    ) -> tuple[ActiveSequence, SequenceOpened]:
        """Slice an open scan in another direction, with its masks.

        place: the time point and the voxel (k, j, i) where the cross-hairs stay.
        Raises StorageFull or WorkspaceError; then all is as it was.
        """
        info = await self._decoder.call(OrientScanRequest(sequence.key, orientation, along))
        turned = replace(sequence, info=info)
        try:
            opened = await asyncio.to_thread(_turn, turned, sequence.info)
        except BaseException:
            before = sequence.info
            if before.orientation is not None:
                await self._decoder.call(OrientScanRequest(sequence.key, before.orientation, before.along))
            raise
        frame, x, y = frame_with(info, *place)
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
    workspace, info, (before, along) = sequence.workspace, sequence.info, found.before
    try:
        if before is None and info.kind == "volume":
            before = geometry_of(info).stored_orientation
        is_same = before is None or (before, along) == (info.orientation, info.along)
        last = info if before is None or is_same else _sliced(info, before, along)
        said = set_unplaced_work_aside(workspace, last)
        workspace.switch_journal(journal_name(last))
        if sign_off_in_force(sign_offs_from_wire(workspace.journal.meta("sign_offs", []))) is None:
            said += take_over_time_points(workspace, last, found.time_points, workspace.index_folder)
        said += take_over_work(workspace, last, found.samples, found.earlier)
        if last is info:
            return _read(sequence, said)
        return _turn(sequence, last, said)
    except BaseException:
        workspace.close()
        raise


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
    lines: dict[tuple[int, int], Lines]
    selected: int | None
    seen: bytes
    comments: tuple[Comment, ...]
    sign_offs: tuple[SignOff, ...]

    @classmethod
    def of(cls, journal: Journal) -> Self:
        return cls(
            journal.meta("window"),
            lines_from_wire(journal.meta("lines", [])),
            journal.meta("selected"),
            seen_from_wire(journal.meta("seen", b"")),
            comments_from_wire(journal.meta("comments", [])),
            sign_offs_from_wire(journal.meta("sign_offs", [])),
        )


def _carry(
    workspace: Workspace, found: JournalContents, last: SequenceInfo, info: SequenceInfo, kept: _Kept
) -> None:
    journal = workspace.journal
    known = journal.read(limit=0)
    workspace.index_folder.mkdir(exist_ok=True)
    edit = reorient_masks(found, last, known, info, workspace.index_folder)
    lines = lines_to_wire(lock_lines(found, kept.lines, last, info))
    signed = sign_offs_to_wire(kept.sign_offs)
    values: dict[str, Any] = {
        "window": kept.window,
        "lines": lines,
        "selected": kept.selected,
        "sign_offs": signed,
    }
    if last.orientation == info.orientation:
        orders = order_of(last), order_of(info)
        if len(kept.seen) == info.frames:
            values["seen"] = seen_to_wire(_reordered(kept.seen, *orders))
        own = comments_from_wire(journal.meta("comments", []))
        if (comments := reorder_comments(kept.comments, own, *orders)) != own:
            edit = replace(edit or Edit(known.next_edit, turn_title(last)), comments=(own, comments))
    journal.write([] if edit is None else [JournalEntry(edit, "done", time.time())], values)


def _reordered(seen: bytes, before: FrameOrder, after: FrameOrder) -> bytes:
    """Return a byte for each frame in another order."""
    places = ((after.time_of(frame), after.slice_of(frame)) for frame in range(after.frames))
    return bytes(seen[before.frame(*place)] for place in places)


def _require_time(info: SequenceInfo, choice: TimeChoice) -> None:
    """Refuse a time point that there is not."""
    count = info.time_points
    if isinstance(choice, int) and not 0 <= choice < count:
        there = "there is 1" if count == 1 else f"there are {count}"
        raise SequenceError(
            f"There is no time point {choice}; {there}.", subject=info.path, remedy="Count from 0."
        )


def _sliced(info: SequenceInfo, orientation: Orientation, along: FrameAxis) -> SequenceInfo:
    """Return the description of a scan sliced in another direction."""
    plane = geometry_of(info).plane(orientation)
    return replace(
        info,
        frames=plane.frames * info.time_points,
        width=plane.width,
        height=plane.height,
        orientation=orientation,
        along=along,
    )


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
        window=window_from_wire(journal.meta("window")),
        seen=seen_from_wire(journal.meta("seen", b"")),
        lines=tuple(lines_from_wire(journal.meta("lines", [])).items()),
        comments=comments_from_wire(journal.meta("comments", [])),
        tiers=table_from_wire(journal.meta("tiers"), journal.meta("intervals")),
        selected=journal.meta("selected"),
        sign_offs=found.sign_offs,
    )
