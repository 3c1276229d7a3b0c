"""Priorities of threads and worker processes behind the window, as nice values of setpriority(2).

The window draws in the main thread, which nothing may keep waiting: where it shared two cores with workers as nice
as itself, most of a long frame was spent in the run queue.
"""

from __future__ import annotations

import os
import threading
from typing import Final

# Threads of the window's own process, which may hold the interpreter's lock that the window needs; and workers until
# they are ready: at the priority of background work a busy machine would take minutes to load a role.
HELPER_THREADS: Final = 5
# What the annotator waits for: frames, and answers to clicks.
INTERACTIVE: Final = 10
# The 3D view follows the annotator as far as there is time. A click stops it altogether.
PREVIEW: Final = 17
# Propagation, exports, probes, preparing models.
BACKGROUND: Final = 19


def lower_thread_priority() -> None:
    """Make the calling thread a helper thread, unless it is nicer already: only root may take that back."""
    thread = threading.get_native_id()
    nice = max(os.getpriority(os.PRIO_PROCESS, thread), HELPER_THREADS)
    os.setpriority(os.PRIO_PROCESS, thread, nice)


def set_start_priority(nice: int) -> None:
    """Lower this process and the threads that it starts as far as a worker that is not ready yet may be."""
    os.nice(_start_priority(nice))


def set_process_priority(nice: int) -> None:
    """Lower this process and the threads that it starts to its place; call it after set_start_priority.

    From PREVIEW on it is taken for a batch that interrupts nobody. As one for idle time only it got a fifth of that
    beside busy programs, and a propagation of 11 frames beside four of them took 402 s.
    """
    os.nice(nice - _start_priority(nice))
    if nice >= PREVIEW:
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _start_priority(nice: int) -> int:
    return min(nice, HELPER_THREADS)
