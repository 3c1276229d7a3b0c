"""Exports, imports and label lists."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.domain.annotation import SequenceInfo
from app.domain.errors import ExportError, FramewiseError, IdentifyingPictures, LabelsClash, UsageError
from app.domain.export_selection import DEFAULT_SELECTION, DEFAULT_TARGET, ExportSelection, ExportTarget
from app.domain.finding import PictureAction
from app.domain.frame_order import order_of
from app.domain.label_clash import LabelAnswer
from app.messages import events as ev
from app.messages import orders as od
from app.messages.events.pictures import FindingsFound, PicturesRefused, PicturesReleased
from app.messages.snapshot import Snapshot
from app.pipeline.requests.exchange_requests import (
    DataSetRequest,
    ExchangeKind,
    ExportProgress,
    ExportReply,
    ExportRequest,
    ImportProgress,
    ImportReply,
    ImportRequest,
)
from app.pipeline.services.active_sequence import ActiveSequence
from app.pipeline.services.comparison_process import run_comparison
from app.pipeline.services.journal_writer import JournalWriter
from app.pipeline.services.service import OrderTable, Service
from app.pipeline.workers import priorities
from app.pipeline.workers.lazy_worker import LazyWorker
from app.pipeline.workers.shared_memory import SharedPool
from app.pipeline.workers.worker_handle import WorkerHandle
from app.storage.exporters.export_registry import export_format
from app.storage.exporters.label_list import read_labels, write_labels
from app.storage.workspace.frame_inspection import known_findings

_log = logging.getLogger(__name__)
# Between opening a sequence and starting the worker in advance, and between two tries while the annotator is busy.
LULL_SECONDS = 5.0


class ImportExport(Service):
    """Runs one export or import at a time in the exchange worker, which starts when idle or needed."""

    def __init__(
        self,
        pool: SharedPool,
        env: Mapping[str, str],
        journal_writer: JournalWriter,
        post: Callable[[ev.Event], None],
        kept_labels: Path,
        *,
        identify: bool = False,
        check_pictures: bool = True,
    ) -> None:
        """Prepare. kept_labels: file with the label list of later sequences and starts.

        identify, check_pictures: see Options.
        """
        self._identify, self._checks_pictures = identify, check_pictures
        self._kept_labels = kept_labels
        self._worker = LazyWorker(
            lambda: WorkerHandle(ExchangeKind, pool, nice=priorities.BACKGROUND, env=env)
        )
        self._early_start: asyncio.Task[None] | None = None
        self._snapshot = Snapshot()
        self._post = post
        self._busy = asyncio.Lock()
        self._export: asyncio.Task[None] | None = None
        self._import: asyncio.Task[None] | None = None
        self._sequence: ActiveSequence | None = None
        self._journal_writer = journal_writer

    def register(self, orders: OrderTable) -> None:
        orders.add(od.Export, self._begin_export)
        orders.add(od.ExportDataSet, self._begin_data_set)
        orders.add(od.Compare, self._begin_comparison)
        orders.add(od.CancelExport, lambda _order: _cancel(self._export))
        orders.add(od.ImportMasks, self._begin_import)
        orders.add(od.CancelImport, lambda _order: _cancel(self._import))
        orders.add(od.LoadLabels, lambda order: self.load_labels(Path(order.path)))
        orders.add(od.SaveLabels, lambda order: self.save_labels(Path(order.path)))
        orders.add(od.KeepLabels, self._keep_labels)

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Take the view, labels and sequence to be exported."""
        self._snapshot = snapshot

    def use_sequence(self, sequence: ActiveSequence | None) -> None:
        """Serve another sequence."""
        self._sequence = sequence
        if sequence is not None and self._early_start is None:
            self._early_start = asyncio.create_task(self._start_early())

    async def close(self) -> None:
        """Stop the worker."""
        if self._early_start is not None:
            self._early_start.cancel()
            await asyncio.wait([self._early_start])
        await self._worker.close()

    def _begin_export(self, order: od.Export) -> None:
        cancelled = ev.ExportEnded(
            order.job, error="The export was cancelled; unfinished files are as they were."
        )
        self._export = self._start_task(self._run_export(order), cancelled)

    def _begin_data_set(self, order: od.ExportDataSet) -> None:
        cancelled = ev.ExportEnded(
            order.job, error="The export was cancelled; the same export goes on where it stopped."
        )
        self._export = self._start_task(self._run_data_set(order), cancelled)

    def _begin_comparison(self, order: od.Compare) -> None:
        cancelled = ev.ExportEnded(order.job, error="The comparison was cancelled; no report was written.")
        self._export = self._start_task(self._run_comparison(order), cancelled)

    def _begin_import(self, order: od.ImportMasks) -> None:
        cancelled = ev.MasksImportFailed("The import was cancelled; nothing was changed.")
        self._import = self._start_task(self._run_import(order), cancelled)

    async def _keep_labels(self, order: od.KeepLabels) -> None:
        """Write the list of a kind of sequences; one for all of them replaces all."""
        if not order.kind:
            for path in await asyncio.to_thread(self._kept_by_kind):
                path.unlink(missing_ok=True)
        await asyncio.to_thread(write_labels, self._kept_place(order.kind), order.labels)

    def _kept_place(self, kind: str) -> Path:
        """Return the file with the labels for a kind of sequences, "" for any."""
        plain = self._kept_labels
        words = "".join(sign if sign.isalnum() else "-" for sign in kind)
        return plain.with_stem(f"{plain.stem}-{words}") if kind else plain

    def _kept_by_kind(self) -> dict[Path, str]:
        """Return the files with the labels for kinds of sequences."""
        plain = self._kept_labels
        found = plain.parent.glob(f"{plain.stem}-*{plain.suffix}")
        return {path: path.stem.removeprefix(f"{plain.stem}-").replace("-", " ") for path in found}

    async def export(
        self,
        kinds: Sequence[str],
        folder: Path,
        selection: ExportSelection = DEFAULT_SELECTION,
        on_progress: Callable[[ExportProgress], None] | None = None,
        target: ExportTarget = DEFAULT_TARGET,
        with_identity: bool | None = None,
        pictures: PictureAction = "refuse",
    ) -> ExportReply:
        """Write files of these kinds under a folder; say which, and what is void in them.

        with_identity: whether they may name the patient, None for what the settings say. pictures: what becomes of
        frames that show text or faces.

        Raises ExportError, IdentifyingPictures or StorageFull; what was there before is then still there.
        """
        sequence = self._sequence
        if sequence is None:
            raise UsageError("No sequence is open.", remedy="Open one first.")
        async with self._busy:
            await self._journal_writer.require_stored()
            worker = await self._worker.started()
            view = self._snapshot.view
            request = ExportRequest(
                sequence.workspace.journal.path,
                sequence.source,
                view.window,
                tuple(kinds),
                folder.expanduser().absolute(),
                sequence.export_owner,
                view.opacity,
                with_identity=self._identify if with_identity is None else with_identity,
                selection=selection,
                pictures=pictures if self._checks_pictures else None,
                name=target.name,
                objects=target.objects,
                overwrite=target.overwrite,
            )
            try:
                reply = await worker.submit(request, on_progress).outcome()
            except IdentifyingPictures:
                await self._tell_findings()
                raise
        if reply.flagged:
            self._post(PicturesReleased(pictures, len(reply.flagged), time.time()))
        return reply

    async def import_masks(
        self, path: Path, answer: LabelAnswer | None = None, *, asks: bool = False
    ) -> tuple[str, ...]:
        """Read masks as edits and return warnings. answer, asks: see ImportRequest. Raises ImportMasksError."""
        sequence = self._sequence
        if sequence is None:
            raise UsageError("No sequence is open.", remedy="Open one first.")
        async with self._busy:
            imported = await self._read(await self._worker.started(), path, sequence, answer, asks)
        self._post(imported)
        return imported.warnings

    async def load_labels(self, path: Path) -> None:
        """Read a label list; lines that cannot be parsed are named and left out."""
        labels, problems = await asyncio.to_thread(read_labels, path)
        if labels:
            self._post(ev.LabelsReplaced(tuple(labels)))
        if problems:
            listed = "; ".join(str(problem) for problem in problems)
            self._post(ev.Noticed("warning", f"{path.name}: {listed}"))

    async def recall_labels(self, wanted: Path | None) -> None:
        """Begin with the wanted label list, or with those of the last start, each for its kind of sequences."""
        try:
            if wanted is not None:
                await self.load_labels(wanted)
                return
            kept = await asyncio.to_thread(self._kept_by_kind)
            if await asyncio.to_thread(self._kept_labels.is_file):
                kept[self._kept_labels] = ""
            for path, kind in kept.items():
                labels, _ = await asyncio.to_thread(read_labels, path)
                self._post(ev.LabelsRecalled(kind, labels))
        except FramewiseError as error:
            self._post(ev.Noticed("error", str(error)))

    async def save_labels(self, path: Path) -> None:
        """Write the label list."""
        await asyncio.to_thread(write_labels, path, self._snapshot.labels)

    def _start_task(self, work: Coroutine[Any, Any, None], if_cancelled: ev.Event) -> asyncio.Task[None]:
        """Start work; post an event if it is cancelled, even before its first step."""

        def end(task: asyncio.Task[None]) -> None:
            if task.cancelled():
                self._post(if_cancelled)

        task = asyncio.create_task(work)
        task.add_done_callback(end)
        return task

    async def _run_export(self, order: od.Export) -> None:
        def advance(progress: ExportProgress) -> None:
            self._post(ev.ExportAdvanced(order.job, progress.kind, progress.done, progress.total))

        try:
            reply = await self.export(
                order.kinds, Path(order.folder), order.selection, advance, pictures=order.pictures
            )
            paths = tuple(str(path) for path in reply.paths)
            has_frames = any(export_format(kind).has_frames for kind in order.kinds)
            self._post(ev.ExportEnded(order.job, paths, reply.selected.note() if has_frames else ""))
        except IdentifyingPictures as error:
            again = ev.ExportRequested(error.refused, order.folder, order.selection)
            self._post(PicturesRefused(order.job, again, error.frames, error.kinds))
        except FramewiseError as error:
            self._post(ev.ExportEnded(order.job, error=str(error)))

    async def _tell_findings(self) -> None:
        """Tell what the frames of the open sequence show, as far as they were looked at."""
        if (sequence := self._sequence) is not None:
            found = await asyncio.to_thread(known_findings, sequence.workspace.journal.path)
            self._post(FindingsFound(sequence.info.path, tuple(found.items())))

    async def _run_data_set(self, order: od.ExportDataSet) -> None:
        def advance(progress: ExportProgress) -> None:
            self._post(ev.ExportAdvanced(order.job, progress.kind, progress.done, progress.total))

        try:
            async with self._busy:
                await self._journal_writer.require_stored()
                worker = await self._worker.started()
                folder = Path(order.folder).expanduser().absolute()
                request = DataSetRequest(
                    self._kept_labels.parent,
                    order.kind,
                    folder,
                    order.choice,
                    order.pictures if self._checks_pictures else None,
                    self._snapshot.operator,
                )
                reply = await worker.submit(request, advance).outcome()
            self._post(ev.ExportEnded(order.job, tuple(str(path) for path in reply.paths)))
            for warning in reply.warnings:
                self._post(ev.Noticed("warning", warning))
        except IdentifyingPictures as error:
            again = ev.DataSetRequested(order.kind, order.folder, order.choice)
            self._post(PicturesRefused(order.job, again, error.frames, error.kinds))
        except FramewiseError as error:
            self._post(ev.ExportEnded(order.job, error=str(error)))

    async def _run_comparison(self, order: od.Compare) -> None:
        def advance(done: int, total: int) -> None:
            self._post(ev.ExportAdvanced(order.job, "comparison", done, total))

        try:
            await self._journal_writer.flush()
            other = Path(order.other) if order.other else None
            ours, folder = self._kept_labels.parent, Path(order.folder)
            paths = await run_comparison(ours, other, folder, order.fingerprints, advance)
            self._post(ev.ExportEnded(order.job, paths))
        except FramewiseError as error:
            self._post(ev.ExportEnded(order.job, error=str(error)))

    async def _run_import(self, order: od.ImportMasks) -> None:
        try:
            await self.import_masks(Path(order.path), order.answer, asks=True)
        except LabelsClash as error:
            self._post(ev.LabelsClashed(order.path, error.clashes))
        except FramewiseError as error:
            self._post(ev.MasksImportFailed(str(error)))

    async def _read(
        self,
        worker: WorkerHandle[ExchangeKind],
        path: Path,
        sequence: ActiveSequence,
        answer: LabelAnswer | None,
        asks: bool,
    ) -> ev.MasksImported:
        found: dict[tuple[str, int, int], list[ev.ImportedMask]] = {}

        def collect(part: ImportProgress | ImportReply) -> None:
            for one in part.masks:
                mask = ev.ImportedMask(one.frame, one.mask, one.status, one.score, one.author)
                key = "" if one.own_id else one.key
                found.setdefault((key, one.label, one.own_id), []).append(mask)

        source, labels = sequence.source, tuple(self._snapshot.labels)
        place = path.expanduser().absolute()
        time_point = order_of(sequence.info).time_of(self._snapshot.sequence.frame)
        request = ImportRequest(
            place, source, sequence.info, labels, sequence.fingerprint, answer, asks, time_point
        )
        reply = await worker.submit(request, collect).outcome()
        collect(reply)
        objects = tuple(
            ev.ImportedObject(value, tuple(masks), own_id) for (_, value, own_id), masks in found.items()
        )
        return ev.MasksImported(reply.labels, objects, reply.warnings, reply.title, reply.tiers)

    async def _start_early(self) -> None:
        """Start the worker once the annotator is idle."""
        await asyncio.sleep(LULL_SECONDS)
        while self._is_busy_time:
            await asyncio.sleep(LULL_SECONDS)
        async with self._busy:
            try:
                await self._worker.started()
            except FramewiseError as error:
                _log.info("the exchange starts when it is needed: %s", error)

    @property
    def _is_busy_time(self) -> bool:
        state = self._snapshot
        working = state.pending or state.propagation or state.tasks.opening
        return bool(working or state.playback.playing or not state.models.engine)


def _cancel(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()


def autosave_folder(chosen: Path | None, info: SequenceInfo) -> Path:
    """Return the folder to which a sequence is exported when it is left: the chosen one, or "label" beside it.

    Raises ExportError when there is neither.
    """
    if chosen is not None:
        return chosen
    beside = Path(info.path).parent / "label"
    if not beside.parent.is_dir():
        raise ExportError("There is no folder to export to.", remedy="Choose one in the settings.")
    return beside
