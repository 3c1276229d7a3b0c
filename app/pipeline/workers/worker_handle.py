"""Handle of one worker process on the event loop's thread: starts it again when it dies, and gives it jobs."""

import asyncio
import logging
import signal
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from itertools import count
from typing import Any, Final, Generic, Protocol, Self, TypeVar

from app.domain.errors import FramewiseError, UsageError, WorkerDied, WorkerError, WorkerHung, from_wire
from app.files.process_activity import ProcessActivity
from app.pipeline.workers.job import Job
from app.pipeline.workers.job_queue import AnyJob, JobQueue
from app.pipeline.workers.memory_limit import MemoryLimit
from app.pipeline.workers.message_codec import ProtocolError
from app.pipeline.workers.protocol import PROTOCOL, Cancelled, Message, encode_message
from app.pipeline.workers.request import Request, WorkerKind
from app.pipeline.workers.shared_memory import SharedPool
from app.pipeline.workers.timeouts import CANCEL_GRACE, SILENCE, HangDetector, Timeouts
from app.pipeline.workers.worker_process import Launch, WorkerProcess

# A worker that dies so often within so many seconds stays down until the next submit: an input or a broken machine
# kills it, and starting it again takes the processor from what works. Chosen by hand.
MAX_DEATHS: Final = 5
DEATH_WINDOW: Final = 60.0
_LONGEST_DELAY = 5.0  # seconds before a restart
_QUIT: Final = encode_message({"kind": "quit"})

KindT = TypeVar("KindT", bound=WorkerKind)
KindT_co = TypeVar("KindT_co", bound=WorkerKind, covariant=True)
ReplyT = TypeVar("ReplyT")
ProgressT = TypeVar("ProgressT")


class Caller(Protocol[KindT_co]):
    """Receiver of requests to a kind of worker: its handle, or a worker that is being restored."""

    async def call(self, request: Request[KindT_co, ReplyT, Any]) -> ReplyT:
        """Do a job and await its reply."""


OnRestart = Callable[[Caller[KindT]], Coroutine[Any, Any, None]]


