"""Host of a Pipeline on a thread of its own, for a window or a script."""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from app.domain.closeable import Closeable
from app.domain.errors import FramewiseError, WorkerError
from app.messages.events import Event
from app.messages.picture import (
    AnyPicture,
    LinkedPictures,
    SecondPicture,
    ThumbnailPictures,
    TilePictures,
    View3DPicture,
)
from app.messages.snapshot import Snapshot
from app.messages.view_update import ViewUpdate
from app.pipeline.options import Options
from app.pipeline.pipeline import Pipeline
from app.pipeline.workers.priorities import lower_thread_priority
from app.session import Session

T = TypeVar("T")
# For the last edits to become durable and the workers to end; beyond it the exit is reported.
CLOSE_SECONDS = 30.0
POLL_SECONDS = 0.5  # between two checks that the pipeline runs, while waiting for an answer

_log = logging.getLogger(__name__)


class PipelineHost(Closeable):
    """Runs a Pipeline; every method may be called from any thread."""

    def __init__(self, options: Options, listener: Callable[[Snapshot], None] | None = None) -> None:
        """Start it. listener: called with every Snapshot, in the pipeline's thread."""
        self._options = options
        self._listener = listener
        self._news = ViewUpdate()
        self._call_on_news: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        self._started: Future[tuple[asyncio.AbstractEventLoop, Pipeline, asyncio.Event]] = Future()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="pipeline", daemon=True)
        self._thread.start()
        self._loop, self._pipeline, self._stop = self._started.result()

    @property
    def is_alive(self) -> bool:
        """Whether the pipeline still runs."""
        return self._thread.is_alive()

    def post(self, event: Event) -> None:
        """Post an event; never blocks."""
        self._call(self._pipeline.post, event)

    def poll(self) -> ViewUpdate:
        """Return the changes since the last poll; never blocks on work."""
        with self._lock:
            found, self._news = self._news, ViewUpdate()
        return found

    def on_news(self, call: Callable[[], None]) -> None:
        """Call a function, in the pipeline's thread, whenever there is something new to poll."""
        self._call_on_news = call

    def read_session(self, question: Callable[[Session], T]) -> T:
        """Return what a function reads from the Session, called in the pipeline's thread."""
        answer: Future[T] = Future()

        def read() -> None:
            try:
                answer.set_result(question(self._pipeline.session))
            except Exception as error:  # noqa: BLE001 - handed to the caller
                answer.set_exception(error)

        self._call(read)
        return self._outcome(answer)

    def run_coroutine(self, work: Callable[[Pipeline], Coroutine[Any, Any, T]]) -> T:
        """Await a coroutine of the Pipeline and return its result."""
        if not self.is_alive:
            raise self._gone()
        return self._outcome(asyncio.run_coroutine_threadsafe(work(self._pipeline), self._loop))

    @contextmanager
    def listening(self, listener: Callable[[Event], None]) -> Iterator[None]:
        """Call a function, in the pipeline's thread, with every event after it was handled."""
        self._call(self._pipeline.listeners.append, listener)
        try:
            yield
        finally:
            if self.is_alive:
                self._call(self._pipeline.listeners.remove, listener)

    def close(self) -> None:
        """Stop the workers, make everything durable, end the thread."""
        if self.is_alive:
            self._call(self._stop.set)
        self._thread.join(CLOSE_SECONDS)
        if self._thread.is_alive():
            _log.error("the pipeline did not stop within %g s", CLOSE_SECONDS)

    def _call(self, function: Callable[..., object], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError as error:
            raise self._gone() from error

    def _outcome(self, answer: Future[T]) -> T:
        """Return the result of a call into the loop, which may end before it answers."""
        while not answer.done() and self.is_alive:
            wait((answer,), timeout=POLL_SECONDS)
        if not answer.done() or answer.cancelled():
            raise self._gone()
        return answer.result()

    def _gone(self) -> FramewiseError:
        why = f" ({self._failure})" if self._failure else ""
        return WorkerError(f"The pipeline has stopped{why}.", remedy="Start the program again.")

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:  # noqa: BLE001 - the edge: the window must learn of it
            self._failure = error
            _log.exception("the pipeline ended")
            if not self._started.done():
                self._started.set_exception(error)

    async def _main(self) -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        loop.set_default_executor(
            ThreadPoolExecutor(thread_name_prefix="helper", initializer=lower_thread_priority)
        )
        pipeline = Pipeline(self._options, self._publish, self._show)
        self._started.set_result((loop, pipeline, stop))
        await pipeline.run(stop)

    def _publish(self, snapshot: Snapshot) -> None:
        with self._lock:
            self._news = replace(self._news, snapshot=snapshot)
        self._call_on_news()
        if self._listener is not None:
            self._listener(snapshot)

    def _show(self, picture: AnyPicture) -> None:
        with self._lock:
            if isinstance(picture, LinkedPictures):
                self._news = replace(self._news, linked=picture)
            elif isinstance(picture, View3DPicture):
                self._news = replace(self._news, view3d=picture)
            elif isinstance(picture, ThumbnailPictures):
                self._news = replace(self._news, thumbnails=picture)
            elif isinstance(picture, TilePictures):
                self._news = replace(self._news, tiles=picture)
            elif isinstance(picture, SecondPicture):
                self._news = replace(self._news, second=picture)
            else:
                self._news = replace(self._news, picture=picture)
        self._call_on_news()
