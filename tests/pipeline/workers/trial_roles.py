"""Roles that worker tests run; each worker imports this file by name."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass
from typing import Any, ClassVar

from app.domain.annotation import SeriesInfo
from app.domain.errors import SequenceError, SeveralSeries
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.protocol import ArrayRef
from app.pipeline.workers.request import Request, WorkerKind
from app.pipeline.workers.role import Role, handles


class TrialKind(WorkerKind):
    role = "tests.pipeline.workers.trial_roles:Trial"


class BrokenKind(TrialKind):
    role = "tests.pipeline.workers.trial_roles:Broken"


class SlowKind(TrialKind):
    role = "tests.pipeline.workers.trial_roles:Slow"


class ThoroughKind(TrialKind):
    role = "tests.pipeline.workers.trial_roles:Thorough"


class GradualKind(TrialKind):
    role = "tests.pipeline.workers.trial_roles:Gradual"


class FickleKind(TrialKind):
    role = "tests.pipeline.workers.trial_roles:Fickle"


@dataclass(frozen=True, slots=True)
class TrialRequest(Request[TrialKind, dict[str, Any] | None, dict[str, Any]]):
    """Do what a method of the trial role does."""

    method: str
    words: dict[str, Any]


@dataclass(frozen=True, slots=True)
class InvertRequest(Request[TrialKind, None, None]):
    """Invert an array in the pool."""

    source: ArrayRef
    target: ArrayRef


@dataclass(frozen=True, slots=True)
class UrgentRequest(Request[TrialKind, None, dict[str, Any]]):
    """Hang in a way that beats do not show, while a click would wait."""

    still_limit: ClassVar[float] = 3.0


@dataclass(frozen=True, slots=True)
class MisfitRequest(Request[TrialKind, int, None]):
    """Be answered with something else than what was agreed."""


class Trial(Role):
    """Does what a test asks for."""

    def __init__(self) -> None:
        self.state: Any = None

    @handles(TrialRequest)
    def do(self, request: TrialRequest, context: JobContext) -> dict[str, Any] | None:
        result: dict[str, Any] | None = getattr(self, request.method)(context, **request.words)
        return result

    @handles(InvertRequest)
    def invert(self, request: InvertRequest, context: JobContext) -> None:
        context.pool.array(request.target)[...] = 255 - context.pool.array(request.source)

    @handles(UrgentRequest)
    def hang(self, request: UrgentRequest, context: JobContext) -> None:
        self.asleep(context)

    @handles(MisfitRequest)
    def misfit(self, request: MisfitRequest, context: JobContext) -> Any:
        return "no number"

    def close(self) -> None:
        sys.stdout.write("trial closes\n")

    def echo(self, context: JobContext, **body: Any) -> dict[str, Any]:
        return body

    def pid(self, context: JobContext) -> dict[str, Any]:
        leftover = os.sched_getscheduler(0) == os.SCHED_BATCH
        threads = os.environ.get("OMP_NUM_THREADS")
        return {"pid": os.getpid(), "nice": os.nice(0), "leftover": leftover, "threads": threads}

    def heavy(self, context: JobContext) -> dict[str, Any]:
        return {"loaded": [name for name in ("numpy", "cv2", "paddle", "asyncio") if name in sys.modules]}

    def keep(self, context: JobContext, value: Any) -> None:
        self.state = value

    def eat(self, context: JobContext, mebibytes: int) -> None:
        self.state = bytearray(b"x") * (mebibytes * 2**20)
        context.progress({})

    def feast(self, context: JobContext) -> None:
        self.state = []
        while True:
            context.progress({})
            self.state.append(bytearray(b"x") * 2**22)
            time.sleep(0.01)

    def kept(self, context: JobContext) -> dict[str, Any]:
        return {"value": self.state}

    def count(self, context: JobContext, to: int) -> dict[str, Any]:
        for number in range(to):
            context.check_cancelled()
            context.progress({"number": number})
        return {"counted": to}

    def until_cancelled(self, context: JobContext) -> None:
        context.progress({})
        while True:
            context.check_cancelled()
            time.sleep(0.005)

    def beating(self, context: JobContext, seconds: float) -> dict[str, Any]:
        for _ in range(round(seconds / 0.01)):
            context.beat()
            time.sleep(0.01)
        return {"survived": True}

    def compute(self, context: JobContext, seconds: float) -> dict[str, Any]:
        """Use a processor without a sign of life."""
        context.progress({})
        until = time.process_time() + seconds
        while time.process_time() < until:
            pass
        return {"done": True}

    def stubborn(self, context: JobContext) -> None:
        context.progress({})
        while True:
            context.beat()
            time.sleep(0.005)

    def asleep(self, context: JobContext) -> None:
        context.progress({})
        signal.pause()

    def babble(self, context: JobContext) -> None:
        sys.stdout.write("a library prints\n")
        os.write(1, b"even past Python\n")

    def vanish(self, context: JobContext) -> None:
        os._exit(3)

    def bad_file(self, context: JobContext, name: str) -> None:
        raise SequenceError("This is not a video.", subject=name, remedy="Choose another file.")

    def several_series(self, context: JobContext) -> None:
        raise SeveralSeries((SeriesInfo("1.2.3", "4", "CT", "thorax", 60, 512, 512),), "/study")

    def bug(self, context: JobContext) -> None:
        raise ZeroDivisionError("in the role")

    def unsendable(self, context: JobContext) -> dict[str, Any]:
        return {"thing": object()}

    def garbage(self, context: JobContext) -> None:
        """Write a length of 100 MB to every pipe this process has, as a broken library could."""
        for fd in range(3, 32):
            try:
                os.write(fd, (100 * 2**20).to_bytes(4, "big"))
            except OSError:
                continue
        signal.pause()


class Broken(Trial):
    """Cannot be made."""

    def __init__(self) -> None:
        raise RuntimeError("the graphics library is missing")


class Slow(Trial):
    """Is never ready."""

    def __init__(self) -> None:
        signal.pause()


class Thorough(Trial):
    """Computes for a while before it is ready."""

    def __init__(self) -> None:
        super().__init__()
        until = time.process_time() + 0.4
        while time.process_time() < until:
            pass


class Gradual(Trial):
    """Starts with its first request."""

    setup_request = TrialRequest


class Fickle(Trial):
    """Starts once, and never again where a marker file says so."""

    def __init__(self) -> None:
        super().__init__()
        if os.path.exists(os.environ["FICKLE_MARKER"]):
            sys.exit(4)
