"""An annotator's working day, as fast as it goes: events to a pipeline, with or without a window in front."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.domain.camera import OrbitCamera
from app.messages import events as ev
from app.messages.picture import View3DPicture
from app.messages.snapshot import Snapshot
from app.pipeline.host import PipelineHost
from app.views.loop import Loop

PATIENCE = 120.0  # seconds until an answer counts as missing; far beyond the slowest one
SPAN = 6  # frames of a propagation
POLL = 0.005  # seconds
PANE = (480, 360)
SOLID_SHARE = 0.5  # of rounds in which the 3D view is turned


@dataclass
class Count:
    """What was done."""

    gestures: int = 0
    commits: int = 0
    sequences: int = 0


class Day:
    """Works on one sequence after the other. loop: the window, or None."""

    def __init__(self, host: PipelineHost, loop: Loop | None, chance: random.Random, exports: Path) -> None:
        self._host, self._loop, self._chance, self._exports = host, loop, chance, exports
        self._seen = Snapshot()
        self._solid: View3DPicture | None = None
        self.count = Count()

    @property
    def now(self) -> Snapshot:
        """The newest state."""
        return self._loop.snapshot if self._loop is not None else self._seen

    def until(self, condition: Callable[[], object]) -> None:
        """Let time pass until a condition holds. Raises TimeoutError when it never does."""
        ends = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > ends:
                raise TimeoutError(f"The program did not go on: {self.now}"[:2000])
            if self._loop is not None:
                self._loop.step()
                continue
            news = self._host.poll()
            self._seen, self._solid = news.snapshot or self._seen, news.view3d or self._solid
            if not news:
                time.sleep(POLL)

    def sequence(self, path: Path) -> None:
        """Open a sequence, do everything there is to do, and close it."""
        self._do(ev.SequenceRequested(str(path)))
        self.until(lambda: self.now.sequence.info is not None and self.now.sequence.info.path == str(path))
        for _ in range(2):
            self._annotate()
            self._look_around()
            self._carry()
        if self._chance.random() < SOLID_SHARE:
            self._turn()
        self._take_back()
        self._export()
        self._clear()
        self._do(ev.SequenceClosed())
        self.until(lambda: self.now.sequence.info is None)
        self.count.sequences += 1

    def settle(self) -> None:
        """Wait until all is durable and nothing is under way, and put the messages away."""
        self._host.run_coroutine(lambda pipeline: pipeline.wait_until_durable())
        self.until(lambda: self.now.propagation is None and not self.now.tasks.opening)
        for toast in self.now.toasts:
            self._host.post(ev.ToastDismissed(toast.toast_id))
        self.until(lambda: not self.now.toasts)

    # -- gestures ----------------------------------------------------------------------------------

    def _do(self, *events: ev.Event) -> None:
        for event in events:
            self._host.post(event)
        self.count.gestures += 1
        self._host.run_coroutine(lambda pipeline: pipeline.wait_until_durable())
        self.until(
            lambda: self.now.revision >= self._host.read_session(lambda session: session.snapshot().revision)
        )

    def _annotate(self) -> None:
        """Click, correct by a click, commit, drag a vertex."""
        info = self.now.sequence.info
        assert info is not None
        self._do(ev.FramesVerified(0, info.frames, verified=False))
        self._do(ev.FrameRequested(self._chance.randrange(info.frames)))
        for positive in (True, True, False):
            x, y = self._chance.randrange(info.width), self._chance.randrange(info.height)
            self._do(ev.ClickAdded(self.now.sequence.frame, x, y, positive))
            self.until(lambda: self.now.pending is None or not self.now.pending.awaiting)
        self._do(ev.MaskFinished())
        self.count.commits += 1
        self.until(lambda: self.now.sequence.mode != "edit" or self.now.polygons)
        for object_id, polygons in self.now.polygons[:1]:
            if polygons:
                self._do(ev.VertexMoved(self.now.sequence.frame, object_id, 0, 0, 0, x, y))
        self._do(ev.ViewChanged(overlay_visible=not self.now.view.overlay_visible))

    def _look_around(self) -> None:
        """Scrub, play, review."""
        info = self.now.sequence.info
        assert info is not None
        for _ in range(6):
            self._do(ev.FrameRequested(self._chance.randrange(info.frames)))
        self._do(ev.PlayToggled())
        start = self.now.sequence.frame
        self.until(lambda: self.now.sequence.frame != start)
        self._do(ev.PlayToggled())
        self._do(ev.FramesVerified(self.now.sequence.frame, self.now.sequence.frame + 1))
        self._do(ev.WorstFrameRequested())

    def _carry(self) -> None:
        """Propagate through a short span; every other time cancel it."""
        start = self.now.sequence.frame
        self._do(ev.PropagationRequested(start, start + SPAN, force=True, over_cuts=True))
        if self._chance.random() < 0.3:
            self._do(ev.PropagationCancelled())
        self.until(lambda: self.now.propagation is None)

    def _turn(self) -> None:
        """Look at the masks in 3D, turn them, and put them away."""
        self._do(ev.View3DChanged(shown=True, size=PANE))
        for azimuth in (20.0, 140.0):
            before = self._drawn
            self._do(ev.View3DChanged(camera=OrbitCamera(azimuth=azimuth)))
            self.until(lambda: self._drawn is not before)  # noqa: B023 - called before the next turn
        self._do(ev.View3DChanged(shown=False))

    @property
    def _drawn(self) -> View3DPicture | None:
        """The newest picture in 3D."""
        return self._loop.bench.view3d.picture if self._loop is not None else self._solid

    def _take_back(self) -> None:
        """Undo and redo."""
        for event in (ev.Undone(), ev.Undone(), ev.Redone(), ev.Undone()):
            self._do(event)

    def _clear(self) -> None:
        """Delete all masks: no sequence holds more the next time it is opened, so what grows is a leak."""
        for item in self.now.sequence.objects:
            self._do(ev.ObjectDeleted(item.object_id))

    def _export(self) -> None:
        """Write the masks for others."""
        self._do(ev.ExportRequested(("png", "coco"), str(self._exports)))
        self.until(lambda: self.now.tasks.export is None)
