"""Opener of sequences: source, workspace and the decoder's reader together. Used on the event loop's thread."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from app.domain.annotation import FrameAxis, Orientation, SequenceInfo, Window
from app.domain.errors import SequenceError, WorkspaceError
from app.domain.frame_order import TimeChoice, order_of, split_time
from app.imaging.volume_geometry import Vector, frame_with, geometry_of, slice_scan
from app.imaging.voxel_sample import VoxelSample
from app.messages.events import SequenceOpened
from app.pipeline.requests.decoder_requests import (
    CloseSourceRequest,
    DecoderKind,
    ListSeriesRequest,
    OpenSourceRequest,
    OrientScanRequest,
    SampleVoxelsRequest,
)
from app.pipeline.requests.source_spec import SourceSpec
from app.pipeline.services.active_sequence import ActiveSequence
from app.pipeline.services.scan_turning import turn_scan
from app.pipeline.services.workspace_reading import read_workspace
from app.pipeline.workers.worker_handle import Caller, WorkerHandle
from app.storage.volume.reorient import journal_name
from app.storage.workspace.earlier_work import set_unplaced_work_aside, take_over_work
from app.storage.workspace.fingerprint import Samples, sample_files
from app.storage.workspace.identity import identity_of
from app.storage.workspace.readings import is_repeat
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
    voxels: VoxelSample | None  #: of a scan, where something else lay there before


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
        if ready is not None and (ready.name, ready.folder, default) == (name, place, wanted):
            return ready
        self._count += 1
        key = str(self._count)
        spec = SourceSpec(source, series, place / "index", wanted[0], along=wanted[1])
        info = await self._decoder.call(OpenSourceRequest(key, spec))
        times: tuple[Path, ...] = ()
        if info.time_points > 1 and not is_repeat(place):
            times = await asyncio.to_thread(find_time_point_work, self._root, samples, series)
        voxels = None
        if earlier and info.kind == "volume":
            voxels = (await self._decoder.call(SampleVoxelsRequest(key))).sample
        return _Prepared(key, series, name, place, before, info, samples, earlier, times, voxels)

    def _workspaces(
        self, source: Path, series: str | None, name: str, given: Path | None
    ) -> tuple[Path, tuple[Path, ...]]:
        """Return the workspace of a source, and those of what lay at its path before. given: one chosen by hand."""
        record = SourceRecord.read(given) if given is not None else None
        if given is not None and (record is None or record.fingerprint in ("", name)):
            return given, ()
        if given is not None and is_repeat(given):
            raise WorkspaceError(
                "The source is not as it was when it was read first.",
                subject=source,
                remedy="Withdraw this reading.",
            )
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
            opened = await asyncio.to_thread(turn_scan, turned, sequence.info)
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
        last = info if before is None or is_same else slice_scan(info, before, along)
        said = set_unplaced_work_aside(workspace, last)
        workspace.switch_journal(journal_name(last))
        said += take_over_time_points(workspace, last, found.time_points, workspace.index_folder)
        said += take_over_work(workspace, last, found.samples, found.earlier, found.voxels)
        if last is info:
            return read_workspace(sequence, said)
        return turn_scan(sequence, last, said)
    except BaseException:
        workspace.close()
        raise


def _require_time(info: SequenceInfo, choice: TimeChoice) -> None:
    """Refuse a time point that there is not."""
    count = info.time_points
    if isinstance(choice, int) and not 0 <= choice < count:
        there = "there is 1" if count == 1 else f"there are {count}"
        raise SequenceError(
            f"There is no time point {choice}; {there}.", subject=info.path, remedy="Count from 0."
        )
