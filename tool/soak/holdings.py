"""What the program holds on to: memory, descriptors, threads, processes, shared memory, drawn items."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

from app.pipeline.host import PipelineHost
from app.pipeline.pipeline import Pipeline
from tool.benches.memory import tree_mebibytes
from tool.soak.processes import children, descriptors, threads

# As many as an executor of asyncio has at the very most.
THREADS = 32


@dataclass(frozen=True, slots=True)
class Holdings:
    """Of the whole process tree. memory: MiB; shared: bytes in use in the shared pool; items: of the window."""

    memory: float
    descriptors: int
    threads: int
    processes: int
    shared: int
    items: int

    @property
    def counted(self) -> dict[str, int]:
        """All that must be the same after the same work."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "memory"}


def held(host: PipelineHost, items: int = 0) -> Holdings:
    """Look at this process and its workers."""
    pids = [os.getpid(), *children(os.getpid())]

    async def used(pipeline: Pipeline) -> int:
        return pipeline.parts.pool.used

    return Holdings(
        tree_mebibytes(os.getpid()),
        sum(map(descriptors, pids)),
        sum(map(threads, pids)),
        len(pids),
        host.do(used),
        items,
    )


def warm(host: PipelineHost) -> None:
    """Start every thread that the event loop may ever hand work to, so that none is taken for a leak."""

    async def fill(_pipeline: Pipeline) -> None:
        await asyncio.gather(*(asyncio.to_thread(time.sleep, 0.05) for _ in range(THREADS)))

    host.do(fill)


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the most that was held over some time."""

    least: Holdings
    most: Holdings

    def grown_since(self, earlier: Range) -> list[str]:
        """Names of what was never as little again; what comes and goes with the work is no growth."""
        now, before = self.least.counted, earlier.most.counted
        return [name for name, number in now.items() if number > before[name]]


def range_of(found: Sequence[Holdings]) -> Range:
    """The range of what was held."""
    columns = list(zip(*map(astuple, found), strict=True))
    return Range(Holdings(*map(min, columns)), Holdings(*map(max, columns)))
