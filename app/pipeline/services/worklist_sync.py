"""Worklist of a running pipeline: filled by the drop folder, kept in step with the work on the open sequence."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.domain.errors import FramewiseError
from app.domain.tier import TierTable
from app.domain.unmasked_frames import count_unmasked, masked_frames
from app.domain.worklist.entry import WorklistEntry, WorklistSnapshot
from app.domain.worklist.repeat_readings import count_finished
from app.domain.worklist.transitions import (
    begin_work,
    end_propagation,
    make_outside_entry,
    mark_done,
    record_change,
    record_propagation,
    reopen_entry,
    reviewed_share,
)
from app.messages import worklist_orders as wo
from app.messages.events import Event, Noticed
from app.messages.events.worklist import WorklistChanged
from app.messages.snapshot import Snapshot
from app.pipeline.drop_folder import DropFolderWatcher, ProbeWorker
from app.pipeline.options import Options
from app.pipeline.services.active_sequence import ActiveSequence
from app.pipeline.services.mask_reader import MaskReader
from app.pipeline.services.repeat_rows import RepeatRows
from app.pipeline.services.service import OrderTable, Service
from app.pipeline.workers.shared_memory import SharedPool
from app.storage.workspace.quarantine import Quarantine
from app.storage.workspace.readings import is_repeat
from app.storage.workspace.thumbnail_files import remove_stray_thumbnails
from app.storage.workspace.worklist_store import NAME, Worklist

QUARANTINE = "quarantine"
REPEAT_SECONDS = 60.0  # between two looks for repeat readings that are due; chosen by hand
COUNT_SECONDS = 1.0  # between two counts of the open sequence's progress; chosen by hand
TAKEN = (
    "{} is open, but its file is no longer in the drop folder. What was done is kept; "
    "copy the file back, or connect its drive."
)
REPLACED = (
    "{} is open, but its file was replaced. What was done is kept for the file as it was; "
    "open the new one, which is in the worklist as well."
)


class WorklistSync(Service):
    """Keeps the worklist. Without a drop folder it does nothing."""

    def __init__(
        self,
        options: Options,
        pool: SharedPool,
        masks: MaskReader,
        flush: Callable[[], Awaitable[object]],
        post: Callable[[Event], None],
    ) -> None:
        """Keep the worklist of a workspace folder. flush: waits until all edits are durable."""
        self._options, self._pool, self._post = options, pool, post
        self._masks, self._flush = masks, flush
        self._state = Snapshot()
        self._version = -1
        self._folder = options.drop_folder
        self._moved = asyncio.Event()
        self._worklist: Worklist | None = None
        self._watcher: DropFolderWatcher | None = None
        self._snapshot = WorklistSnapshot()
        self._current = ""
        self._is_edited = False
        self._tiers: TierTable | None = None
        self._counted = 0.0
        self._open: ActiveSequence | None = None
        self._repeats = RepeatRows(options.workspace, options.repeats, post)

    def register(self, orders: OrderTable) -> None:
        for kind in (wo.FinishEntry, wo.ReopenEntry, wo.RetryEntry, wo.WatchFolder, wo.ToggleRepeat):
            orders.add(kind, self._after_flush)

    async def run(self) -> None:
        """Watch the drop folder until cancelled."""
        await self._wait_for_folder()
        root = self._options.workspace
        try:
            worklist = await asyncio.to_thread(Worklist, root / NAME)
        except FramewiseError as error:
            self._post(Noticed("warning", str(error)))
            return
        if worklist.damaged is not None:
            text = (
                f"The worklist was damaged and begins anew; the old one is kept as {worklist.damaged.name}."
            )
            self._post(Noticed("warning", text))
        with worklist:
            await asyncio.to_thread(remove_stray_thumbnails, root, worklist.entries)
            async with ProbeWorker(self._pool, root, self._options.environment) as probe_worker:
                while True:
                    await self._watch(await self._wait_for_folder(), worklist, probe_worker)

    async def _wait_for_folder(self) -> Path:
        """Show no list while no folder is watched; return the one that is chosen."""
        while self._folder is None:
            self._worklist = self._watcher = None
            self._snapshot, self._current = WorklistSnapshot(), ""
            self._publish()
            await self._moved.wait()
            self._moved.clear()
        return self._folder

    async def _watch(self, folder: Path, worklist: Worklist, probe_worker: ProbeWorker) -> None:
        """Watch a folder until another one is chosen."""
        self._moved.clear()
        adopt_folder(worklist, folder)
        self._worklist = worklist
        if self._open is not None and not self._current:
            self.note_opened(self._open)
        root = self._options.workspace
        async with DropFolderWatcher(
            folder,
            worklist,
            probe_worker.probe,
            self._changed,
            on_notice=lambda text: self._post(Noticed("info", text)),
            on_arrival=probe_worker.start_early,
            quarantine=Quarantine(root / QUARANTINE),
            avoid=[root],
        ) as self._watcher:
            while not self._moved.is_set():
                await self._repeats.add_due(worklist)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._moved.wait(), REPEAT_SECONDS)

    def _changed(self, snapshot: WorklistSnapshot) -> None:
        self._options.learn((entry.path for entry in snapshot.entries), snapshot.folder.path)
        self._warn(self._snapshot.entry(self._current), snapshot.entry(self._current))
        self._snapshot = snapshot
        self._publish()

    def _warn(self, before: WorklistEntry | None, after: WorklistEntry | None) -> None:
        """Warn when the file of the open sequence goes, since what is read of it afterwards cannot be trusted."""
        if before is not None and after is not None and after.missing and not before.missing:
            self._post(Noticed("warning", (REPLACED if after.reason else TAKEN).format(after.name)))

    def _publish(self) -> None:
        self._post(WorklistChanged(self._snapshot, self._current))

    def note_opened(self, sequence: ActiveSequence) -> None:
        """Note that a sequence was opened; one from elsewhere joins the list."""
        self._open = sequence
        worklist = self._worklist
        if worklist is None:
            return
        now = time.time()
        known = _entry_of(worklist, sequence)
        if known is None:
            entry_id, name = uuid.uuid4().hex[:12], sequence.fingerprint
            entry = make_outside_entry(entry_id, sequence.info, name, sequence.series, now)
        else:
            entry = begin_work(_moved(known, sequence.path), now)
        worklist.put(entry)
        self._current, self._is_edited, self._counted = entry.entry_id, False, 0.0
        self._version, self._tiers = -1, None
        self._publish()

    def note_left(self) -> None:
        """Note that the open sequence is left."""
        self._update()
        entry = self._entry()
        if entry is not None:
            self._put(end_propagation(entry))
        self._current, self._open = "", None
        self._publish()

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Bring the open sequence's entry up to date."""
        self._state = snapshot
        if self._open is not None and snapshot.sequence.info is self._open.info:
            before, self._version = self._version, self._masks.version
            tiers, self._tiers = self._tiers, snapshot.sequence.tiers
            self._is_edited |= before not in (-1, self._version) or (
                tiers is not None and tiers is not self._tiers
            )
            self._update()

    def _update(self) -> None:
        entry, state = self._entry(), self._state
        if entry is None or self._open is None or state.sequence.info is not self._open.info:
            return
        active = state.propagation
        if active is None:
            entry = end_propagation(entry)
        elif entry.can_open:
            entry = record_propagation(entry, round(active.done / max(active.total, 1), 2))
        entry = replace(entry, flagged=len(state.sequence.findings))
        now = time.monotonic()
        if (self._is_edited or not self._counted) and (
            now - self._counted >= COUNT_SECONDS or active is None
        ):
            entry = self._with_progress(entry)
            self._counted = now
        self._put(entry)

    def note_inspected(self, entry_id: str, share: float, flagged: int) -> None:
        """Note which share of an entry's frames was looked over, and how many show text or faces."""
        entry = self._worklist.get(entry_id) if self._worklist is not None else None
        if entry is not None:
            self._put(replace(entry, inspected=round(share, 2), flagged=flagged))

    def _after_flush(self, order: wo.WorklistOrder) -> Coroutine[Any, Any, None]:
        """Carry out an order once all edits before it are durable, unless its sequence was left meanwhile."""
        entry_id = self._current

        async def carry_out() -> None:
            await self._flush()
            is_of_sequence = isinstance(order, (wo.FinishEntry, wo.ReopenEntry))
            if not is_of_sequence or self._current == entry_id:
                self._carry_out(order)
            if self._worklist is not None:
                if isinstance(order, wo.ToggleRepeat):
                    await self._repeats.toggle(self._worklist, order.entry_id, self._current)
                elif isinstance(order, wo.FinishEntry):
                    await self._repeats.add_due(self._worklist)

        return carry_out()

    def _carry_out(self, order: wo.WorklistOrder) -> None:
        if isinstance(order, wo.WatchFolder):
            self._folder = Path(order.path).expanduser() if order.path else None
            self._moved.set()
            return
        if self._worklist is None or self._watcher is None:
            if isinstance(order, wo.FinishEntry):
                self._post(
                    Noticed(
                        "info", "There is no worklist in which this could be noted: no folder is watched."
                    )
                )
            return
        entry = self._entry()
        match order:
            case wo.FinishEntry() if entry is not None:
                entry = end_propagation(self._with_progress(entry))
                done = count_finished(mark_done(entry, order.operator, time.time()), self._worklist.entries)
                self._put(done)
                by = f" by {order.operator}" if order.operator else ""
                self._post(Noticed("info", f"{entry.name} is done{by}."))
            case wo.ReopenEntry() if entry is not None:
                self._put(reopen_entry(entry, time.time()))
            case wo.RetryEntry():
                self._retry(self._watcher, order.entry_id)

    def _retry(self, watcher: DropFolderWatcher, entry_id: str) -> None:
        if entry_id:
            watcher.retry_entry(entry_id)
        else:
            watcher.rescan()

    def _with_progress(self, entry: WorklistEntry) -> WorklistEntry:
        """Return the entry with its progress; one edited since the last count is no longer done."""
        if not entry.state.can_open:
            return entry
        state = self._state
        share = reviewed_share(track.statuses for track in state.tracks)
        used = {item.label for item in state.sequence.objects}
        names = tuple(label.name for label in state.labels if label.value in used)
        frames = state.sequence.info.frames if state.sequence.info is not None else 0
        masked = masked_frames((track.statuses for track in state.tracks), frames)
        counts = count_unmasked(state.sequence.tiers, masked)
        entry = replace(entry, unmasked=tuple(f"{term}: {count} without a mask" for term, count in counts))
        if self._is_edited:
            self._is_edited = False
            return record_change(entry, time.time(), share, names)
        return replace(entry, progress=share, labels=names)

    def _entry(self) -> WorklistEntry | None:
        return self._worklist.get(self._current) if self._worklist is not None and self._current else None

    def _put(self, entry: WorklistEntry) -> None:
        assert self._worklist is not None
        self._worklist.put(entry)


