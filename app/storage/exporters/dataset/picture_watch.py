"""Looks over the pictures of a data set while they are written, so that a film is decoded once for both."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.domain.finding import Finding
from app.storage.exporters.dataset.frame_relay import FrameRelay
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.picture_gate import PictureGate
from app.storage.source import FrameSource

_CHECK_SECONDS: Final = (
    0.1  # between two looks whether the export is cancelled, while the last frames are looked at
)
Found = dict[int, tuple[Finding, ...]]
"""What flagged frames show, by frame."""


class _EndedError(Exception):
    """The export is over."""


class PictureWatch:
    """Guards the sequences of a data set one after the other: films while they are written, others before."""

    def __init__(self, gate: PictureGate | None) -> None:
        """gate: None to look for nothing."""
        self._gate = gate
        self._flagged: dict[str, int] = {}  #: frames of the sequences that were looked over, by name
        self._look: _FilmLook | None = None

    @property
    def flagged(self) -> int:
        """How many frames show something."""
        return sum(self._flagged.values())

    @contextmanager
    def over(self, kind: str, job: ExportJob, reopen: Callable[[], FrameSource]) -> Iterator[ExportJob]:
        """Give the job to write of a sequence. reopen: opens its source once more.

        Raises what PictureGate.guard raises, of a film at the end.
        """
        gate = self._gate
        if gate is None:
            yield job
        elif job.info.kind != "video" or gate.changes_pictures or job.name in self._flagged:
            guarded, frames = gate.guard(kind, job)
            self._flagged[job.name] = len(frames)
            yield guarded
        else:
            self._look = _FilmLook(gate, kind, job, reopen)
            try:
                yield self._look.job
                found = self._look.finish()
            finally:
                self.end()
            self._flagged[job.name] = len(found)
            gate.require_none(found, job.name)

    def end(self) -> None:
        """Stop what is under way; what was found is kept."""
        if self._look is not None:
            self._look.end()
            self._look = None


class _FilmLook:
    """One film, looked over in a thread of its own."""

    def __init__(
        self, gate: PictureGate, kind: str, job: ExportJob, reopen: Callable[[], FrameSource]
    ) -> None:
        self._gate, self._kind, self._reopen, self._read = gate, kind, reopen, job.image
        self.job = replace(job, image=self._read_and_hand)
        self._relay = FrameRelay()
        self._is_over = False
        self._threads = ThreadPoolExecutor(1, "picture-watch")
        self._result: Future[Found] = self._threads.submit(self._find)

    def finish(self) -> Found:
        """Wait until all frames were looked at, and return what flagged ones show."""
        self._relay.end()
        while not wait([self._result], _CHECK_SECONDS).done:
            self.job.check()
        return self._result.result()

    def end(self) -> None:
        """Stop looking."""
        self._is_over = True
        self._relay.end()
        self._threads.shutdown()

    def _read_and_hand(self, frame: int) -> NDArray[np.uint8]:
        image = self._read(frame)
        self._relay.hand(frame, image)
        return image

    def _find(self) -> Found:
        """Look over the film. Runs in the thread."""
        try:
            with self._reopen() as source:

                def read(frame: int) -> NDArray[np.uint8]:
                    self._check()
                    image = self._relay.take(frame)
                    self._check()
                    return source.read(frame) if image is None else image

                alone = replace(self.job, source=source, progress=lambda done, total: None, check=self._check)
                return self._gate.flagged(self._kind, alone, read)
        finally:
            self._relay.end()

    def _check(self) -> None:
        if self._is_over:
            raise _EndedError
