"""The program, to be killed: works at random and says what is saved.

    python -m tool.dev.soak.program_run WORKSPACE VIDEO SEED

Lines on standard output: "opened DIGEST OFFER" once, then "saved DIGEST" whenever a gesture was reported as
durable, "propagating PROPAGATION" when a propagation is under way and known to be, "propagated" some time after
it has ended, "refused WHY" when a gesture failed with a message.
"""

from __future__ import annotations

import faulthandler
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from app.domain.errors import FramewiseError
from app.headless import Annotator
from tool.dev.soak.digest import work_of_state
from tool.dev.soak.script import Script
from tool.dev.soak.watched_propagation import WatchedPropagation

RESUMES = 0.7  # share of interrupted propagations that are resumed


def main(workspace: Path, video: Path, seed: int) -> None:
    """Work until killed; SIGUSR1 prints where each thread is."""
    faulthandler.register(signal.SIGUSR1)
    chance = random.Random(seed)
    with Annotator(workspace, device="cpu", engine="classic", threads=1) as a:
        a.open(video)
        a.client.wait_until_durable()
        say("opened", digest(a), str(int(a.has_unfinished_propagation)))

        def propagating() -> None:
            a.client.wait_until_durable()
            under_way = a.client.read_state(lambda state: state.propagation)
            if under_way is not None:
                say("propagating", WatchedPropagation.of(under_way.request).words)

        if a.has_unfinished_propagation and chance.random() < RESUMES:
            attempt(a, lambda: list(a.resume()))
        script = Script(a, chance, propagating, workspace / "exports")
        while True:
            attempt(a, script.step)


def attempt(a: Annotator, gesture: Callable[[], object]) -> None:
    """Make a gesture, and say what is saved after it."""
    try:
        gesture()
    except FramewiseError as error:
        say("refused", str(error).replace("\n", " "))
    a.client.wait_until_durable()
    say("propagated")
    say("saved", digest(a))


def digest(a: Annotator) -> str:
    return a.client.read_state(lambda state: work_of_state(state).digest)


def say(*words: str) -> None:
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
