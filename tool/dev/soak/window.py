"""The same as program_run in a real window: xdotool clicks and presses keys, on the display it is given."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from app.messages import events as ev
from app.pipeline.host import PipelineHost
from app.pipeline.options import Options
from app.views.input.commands import AppServices
from app.views.loop import Loop, WindowOptions
from app.views.toolkit.display import Display
from tool.dev.soak.digest import work_of_state
from tool.dev.soak.program_run import say
from tool.dev.soak.watched_propagation import WatchedPropagation

SIZE = (1280, 800)
PATIENCE = 60.0  # seconds until an answer counts as missing; far beyond the slowest one
KEYS = ("Right", "shift+Right", "Left", "ctrl+z", "ctrl+y", "space", "v", "u", "Home", "Delete", "g")
SETTLING = 12  # frames drawn after each step


class Worker:
    """A person at the window, who presses keys and clicks."""

    def __init__(self, loop: Loop, host: PipelineHost, chance: random.Random) -> None:
        self._loop, self._host, self._chance = loop, host, chance

    def until(self, condition: Callable[[], bool]) -> None:
        """Run the loop until a condition holds."""
        ends = time.monotonic() + PATIENCE
        self._loop.run(lambda: condition() or time.monotonic() > ends)
        assert condition(), self._loop.snapshot

    def gesture(self) -> None:
        """Click an object and finish it, or press some key; then say what is saved."""
        if self._chance.random() < 0.4:
            self._click()
        else:
            self._press(self._chance.choice(KEYS))
        self.report()

    def report(self) -> None:
        """Say what is saved once nothing is under way any more."""
        self._catch_up()
        self.until(lambda: (now := self._loop.snapshot.pending) is None or not now.awaiting)
        self._catch_up()
        self.until(lambda: (now := self._loop.snapshot.propagation) is None or now.done > 0)
        self._host.run_coroutine(lambda pipeline: pipeline.wait_until_durable())
        under_way = self._host.read_session(lambda session: session.state.propagation)
        if under_way is not None:
            say("propagating", WatchedPropagation.of(under_way.request).words)
        self.until(lambda: self._loop.snapshot.propagation is None and self._loop.snapshot.edits.saved)
        self._host.run_coroutine(lambda pipeline: pipeline.wait_until_durable())
        say("propagated")
        say("saved", self._host.read_session(lambda session: work_of_state(session.state).digest))

    def _catch_up(self) -> None:
        """Have everything that was posted handled and on the screen."""
        self._host.run_coroutine(lambda pipeline: pipeline.wait_until_durable())
        revision = self._host.read_session(lambda session: session.snapshot().revision)
        self.until(lambda: self._loop.snapshot.revision >= revision)

    def _click(self) -> None:
        canvas = self._loop.bench.canvas
        assert canvas.interaction.view is not None
        view = canvas.interaction.view
        x, y = view.to_canvas(
            self._chance.randrange(view.image_width), self._chance.randrange(view.image_height)
        )
        self._tool("mousemove", int(x) + canvas.position[0], int(y) + canvas.position[1], "click", 1)
        self._catch_up()
        self.until(lambda: self._loop.snapshot.pending is None or not self._loop.snapshot.pending.awaiting)
        self._press("space")

    def _press(self, key: str) -> None:
        self._tool("key", key)

    def _tool(self, *words: object) -> None:
        subprocess.run(("xdotool", *map(str, words)), check=True)
        for _ in range(SETTLING):
            self._loop.draw_now()


def main(workspace: Path, video: Path, seed: int) -> None:
    """Work until killed."""
    host = PipelineHost(Options(workspace, engine="classic", prefetch=False, threads=1))
    with host, Display("Framewise soak", SIZE) as display:
        loop = Loop(display, host, WindowOptions(size=SIZE), AppServices(lambda: video))
        worker = Worker(loop, host, random.Random(seed))
        worker.until(lambda: bool(loop.snapshot.models.engine))
        host.post(ev.SequenceRequested(str(video)))
        worker.until(lambda: loop.snapshot.sequence.info is not None and loop.bench.canvas.frame is not None)
        digest = host.read_session(lambda session: work_of_state(session.state).digest)
        say("opened", digest, str(int(loop.snapshot.can_resume)))
        host.post(ev.RangeMarked(0, 12))
        if loop.snapshot.can_resume:
            host.post(ev.PropagationResumed(True))
        worker.report()
        while True:
            worker.gesture()


if __name__ == "__main__":
    os.environ.setdefault("LIBGL_ALWAYS_SOFTWARE", "1")
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
