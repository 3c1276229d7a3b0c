"""Runner of the jobs that are done while nobody works: decides when, in a process of its own, and gives way."""

import asyncio
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Final

from app.domain.batch_jobs import BatchEntry, BatchJob, NightQueue, next_entry
from app.domain.errors import FramewiseError, WorkspaceBusy
from app.messages import night_orders as no
from app.messages.events import Event, Noticed, SequenceClosed
from app.messages.events.night import NightQueueChanged
from app.messages.snapshot import Snapshot
from app.pipeline.options import Options
from app.pipeline.services.batch_process import BatchProcess
from app.pipeline.services.service import OrderTable, Service
from app.storage.workspace.batch_list import NAME, BatchList, Entries

CHECK_SECONDS: Final = 1.0  # between two looks at clock and list; chosen by hand
RETRY_SECONDS: Final = 300.0  # before a run is tried again that ended with jobs left; chosen by hand


class NightRunner(Service):
    """Keeps the queue. Without options for it, it does nothing.

    The jobs are done by `framewise batch`, so that a defect, a crash or the memory of a job never touches the window.
    A person who comes back has that process ended, not stopped: its memory and the locks of its workspace are
    free then, and all it did is durable.
    """

    def __init__(self, options: Options, post: Callable[[Event], None]) -> None:
        self._options, self._post = options, post
        self._jobs = BatchList(options.workspace / NAME)
        night = options.night
        self._queue = NightQueue((), False, night.hours, night.idle_minutes) if night else NightQueue()
        self._state = Snapshot()
        self._process: BatchProcess | None = None
        self._following: asyncio.Task[None] | None = None
        self._changing, self._ending = asyncio.Lock(), asyncio.Lock()
        self._woken = asyncio.Event()
        self._person_at = self._not_before = 0.0
        self._modified = -1
        self._problem = ""

    def register(self, orders: OrderTable) -> None:
        orders.add(no.QueueJobs, self._queue_jobs)
        orders.add(no.RemoveJobs, self._remove)
        orders.add(no.MoveJob, lambda order: self._change(lambda: self._jobs.move(order.job_id, order.step)))
        orders.add(no.DecideJobPictures, self._decide_pictures)
        orders.add(no.SetNightHours, self._set_hours)
        orders.add(no.YieldToPerson, self._yield_to_person)

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Take the state, which tells what the window itself has under way."""
        self._state = snapshot

    async def run(self) -> None:
        """Run jobs whenever that is due, until cancelled."""
        if self._options.night is None:
            return
        self._person_at = self._now
        self._post(NightQueueChanged(self._queue))
        while True:
            await self._read_if_changed()
            if self._process is not None and not (self._is_elsewhere or self._is_due()):
                await self.end_run()
            elif self._process is None and self._is_due() and self._now >= self._not_before:
                await self._begin()
            with suppress(TimeoutError):
                async with asyncio.timeout(CHECK_SECONDS):
                    await self._woken.wait()
            self._woken.clear()

    async def give_way(self) -> None:
        """End the run under way on this machine, if any; its job goes on with the next."""
        if not self._is_elsewhere:
            await self.end_run()

    async def end_run(self) -> None:
        """End the run under way, if any; its jobs go on with the next."""
        async with self._ending:
            process, self._process = self._process, None
            if process is None:
                return
            await process.end()
            if self._following is not None:
                await asyncio.wait([self._following])
            await self._change(self._put_off)

    async def close(self) -> None:
        """End the run under way."""
        await self.end_run()

    @property
    def _is_elsewhere(self) -> bool:
        """Whether the jobs are done on other machines, where nobody here is in their way."""
        return self._options.night is not None and bool(self._options.night.scheduler)

    @property
    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _is_due(self) -> bool:
        """Whether nobody works, the hours hold for a job, and the window has nothing under way itself."""
        state = self._state
        is_busy = state.propagation or state.tasks.export or state.tasks.importing or state.models.loading
        if is_busy or self._now - self._person_at < 60 * self._queue.idle_minutes:
            return False
        return next_entry(self._queue.entries, self._may_run) is not None

    def _may_run(self, entry: BatchEntry) -> bool:
        hours = self._queue.hours
        return hours is None or entry.job.any_hour or hours.holds(datetime.now().time())

    async def _begin(self) -> None:
        """Start a run; the window lets go of a sequence that is in it."""
        opened = self._state.sequence.info
        waiting = [entry.job.source for entry in self._queue.entries if not entry.is_over]
        if opened is not None and opened.path in waiting:
            self._post(SequenceClosed())
            self._not_before = self._now + CHECK_SECONDS
            return
        try:
            self._process = await BatchProcess.start(self._words())
        except OSError as error:
            self._post(Noticed("error", f"The night queue cannot run ({error.strerror})."))
            self._not_before = self._now + RETRY_SECONDS
            return
        self._following = asyncio.create_task(self._follow(self._process))
        self._show(is_running=True)

    def _words(self) -> list[str]:
        """Return the words of the command line."""
        options, models = self._options, self._state.models.choice
        words = ["--workspace", str(options.workspace), "--engine", models.click]
        words += ["--propagation", models.propagation, "--device", options.device]
        words += ["--threads", str(options.threads)]
        if self._queue.hours is not None:
            words += ["--between", str(self._queue.hours)]
        if options.night is not None and options.night.scheduler:
            words += ["--scheduler", options.night.scheduler]
            words += ["--insecure"] * options.night.insecure + ["--share"] * options.night.share
        words += ["--unchecked-pictures"] * (not options.check_pictures)
        if options.night is not None and options.night.learns:
            words += ["--learn", "--models", str(options.models_folder)]
        return words + ["--identify"] * options.identify

    async def _follow(self, process: BatchProcess) -> None:
        """Show what a run tells. One that leaves jobs, as those that are open elsewhere, is tried again later."""
        await process.follow(
            self._take,
            lambda text: self._post(Noticed("warning", f"Night queue: {text}")),
            lambda text: self._post(Noticed("info", f"Learning from this site: {text}")),
        )
        if self._process is process:
            self._process = None
            self._not_before = self._now + RETRY_SECONDS
            await self._change(self._put_off)
        self._show(is_running=False)

    def _take(self, entry: BatchEntry) -> None:
        entries = self._queue.entries
        self._show(tuple(entry if one.job_id == entry.job_id else one for one in entries))

    def _put_off(self) -> Entries:
        """Have a job wait that a run was ended in, unless another program does it."""
        try:
            with self._jobs.running():
                return self._jobs.change(
                    lambda entries: tuple(
                        one.put_off() if one.status == "running" else one for one in entries
                    )
                )
        except WorkspaceBusy:
            return self._jobs.read()

    async def _queue_jobs(self, order: no.QueueJobs) -> None:
        await self._change(lambda: self._jobs.add(order.jobs))
        self._not_before = 0.0
        hours = self._queue.hours
        when = f"between {hours}, " if hours is not None and not order.jobs[0].any_hour else ""
        count = "1 sequence" if len(order.jobs) == 1 else f"{len(order.jobs)} sequences"
        minutes = f"{self._queue.idle_minutes:g} min"
        self._post(Noticed("info", f"{count} queued: {when}once nobody has worked for {minutes}."))

    async def ask_for_pictures(self, job: BatchJob, flagged: int) -> None:
        """Keep an export whose pictures were refused, until a person says what becomes of them."""
        entry = BatchEntry(job, uuid.uuid4().hex[:12]).finish(time.time(), job.exports, flagged)
        if self._options.night is not None:
            await self._change(lambda: self._jobs.put_new(entry))
        self._post(Noticed("warning", entry.problem))

    async def _decide_pictures(self, order: no.DecideJobPictures) -> None:
        ids = (order.job_id,)
        await self._change(lambda: self._jobs.decide_pictures(order.action, order.operator, ids))

    async def _remove(self, order: no.RemoveJobs) -> None:
        running = {entry.job_id for entry in self._queue.entries if entry.status == "running"}
        if running & set(order.job_ids):
            await self.end_run()
        await self._change(lambda: self._jobs.remove(order.job_ids))

    async def _set_hours(self, order: no.SetNightHours) -> None:
        """Use other hours; a run under way knows the old ones, so that another one begins."""
        self._queue = replace(self._queue, hours=order.hours, idle_minutes=order.idle_minutes)
        self._show()
        await self.end_run()

    async def _yield_to_person(self, _order: no.YieldToPerson) -> None:
        self._person_at = self._now
        self._not_before = 0.0
        await self.give_way()

    async def _read_if_changed(self) -> None:
        """Read the list again where another program, or the run, has written it."""
        try:
            modified = self._jobs.path.stat().st_mtime_ns
        except OSError:
            modified = 0
        if modified != self._modified:
            self._modified = modified
            await self._change(self._jobs.read)

    async def _change(self, change: Callable[[], Entries]) -> None:
        """Read or write the list in a thread, and show it; what is wrong with it is said once."""
        async with self._changing:
            try:
                entries = await asyncio.to_thread(change)
                self._problem = ""
            except FramewiseError as error:
                entries = ()
                if str(error) != self._problem:
                    self._problem = str(error)
                    self._post(Noticed("error", str(error)))
            self._show(entries)
        self._woken.set()

    def _show(self, entries: Entries | None = None, is_running: bool | None = None) -> None:
        before = self._queue
        self._queue = replace(
            before,
            entries=before.entries if entries is None else entries,
            is_running=before.is_running if is_running is None else is_running,
        )
        if self._queue != before:
            self._post(NightQueueChanged(self._queue))
