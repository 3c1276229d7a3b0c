"""Blocking client of a PipelineHost for scripts: post, wait until it is done and durable, read."""

from __future__ import annotations

import queue
from collections.abc import Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Orientation, SequenceInfo
from app.domain.errors import FramewiseError, WorkerError
from app.messages import events as ev
from app.messages.snapshot import Snapshot
from app.pipeline.host import PipelineHost
from app.pipeline.options import Options
from app.pipeline.pipeline import Pipeline
from app.pipeline.requests.source_spec import SourceSpec
from app.pipeline.services.preview3d import Viewpoint
from app.session.state import State

T = TypeVar("T")
POLL_SECONDS = 0.5  # between two checks that the host is alive, while waiting for news


class Client:
    """Client whose calls return when their effect is durable; errors that a window would show are raised."""

    def __init__(self, options: Options) -> None:
        """Start a pipeline and wait until its engine is ready. Raises what loading the engine raises."""
        self._news: queue.SimpleQueue[Snapshot] = queue.SimpleQueue()
        self._host = PipelineHost(options, self._news.put)
        self.seen = Snapshot()
        try:
            self.wait(lambda snapshot: bool(snapshot.models.engine) and not snapshot.models.loading)
        except BaseException:
            self._host.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the sequence and stop the workers."""
        self._host.close()

    def ask(self, question: Callable[[State], T]) -> T:
        """Return what a function reads from the state."""
        return self._host.ask(lambda session: question(session.state))

    def do(self, work: Callable[[Pipeline], Coroutine[Any, Any, T]]) -> T:
        """Await a coroutine of the pipeline."""
        return self._host.do(work)

    def open_sequence(self, path: Path, series: str | None, orientation: Orientation | None) -> SequenceInfo:
        """Open a sequence in place of the open one. Raises what SequenceManager.open raises."""
        return self.do(lambda pipeline: pipeline.services.sequences.open(path, series, orientation))

    def turn(self, orientation: Orientation) -> None:
        """Annotate the open scan in another direction."""
        self.do(lambda pipeline: pipeline.services.sequences.turn(orientation))

    def source(self) -> SourceSpec:
        """Return how to open the source of the open sequence."""

        async def read(pipeline: Pipeline) -> SourceSpec:
            return pipeline.services.sequences.source

        return self.do(read)

    def image(self, index: int) -> NDArray[np.uint8]:
        """Return frame index, uint8 (h, w, 3) RGB, as the annotator sees it."""
        return self.do(lambda pipeline: pipeline.image(index))

    def render(self, viewpoint: Viewpoint) -> NDArray[np.uint8]:
        """Return a picture of all masks as surfaces, uint8 (h, w, 4) RGBA."""
        return self.do(lambda pipeline: pipeline.services.preview3d.render(viewpoint))

    def export(self, kinds: Sequence[str], folder: Path) -> tuple[Path, ...]:
        """Write files of these kinds. Raises ExportError or StorageFull."""
        return self.do(lambda pipeline: pipeline.services.import_export.export(kinds, folder))

    def import_masks(self, path: Path) -> tuple[str, ...]:
        """Read masks as edits and return warnings. Raises ImportMasksError."""
        warnings = self.do(lambda pipeline: pipeline.services.import_export.import_masks(path))
        self.settle()
        return warnings

    def load_labels(self, path: Path) -> None:
        """Read a label list."""
        self.do(lambda pipeline: pipeline.services.import_export.load_labels(path))
        self.settle()

    def save_labels(self, path: Path) -> None:
        """Write the label list."""
        self.do(lambda pipeline: pipeline.services.import_export.save_labels(path))

    def post(self, event: ev.Event) -> None:
        """Hand an event over and wait until it is handled and durable. Raises StorageFull."""
        self._host.post(event)
        self.settle()

    def settle(self) -> None:
        """Wait until all that was posted is handled and durable."""
        self.do(lambda pipeline: pipeline.settle())
        while not self._news.empty():
            self.seen = self._news.get_nowait()

    def wait(self, condition: Callable[[Snapshot], bool]) -> Snapshot:
        """Wait for a state and return it; an error message that comes first is raised."""
        known = {toast.toast_id for toast in self.seen.toasts}
        while not condition(self.seen):
            self.seen = self._next(self._news)
            for toast in self.seen.toasts:
                if toast.level == "error" and toast.toast_id not in known:
                    raise FramewiseError(toast.text)
        return self.seen

    def follow(self, event: ev.Event) -> Iterator[ev.FramePropagated]:
        """Start a propagation and yield its results; leaving the loop cancels it. Raises WorkerError."""
        steps: queue.SimpleQueue[ev.Event] = queue.SimpleQueue()
        with self._host.tap(steps.put):
            self.post(event)
            if not self._is_propagating():
                return
            try:
                yield from self._steps(steps)
            finally:
                self.post(ev.PropagationCancelled())

    def _steps(self, steps: queue.SimpleQueue[ev.Event]) -> Iterator[ev.FramePropagated]:
        while True:
            event = self._next(steps)
            if isinstance(event, ev.FramePropagated):
                yield event
            elif isinstance(event, ev.PropagationEnded) and not self._is_propagating():
                if event.error:
                    raise WorkerError(event.error, remedy="What is done is kept; propagate again.")
                return

    def _is_propagating(self) -> bool:
        return self.ask(lambda state: state.propagation is not None)

    def _next(self, news: queue.SimpleQueue[T]) -> T:
        while True:
            try:
                return news.get(timeout=POLL_SECONDS)
            except queue.Empty:
                if not self._host.is_alive:
                    raise WorkerError("The pipeline has stopped.", remedy="Start again.") from None
