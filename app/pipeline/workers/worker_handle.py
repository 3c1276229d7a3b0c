"""Keeps one worker process alive and gives it jobs."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from itertools import count
from types import TracebackType
from typing import Any, Final, Protocol, Self

from app.domain.errors import FramewiseError, UsageError, WorkerDied, WorkerError, WorkerHung, from_wire
from app.pipeline.workers.cpu_wait import CpuWait
from app.pipeline.workers.job import Body, Job, OnProgress
from app.pipeline.workers.job_queue import JobQueue
from app.pipeline.workers.memory_limit import MemoryLimit
from app.pipeline.workers.protocol import PROTOCOL, Cancelled, Message, ProtocolError, encode
from app.pipeline.workers.shared_memory import SharedPool
from app.pipeline.workers.timeouts import CANCEL_GRACE, HangDetector, Timeouts
from app.pipeline.workers.worker_process import Launch, WorkerProcess

MAX_DEATHS: Final = 5
DEATH_WINDOW: Final = 60.0
_LONGEST_DELAY = 5.0
_PING: Final = encode({"kind": "ping"})
_QUIT: Final = encode({"kind": "quit"})


class Caller(Protocol):
    """Whatever takes jobs: a WorkerHandle, or a worker that is being restored."""

    def submit(self, verb: str, /, on_progress: OnProgress | None = None, **body: Any) -> Job:
        """Start a job."""

    async def call(self, verb: str, /, **body: Any) -> Body:
        """Do a job and await its reply."""


OnRestart = Callable[[Caller], Coroutine[Any, Any, None]]


class WorkerHandle:
    """A worker process that comes back when it dies, hangs or takes too much memory.

    role: name of a role or "module:Class". env: further variables, such as OMP_NUM_THREADS.
    memory_limit: bytes of its own, see MemoryLimit.
    on_restart: restores the worker's state through the Caller it is given, before any other job is sent.
    All methods belong to the thread of the event loop; that thread must live as long as the worker,
    because the kernel kills the worker together with the thread that started it.
    """

    def __init__(
        self,
        role: str,
        pool: SharedPool,
        *,
        nice: int = 0,
        hang_after: float = 60.0,
        cancel_grace: float = CANCEL_GRACE,
        start_timeout: float = 60.0,
        leave_timeout: float = 2.0,
        memory_limit: int | None = None,
        env: Mapping[str, str] | None = None,
        on_restart: OnRestart | None = None,
    ) -> None:
        self.name = role.rpartition(":")[2].lower()
        self._launch = Launch(role, pool, nice, env or {})
        self._limits = Timeouts(start_timeout, hang_after, cancel_grace, leave_timeout)
        self._appetite = MemoryLimit() if memory_limit is None else MemoryLimit(memory_limit)
        self._on_restart = on_restart
        self._log = logging.getLogger(f"framewise.worker.{self.name}")
        self._numbers = count(1)
        self._roster = JobQueue()
        self._process: WorkerProcess | None = None
        self._patience = HangDetector(self._limits)
        self._is_open = False
        self._is_paused = False
        self._is_closing = False
        self._verdict: Exception | None = None
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
        """Start the process and wait until it is READY.

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
            await self._process.end(_QUIT, self._limits.leave)
        if self._service is not None:
            self._service.cancel()
            await asyncio.wait([self._service])
        self._roster.fail_all(Cancelled())

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def submit(self, verb: str, /, on_progress: OnProgress | None = None, **body: Any) -> Job:
        """Give the worker a job; jobs are done in order. on_progress is called in the event loop.

        Raises UsageError when the body cannot be sent or the worker is closed.
        """
        if self._is_closing or (self._service is not None and self._service.done()):
            raise UsageError("The worker is closed.", subject=self.name)
        job = self._job(verb, body, on_progress)
        self._roster.add(job)
        self._wanted.set()
        self._hand_out()
        return job

    async def call(self, verb: str, /, **body: Any) -> Body:
        """Do a job and await the body of its reply; raises what Job.outcome raises."""
        return await self.submit(verb, **body).outcome()

    def pause(self) -> None:
        """Stop the process where it stands (SIGSTOP), even at its start; no limit counts until resume."""
        self._is_paused = True
        if self._process:
            self._process.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let the process go on."""
        self._is_paused = False
        if self._process:
            self._process.signal(signal.SIGCONT)

    def _job(self, verb: str, body: Body, on_progress: OnProgress | None) -> Job:
        return Job(next(self._numbers), verb, body, on_progress)

    async def _serve(self, first_ready: asyncio.Future[None]) -> None:
        while True:
            error = await self._live()
            if not first_ready.done():
                first_ready.set_exception(error)
                return
            if self._is_closing:
                return
            await self._recover(error)

    async def _live(self) -> Exception:
        """One life of the process, from spawn to death; answers how it ended."""
        self._patience, self._verdict = HangDetector(self._limits), None
        try:
            process = self._process = await WorkerProcess.spawn(self._launch, self._log)
        except OSError as error:
            return WorkerDied(f"The worker cannot be started: {error}.", subject=self.name)
        try:
            await self._attend(process)
        finally:
            self._is_open, self._process = False, None
            await process.close(self._limits.leave)
        return self._bury(process)

    async def _attend(self, process: WorkerProcess) -> None:
        if self._is_paused:
            process.signal(signal.SIGSTOP)
        watch = asyncio.create_task(self._watch(process))
        try:
            async for message in process.messages():
                self._receive(message, process)
        except ProtocolError as error:
            self._verdict = error
        finally:
            watch.cancel()

    def _bury(self, process: WorkerProcess) -> Exception:
        error = self._obituary(process)
        if isinstance(self._verdict, Cancelled):
            self._log.warning("pid %d was killed because a cancelled job did not end", process.pid)
            self._roster.requeue(error)
        else:
            if not self._is_closing:
                self._log.warning("pid %d: %s", process.pid, error)
            self._roster.fail_running(error)
        if self._restoring is not None:
            self._restoring.cancel()
        return error

    def _obituary(self, process: WorkerProcess) -> FramewiseError:
        if not self._patience.is_ready:
            kind = WorkerHung if isinstance(self._verdict, WorkerHung) else WorkerDied
            why, said = self._verdict or process.fate, process.last_words or "nothing"
            return kind(f"The worker did not start: {why} It said: {said}", subject=self.name)
        if isinstance(self._verdict, FramewiseError):
            return self._verdict
        return WorkerDied(
            f"The worker ended unexpectedly ({process.fate}).",
            subject=self.name,
            remedy="It starts again by itself; try once more.",
        )

    async def _recover(self, error: Exception) -> None:
        """Wait as long as is wise before the next start; after too many deaths, until somebody asks."""
        if isinstance(self._verdict, Cancelled):
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
        self._roster.fail_all(
            WorkerDied(
                f"The worker ended {MAX_DEATHS} times within {DEATH_WINDOW:g} s and stays down. Last: {last}",
                subject=self.name,
                remedy="Try again, or restart the program; the log file holds what the worker said.",
            )
        )

    def _receive(self, message: Message, process: WorkerProcess) -> None:
        self._patience.heard()
        kind = message["kind"]
        if kind == "ready":
            self._greet(message, process)
        elif kind == "pong":
            self._patience.pong(float(message.get("busy_for", 0)))
        elif (job := self._roster.find(message.get("job"))) is not None:
            self._patience.moved()
            self._reply(job, message)

    def _greet(self, message: Message, process: WorkerProcess) -> None:
        if message.get("protocol") != PROTOCOL:
            raise ProtocolError(f"The worker speaks protocol {message.get('protocol')}, not {PROTOCOL}.")
        self._patience.is_ready = True
        if self._first_ready is not None and not self._first_ready.done():
            self._first_ready.set_result(None)
            self._open()
        elif self._on_restart is None or self._is_closing:
            self._open()
        else:
            restorer = _Restorer(self._job, lambda job: self._roster.dispatch(job, process.send))
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
        self._hand_out()

    def _hand_out(self) -> None:
        if self._is_open and self._process is not None:
            self._roster.flush(self._process.send)

    def _reply(self, job: Job, message: Message) -> None:
        kind = message["kind"]
        if kind == "progress":
            job.advance(message.get("body", {}))
            return
        self._roster.remove(job)
        if kind == "done":
            job.finish(message.get("body", {}))
        elif kind == "cancelled":
            job.fail(Cancelled())
        else:
            self._log.info("%s\n%s", job.verb, message.get("traceback", ""))
            job.fail(from_wire(message.get("error", {})))

    async def _watch(self, process: WorkerProcess) -> None:
        loop, tick, queue = asyncio.get_running_loop(), self._limits.tick, CpuWait(process.pid)
        before = loop.time()
        while self._verdict is None:
            await asyncio.sleep(tick)
            # A jump means that this process stood still (a suspended machine), and so did the worker.
            passed, before = min(loop.time() - before, 2 * tick), loop.time()
            if self._is_paused:
                continue
            busy = self._roster.current
            waited = queue.waited(busy.number) if busy is not None and busy.is_cancelled else 0.0
            self._verdict = self._patience.spend(passed, busy, waited) or self._appetite.verdict(
                process.pid, is_busy=busy is not None
            )
            process.send(_PING if self._patience.is_ready else b"")
        process.signal(signal.SIGKILL)

    def _out_of_service(self, service: asyncio.Task[None]) -> None:
        if service.cancelled() or (error := service.exception()) is None:
            return
        self._log.error("the supervisor failed", exc_info=error)
        told = WorkerError(
            "The supervisor of this worker failed.", subject=self.name, remedy="Restart the program."
        )
        if self._first_ready is not None and not self._first_ready.done():
            self._first_ready.set_exception(told)
        self._roster.fail_all(told)


class _Restorer:
    """Gives jobs to a worker whose other callers still wait."""

    def __init__(
        self, make: Callable[[str, Body, OnProgress | None], Job], send: Callable[[Job], None]
    ) -> None:
        self._make = make
        self._send = send

    def submit(self, verb: str, /, on_progress: OnProgress | None = None, **body: Any) -> Job:
        job = self._make(verb, body, on_progress)
        self._send(job)
        return job

    async def call(self, verb: str, /, **body: Any) -> Body:
        return await self.submit(verb, **body).outcome()