class WorkerHandle(Generic[KindT_co]):
    """A worker process that comes back when it dies, hangs or takes too much memory.

    env: further variables, such as OMP_NUM_THREADS. memory_limit: bytes of its own, see MemoryLimit.
    on_restart: restores the worker's state through the Caller it is given, before any other job is sent.
    All methods belong to the thread of the event loop; that thread must live as long as the worker,
    because the kernel kills the worker together with the thread that started it.
    """

    def __init__(
        self,
        kind: type[KindT_co],
        pool: SharedPool,
        *,
        nice: int = 0,
        hang_after: float = 60.0,
        cancel_grace: float = CANCEL_GRACE,
        start_timeout: float = 60.0,
        leave_timeout: float = 2.0,
        memory_limit: int | None = None,
        env: Mapping[str, str] | None = None,
        on_restart: OnRestart[KindT_co] | None = None,
    ) -> None:
        self.name = kind.__name__.removesuffix("Kind").lower()
        self._timeouts = Timeouts(
            start_timeout, hang_after, cancel_grace, leave_timeout, silence=min(SILENCE, hang_after)
        )
        self._launch = Launch(self.name, kind.role, pool, nice, self._timeouts.beat, env or {})
        self._memory_limit = MemoryLimit() if memory_limit is None else MemoryLimit(memory_limit)
        self._on_restart = on_restart
        self._log = logging.getLogger(f"framewise.worker.{self.name}")
        self._numbers = count(1)
        self._queue = JobQueue()
        self._process: WorkerProcess | None = None
        self._hang_detector = HangDetector(self._timeouts)
        self._is_open = False
        self._is_paused = False
        self._is_heard = False
        self._is_closing = False
        self._kill_reason: Exception | None = None
        self._deaths: deque[float] = deque(maxlen=MAX_DEATHS)
        self._wanted = asyncio.Event()
        self._first_ready: asyncio.Future[None] | None = None
        self._service: asyncio.Task[None] | None = None
        self._restoring: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the present process, None between two."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Start the process and wait until it is ready.

        Raises WorkerDied or WorkerHung, with the last lines that the process wrote.
        """
        if self._service is not None:
            raise UsageError("The worker was started before.", subject=self.name)
        self._first_ready = asyncio.get_running_loop().create_future()
        self._service = asyncio.create_task(self._serve(self._first_ready))
        self._service.add_done_callback(self._out_of_service)
        try:
            await self._first_ready
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """End the process, politely at first; jobs that are not done end as cancelled."""
        self._is_closing = True
        if self._process is not None:
            await self._process.end(_QUIT, self._timeouts.leave)
        if self._service is not None:
            self._service.cancel()
            await asyncio.wait([self._service])
        self._queue.fail_all(Cancelled())

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def submit(
        self,
        request: Request[KindT_co, ReplyT, ProgressT],
        on_progress: Callable[[ProgressT], None] | None = None,
    ) -> Job[ReplyT, ProgressT]:
        """Give the worker a job; jobs are done in order. on_progress is called in the event loop.

        Raises UsageError when the request cannot be sent or the worker is closed.
        """
        if self._is_closing or (self._service is not None and self._service.done()):
            raise UsageError("The worker is closed.", subject=self.name)
        job = self._job(request, on_progress)
        self._queue.add(job)
        self._wanted.set()
        self._flush()
        return job

    async def call(self, request: Request[KindT_co, ReplyT, Any]) -> ReplyT:
        """Do a job and await its reply; raises what Job.outcome raises."""
        return await self.submit(request).outcome()

    def pause(self) -> None:
        """Stop the process where it stands (SIGSTOP), even at its start; no limit counts until resume."""
        self._is_paused = True
        if self._process and self._is_heard:
            self._process.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let the process go on."""
        self._is_paused = False
        if self._process:
            self._process.signal(signal.SIGCONT)

    def _job(
        self, request: Request[Any, ReplyT, ProgressT], on_progress: Callable[[ProgressT], None] | None
    ) -> Job[ReplyT, ProgressT]:
        return Job(next(self._numbers), request, on_progress)

    async def _serve(self, first_ready: asyncio.Future[None]) -> None:
        while True:
            error = await self._run()
            if not first_ready.done():
                first_ready.set_exception(error)
                return
            if self._is_closing:
                return
            await self._recover(error)

    async def _run(self) -> Exception:
        """Run the process from spawn to death; return how it ended."""
        self._hang_detector, self._kill_reason = HangDetector(self._timeouts), None
        try:
            process = self._process = await WorkerProcess.spawn(self._launch, self._log)
        except OSError as error:
            return WorkerDied(f"The worker cannot be started: {error}.", subject=self.name)
        try:
            await self._receive_all(process)
        finally:
            self._is_open, self._process = False, None
            await process.close(self._timeouts.leave)
        return self._on_exit(process)

    async def _receive_all(self, process: WorkerProcess) -> None:
        self._is_heard = False
        watch = asyncio.create_task(self._watch(process))
        try:
            async for message in process.messages():
                self._receive(message, process)
        except ProtocolError as error:
            self._kill_reason = error
        finally:
            watch.cancel()

    def _on_exit(self, process: WorkerProcess) -> Exception:
        error = self._death_error(process)
        if isinstance(self._kill_reason, Cancelled):
            self._log.warning("pid %d was killed because a cancelled job did not end", process.pid)
            self._queue.requeue(error)
        else:
            if not self._is_closing:
                self._log.warning("pid %d: %s", process.pid, error)
            self._queue.fail_running(error)
        if self._restoring is not None:
            self._restoring.cancel()
        return error

    def _death_error(self, process: WorkerProcess) -> FramewiseError:
        if not self._hang_detector.is_ready:
            kind = WorkerHung if isinstance(self._kill_reason, WorkerHung) else WorkerDied
            why, said = self._kill_reason or process.exit_reason, process.stderr_tail or "nothing"
            return kind(f"The worker did not start: {why} It said: {said}", subject=self.name)
        if isinstance(self._kill_reason, FramewiseError):
            return self._kill_reason
        return WorkerDied(
            f"The worker ended unexpectedly ({process.exit_reason}).",
            subject=self.name,
            remedy="It starts again by itself; try once more.",
        )

    async def _recover(self, error: Exception) -> None:
        """Wait before the next start, longer after each death; after too many, until the next submit."""
        if isinstance(self._kill_reason, Cancelled):
            return
        now = asyncio.get_running_loop().time()
        self._deaths.append(now)
        recent = sum(now - death < DEATH_WINDOW for death in self._deaths)
        if recent < MAX_DEATHS:
            await asyncio.sleep(min(_LONGEST_DELAY, 0.1 * 2 ** (recent - 2)) if recent > 1 else 0)
            return
        self._give_up(error)
        self._wanted.clear()
        await self._wanted.wait()

    def _give_up(self, last: Exception) -> None:
        self._queue.fail_all(
            WorkerDied(
                f"The worker ended {MAX_DEATHS} times within {DEATH_WINDOW:g} s and stays down. Last: {last}",
                subject=self.name,
                remedy="Try again, or restart the program; the log file holds what the worker said.",
            )
        )

    def _receive(self, message: Message, process: WorkerProcess) -> None:
        self._hang_detector.note_message()
        self._hear(process)
        kind = message["kind"]
        if kind == "ready":
            self._on_ready(message, process)
        elif kind == "beat":
            self._hang_detector.note_beat((message.get("job"), message.get("signs")))
        elif (job := self._queue.find(message.get("job"))) is not None:
            self._hang_detector.note_progress()
            self._reply(job, message)

    def _hear(self, process: WorkerProcess) -> None:
        """Stop a paused process with its first message: before it, it might outlive this process while stopped."""
        if not self._is_heard:
            self._is_heard = True
            if self._is_paused:
                process.signal(signal.SIGSTOP)

    def _on_ready(self, message: Message, process: WorkerProcess) -> None:
        if message.get("protocol") != PROTOCOL:
            raise ProtocolError(f"The worker speaks protocol {message.get('protocol')}, not {PROTOCOL}.")
        self._hang_detector.is_ready = True
        if self._first_ready is not None and not self._first_ready.done():
            self._first_ready.set_result(None)
            self._open()
        elif self._on_restart is None or self._is_closing:
            self._open()
        else:
            restorer: _Restorer[KindT_co] = _Restorer(
                self._job, lambda job: self._queue.send(job, process.send)
            )
            self._restoring = asyncio.create_task(self._on_restart(restorer))
            self._restoring.add_done_callback(self._restored)

    def _restored(self, restoring: asyncio.Task[None]) -> None:
        if restoring.cancelled():
            return
        if (error := restoring.exception()) is not None:
            self._log.error("the state could not be restored", exc_info=error)
        self._open()

    def _open(self) -> None:
        self._is_open = True
        self._flush()

    def _flush(self) -> None:
        if self._is_open and self._process is not None:
            self._queue.flush(self._process.send)

    def _reply(self, job: AnyJob, message: Message) -> None:
        if message["kind"] == "progress":
            job.advance(message.get("body"))
            return
        # It leaves the queue only once it is settled: what fails here fails with the jobs of a lost worker.
        self._settle(job, message)
        self._queue.remove(job)

    def _settle(self, job: AnyJob, message: Message) -> None:
        kind = message["kind"]
        if kind == "done":
            job.finish(message.get("body"))
        elif kind == "cancelled":
            job.fail(Cancelled())
        else:
            self._log.info("%s\n%s", type(job.request).__name__, message.get("traceback", ""))
            job.fail(from_wire(message.get("error", {})))

    async def _watch(self, process: WorkerProcess) -> None:
        loop, tick, activity = asyncio.get_running_loop(), self._timeouts.tick, ProcessActivity(process.pid)
        before = loop.time()
        while self._kill_reason is None:
            await asyncio.sleep(tick)
            # A jump means that this process stood still (a suspended machine), and so did the worker.
            passed, before = min(loop.time() - before, 2 * tick), loop.time()
            if not self._is_paused:
                self._kill_reason = self._check(passed, process.pid, activity)
        process.signal(signal.SIGKILL)

    def _check(self, passed: float, pid: int, activity: ProcessActivity) -> Exception | None:
        job = self._queue.current
        reason = self._hang_detector.find_reason_to_kill(passed, job, activity.sample)
        return reason or self._memory_limit.check(pid, is_busy=job is not None)

    def _out_of_service(self, service: asyncio.Task[None]) -> None:
        if service.cancelled() or (error := service.exception()) is None:
            return
        self._log.error("the worker handle failed", exc_info=error)
        told = WorkerError(
            "The handle of this worker failed.", subject=self.name, remedy="Restart the program."
        )
        if self._first_ready is not None and not self._first_ready.done():
            self._first_ready.set_exception(told)
        self._queue.fail_all(told)


class _Restorer(Generic[KindT_co]):
    """Gives jobs to a worker while its other jobs still wait."""

    def __init__(self, make: Callable[[Any, None], AnyJob], send: Callable[[AnyJob], None]) -> None:
        self._make = make
        self._send = send

    async def call(self, request: Request[KindT_co, ReplyT, Any]) -> ReplyT:
        job: Job[ReplyT, Any] = self._make(request, None)
        self._send(job)
        return await job.outcome()
