"""What the program holds on to: memory, descriptors, threads, processes, shared memory, drawn items."""

from __future__ import annotations

import asyncio
import mmap
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.pipeline.host import PipelineHost
from app.pipeline.pipeline import Pipeline
from tool.dev.soak.processes import children, descriptors, name_of, taken, threads

# As many as an executor of asyncio has at the very most.
THREADS = 32


@dataclass(frozen=True, slots=True)
class Sample:
    """What the whole process tree held after so many gestures.

    held: how many of each kind. memory: MiB by process, the program itself or the role of a worker.
    """

    gestures: int
    held: Mapping[str, int]
    memory: Mapping[str, float]


def sample(host: PipelineHost, gestures: int, items: int = 0) -> Sample:
    """Look at this process and its workers. items: of the window."""
    pids = [os.getpid(), *children(os.getpid())]

    async def used(pipeline: Pipeline) -> int:
        return pipeline.services.pool.used

    held = {
        "descriptors": sum(map(descriptors, pids)),
        "threads": sum(map(threads, pids)),
        "processes": len(pids),
        "shared pages": host.run_coroutine(used) // mmap.PAGESIZE,
        "window items": items,
    }
    return Sample(gestures, held, {name_of(pid): taken(pid) for pid in pids})


def warm(host: PipelineHost) -> None:
    """Start every thread that the event loop may ever hand work to, so that none is taken for a leak."""

    async def fill(_pipeline: Pipeline) -> None:
        await asyncio.gather(*(asyncio.to_thread(time.sleep, 0.05) for _ in range(THREADS)))

    host.run_coroutine(fill)


def grown_between(early: Sequence[Sample], late: Sequence[Sample]) -> list[str]:
    """Names of what was never as little again; what comes and goes with the work is no growth."""
    return [
        name
        for name in late[0].held
        if min(one.held[name] for one in late) > max(one.held[name] for one in early)
    ]
