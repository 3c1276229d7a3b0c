"""Blocking client of a PipelineHost for scripts: post, wait until it is done and durable, read."""

import os
import queue
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import FrameAxis, Orientation, SequenceInfo
from app.domain.closeable import Closeable
from app.domain.errors import FramewiseError, ModelError, UsageError, WorkerError
from app.domain.export_selection import DEFAULT_SELECTION, DEFAULT_TARGET, ExportSelection, ExportTarget
from app.domain.finding import PictureAction
from app.domain.label_clash import LabelAnswer
from app.messages import events as ev
from app.messages.snapshot import Snapshot
from app.pipeline.host import PipelineHost
from app.pipeline.options import Options
from app.pipeline.pipeline import Pipeline
from app.pipeline.requests.exchange_requests import ExportReply
from app.pipeline.requests.source_spec import SourceSpec
from app.pipeline.services.preview3d import Viewpoint
from app.session.sign_offs import refusal
from app.session.state import State

T = TypeVar("T")
POLL_SECONDS = 0.5  # between two checks that the host is alive, while waiting for it


class Client(Closeable):
    """Client whose calls return when their effect is durable; errors that a window would show are raised.

    Any thread of the process that made it may call it. Every call raises UsageError after close and in a forked
    child process, where there is no pipeline.
    """

    def __init__(self, options: Options) -> None:
        """Start a pipeline and wait until its engine is ready. Raises ModelError when that cannot be loaded."""
        self._changed = threading.Condition()
        self._newest = Snapshot()
        self._process = os.getpid()
        self.is_closed = False
        self.host = PipelineHost(options, self._on_snapshot)
        try:
            self.wait_for_state(
                lambda snapshot: bool(snapshot.models.engine) and not snapshot.models.loading, 0
            )
        except BaseException as error:
            self.host.close()
            if type(error) is FramewiseError:
                raise ModelError(error.what) from None
            raise

    def close(self) -> None:
        """Leave the sequence and stop the workers; does nothing in a forked child process."""
        self.is_closed = True
        if not self._is_forked:
            self.host.close()

    def check_usable(self) -> None:
        """Raise UsageError after close, and in a forked child process."""
        if self._is_forked:
            raise UsageError(
                "An Annotator does not work in a forked process.",
                remedy="Make one of its own in each process.",
            )
        if self.is_closed:
            raise UsageError("This Annotator is closed.", remedy="Make another one.")

    @property
    def _is_forked(self) -> bool:
        return os.getpid() != self._process

    @property
    def newest(self) -> Snapshot:
        """The state as it was published last."""
        return self._newest

    def read_state(self, question: Callable[[State], T]) -> T:
        """Return what a function reads from the state."""
        with self._usable():
            return self.host.read_session(lambda session: question(session.state))

    def run_coroutine(self, work: Callable[[Pipeline], Coroutine[Any, Any, T]]) -> T:
        """Await a coroutine of the pipeline."""
        with self._usable():
            return self.host.run_coroutine(work)

    def open_sequence(self, path: Path, series: str | None, orientation: Orientation | None) -> SequenceInfo:
        """Open a sequence in place of the open one. Raises what SequenceManager.open raises."""
        since = self.next_toast()
        info = self.run_coroutine(
            lambda pipeline: pipeline.services.sequences.open(path, series, orientation)
        )
        self.wait_until_durable()
        if self.read_state(lambda state: state.sequence.info) != info:
            self.wait_for_state(lambda snapshot: snapshot.sequence.info == info, since)
        return info

    def set_orientation(self, orientation: Orientation, along: FrameAxis) -> None:
        """Annotate the open scan in another direction, or along time."""
        self.run_coroutine(lambda pipeline: pipeline.services.sequences.set_orientation(orientation, along))
        self.wait_until_durable()

    def source(self) -> SourceSpec:
        """Return how to open the source of the open sequence."""

        async def read(pipeline: Pipeline) -> SourceSpec:
            return pipeline.services.sequences.source

        return self.run_coroutine(read)

    def image(self, index: int) -> NDArray[np.uint8]:
        """Return frame index, uint8 (h, w, 3) RGB, as the annotator sees it."""
        return self.run_coroutine(lambda pipeline: pipeline.image(index))

    def render(self, viewpoint: Viewpoint) -> NDArray[np.uint8]:
        """Return a picture of all masks as surfaces, uint8 (h, w, 4) RGBA."""
        return self.run_coroutine(lambda pipeline: pipeline.services.preview3d.render(viewpoint))

    def export(
        self,
        kinds: Sequence[str],
        folder: Path,
        selection: ExportSelection = DEFAULT_SELECTION,
        target: ExportTarget = DEFAULT_TARGET,
        pictures: PictureAction = "refuse",
    ) -> ExportReply:
        """Write files of these kinds. Raises ExportError, IdentifyingPictures or StorageFull."""
        reply = self.run_coroutine(
            lambda pipeline: pipeline.services.import_export.export(
                kinds, folder, selection, target=target, pictures=pictures
            )
        )
        self.wait_until_durable()
        return reply

    def import_masks(self, path: Path, answer: LabelAnswer | None = None) -> tuple[str, ...]:
        """Read masks as edits and return warnings. Raises ImportMasksError, LabelsClash without an answer."""
        self._check_unlocked(ev.MasksImportRequested)
        warnings = self.run_coroutine(
            lambda pipeline: pipeline.services.import_export.import_masks(path, answer)
        )
        self.wait_until_durable()
        return warnings

    def load_labels(self, path: Path) -> None:
        """Read a label list."""
        self._check_unlocked(ev.LabelsLoadRequested)
        self.run_coroutine(lambda pipeline: pipeline.services.import_export.load_labels(path))
        self.wait_until_durable()

    def save_labels(self, path: Path) -> None:
        """Write the label list."""
        self.run_coroutine(lambda pipeline: pipeline.services.import_export.save_labels(path))

    def save_tiers(self, path: Path) -> None:
        """Write the tiers of the open sequence, without intervals."""
        self.run_coroutine(lambda pipeline: pipeline.services.tier_lists.save(path))

    def post(self, event: ev.Event) -> None:
        """Post an event and wait until it is handled and durable.

        Raises StorageFull or WorkspaceError; UsageError for a change in a sequence that is signed off.
        """
        self._check_unlocked(type(event))
        with self._usable():
            self.host.post(event)
        self.wait_until_durable()

    def wait_until_durable(self) -> None:
        """Wait until all that was posted is handled and durable. Raises StorageFull or WorkspaceError."""
        self.run_coroutine(lambda pipeline: pipeline.wait_until_durable())

    def next_toast(self) -> int:
        """Return the id of the next message, from which on errors concern the caller."""
        return self.read_state(lambda state: state.next_toast)

    def wait_for_state(self, condition: Callable[[Snapshot], bool], since: int | None = None) -> Snapshot:
        """Wait for a state and return it; an error message with an id from since on is raised.

        since: None for messages that are not there yet.
        """
        with self._changed:
            if since is None:
                since = max((toast.toast_id + 1 for toast in self._newest.toasts), default=0)
            while True:
                snapshot = self._newest
                for toast in snapshot.toasts:
                    if toast.level == "error" and toast.toast_id >= since:
                        raise FramewiseError(toast.text)
                if condition(snapshot):
                    return snapshot
                if not self._changed.wait(POLL_SECONDS):
                    self._check_alive()

    def follow_propagation(self, event: ev.Event) -> Iterator[ev.FramePropagated]:
        """Start a propagation and yield its results until it is over; leaving the loop cancels it.

        Raises WorkerError when a worker fails, else what keeps it from going on, such as a frame that cannot be read.
        """
        with self._usable():
            follower = _Follower(event, self.host.read_session(lambda session: session.state))
        with self.host.listening(follower.take_event):
            self.post(event)
            try:
                while True:
                    found = self._next(follower.steps)
                    if isinstance(found, _End):
                        break
                    yield found
            finally:
                if not (self.is_closed or self._is_forked) and self.read_state(
                    lambda _state: follower.is_under_way
                ):
                    self.post(ev.PropagationCancelled())
        if isinstance(found.error, WorkerError):
            raise WorkerError(str(found.error), remedy="What is done is kept; propagate again.")
        if found.error is not None:
            raise found.error

    def _check_unlocked(self, kind: type[ev.Event]) -> None:
        """Raise UsageError where the sequence is signed off and an event would change it."""
        if words := self.read_state(lambda state: refusal(state, kind)):
            raise UsageError(words, remedy="Call reopen with a reason.")

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        with self._changed:
            self._newest = snapshot
            self._changed.notify_all()

    def _next(self, steps: queue.SimpleQueue[T]) -> T:
        while True:
            try:
                return steps.get(timeout=POLL_SECONDS)
            except queue.Empty:
                self._check_alive()

    def _check_alive(self) -> None:
        self.check_usable()
        if not self.host.is_alive:
            raise WorkerError("The pipeline has stopped.", remedy="Start again.")

    @contextmanager
    def _usable(self) -> Iterator[None]:
        """Check before a call; one that close cut off says so, too."""
        self.check_usable()
        try:
            yield
        except WorkerError:
            self.check_usable()
            raise


@dataclass(frozen=True, slots=True)
class _End:
    """The end of a propagation."""

    error: FramewiseError | None = None  #: why it failed, if it did


class _Follower:
    """Picks the results of one propagation out of all events; edits meanwhile may plan it anew as other jobs."""

    def __init__(self, event: ev.Event, state: State) -> None:
        """Follow the propagation that an event starts. state: read in the pipeline's thread only."""
        self.steps: queue.SimpleQueue[ev.FramePropagated | _End] = queue.SimpleQueue()
        self._event, self._state = event, state
        self._request: ev.PropagationRequested | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether the propagation is the one under way; for the pipeline's thread."""
        active = self._state.propagation
        return active is not None and active.request is self._request

    def take_event(self, event: ev.Event) -> None:
        """Take an event that was just handled, in the pipeline's thread."""
        active = self._state.propagation
        if event is self._event:
            self._request = active.request if active is not None else None
        elif self._request is None:
            return
        elif isinstance(event, ev.FramePropagated) and active is not None and active.state.job == event.job:
            self.steps.put(event)
        if not self.is_under_way:
            self.steps.put(_End(event.error if isinstance(event, ev.PropagationEnded) else None))
            self._request = None
