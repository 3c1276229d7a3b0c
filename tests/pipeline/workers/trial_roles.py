"""Roles that worker tests run; each worker imports this file by name."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any

from app.domain.errors import SequenceError
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.protocol import ArrayRef
from app.pipeline.workers.role import Role


class Trial(Role):
    """Does whatever a test asks for."""

    name = "trial"

    def __init__(self) -> None:
        self.state: Any = None

    def handle(self, verb: str, body: dict[str, Any], context: JobContext) -> dict[str, Any] | None:
        return getattr(self, verb)(context, **body)

    def close(self) -> None:
        sys.stdout.write("trial closes\n")

    def echo(self, context: JobContext, **body: Any) -> dict[str, Any]:
        return body

    def pid(self, context: JobContext) -> dict[str, Any]:
        leftover = os.sched_getscheduler(0) == os.SCHED_IDLE
        threads = os.environ.get("OMP_NUM_THREADS")
        return {"pid": os.getpid(), "nice": os.nice(0), "leftover": leftover, "threads": threads}

    def heavy(self, context: JobContext) -> dict[str, Any]:
        return {"loaded": [name for name in ("numpy", "cv2", "paddle", "asyncio") if name in sys.modules]}

    def keep(self, context: JobContext, value: Any) -> None:
        self.state = value

    def eat(self, context: JobContext, mebibytes: int) -> None:
        self.state = bytearray(b"x") * (mebibytes * 2**20)
        context.progress()

    def feast(self, context: JobContext) -> None:
        self.state = []
        while True:
            context.progress()
            self.state.append(bytearray(b"x") * 2**22)
            time.sleep(0.01)

    def kept(self, context: JobContext) -> dict[str, Any]:
        return {"value": self.state}

    def invert(self, context: JobContext, source: Any, target: Any) -> None:
        pool = context.pool
        pool.array(ArrayRef.from_wire(target))[...] = 255 - pool.array(ArrayRef.from_wire(source))

    def count(self, context: JobContext, to: int) -> dict[str, Any]:
        for number in range(to):
            context.check_cancelled()
            context.progress(number=number)
        return {"counted": to}

    def until_cancelled(self, context: JobContext) -> None:
        context.progress()
        while True:
            context.check_cancelled()
            time.sleep(0.005)

    def beating(self, context: JobContext, seconds: float) -> dict[str, Any]:
        for _ in range(round(seconds / 0.01)):
            context.beat()
            time.sleep(0.01)
        return {"survived": True}

    def stubborn(self, context: JobContext) -> None:
        context.progress()
        while True:
            context.beat()
            time.sleep(0.005)

    def asleep(self, context: JobContext) -> None:
        context.progress()
        signal.pause()

    def babble(self, context: JobContext) -> None:
        sys.stdout.write("a library prints\n")
        os.write(1, b"even past Python\n")

    def vanish(self, context: JobContext) -> None:
        os._exit(3)

    def bad_file(self, context: JobContext, name: str) -> None:
        raise SequenceError("This is not a video.", subject=name, remedy="Choose another file.")

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


class Fickle(Trial):
    """Starts once, and never again where a marker file says so."""

    def __init__(self) -> None:
        super().__init__()
        if os.path.exists(os.environ["FICKLE_MARKER"]):
            sys.exit(4)