def adopt_folder(worklist: Worklist, folder: Path) -> None:
    """Make a list serve a drop folder, maybe another one than before.

    Entries of another folder that were worked on stay, as if they had been opened from there; the rest goes.
    """
    strangers = [entry for entry in worklist.entries if entry.dropped and not _is_in(entry.path, folder)]
    worklist.put(*(replace(entry, dropped=False) for entry in strangers if entry.state.is_touched))
    worklist.remove(*(entry.entry_id for entry in strangers if not entry.state.is_touched))


def _is_in(path: str, folder: Path) -> bool:
    return Path(path).is_relative_to(folder.absolute())


def _moved(entry: WorklistEntry, path: Path) -> WorklistEntry:
    """Return the entry of a sequence opened from a path that replaces a missing file."""
    if not entry.missing:
        return entry
    return replace(entry, path=str(path), missing=False, dropped=False, reason="")


def _entry_of(worklist: Worklist, sequence: ActiveSequence) -> WorklistEntry | None:
    """Return the entry of a sequence: by its content, or else by its path; a repeat reading has its own."""
    if is_repeat(sequence.workspace.folder):
        return next(iter(worklist.find_by_path(str(sequence.workspace.folder))), None)
    known = worklist.find_by_fingerprint(sequence.fingerprint)
    if known is not None:
        return known
    here: Iterable[WorklistEntry] = worklist.find_by_path(str(sequence.path))
    return next((entry for entry in here if entry.series == sequence.series and entry.can_open), None)
