"""Priorities of threads and worker processes behind the window, as nice values of setpriority(2).

The window draws in the main thread, which nothing may keep waiting: where it shared two cores with workers as nice
as itself, most of a long frame was spent in the run queue.
"""

import os
import threading
from typing import Final

# A step of 1 is a share of a processor smaller by a fifth where all of it is wanted, and a program cannot take back
# what it has lowered. So none is lower than it must be for the window: beside four busy programs on two processors 7
# leaves a fifth of a processor to background work, 19 a seventieth, with which 12 frames took minutes and preparing
# a model half an hour. That the kernel lets a batch wait for what wakes up, and a click stops it, does the rest.
#
# Threads of the window's own process, which may hold the interpreter's lock that the window needs; and workers until
# they are ready.
HELPER_THREADS: Final = 5
# What the annotator waits for: frames, and answers to clicks.
INTERACTIVE: Final = 5
# The 3D view follows the annotator as far as there is time. A click stops it altogether.
PREVIEW: Final = 6
# Propagation, exports, probes, preparing models.
BACKGROUND: Final = 7
# Work that no one waits for: it runs where a processor would idle, and does not get on elsewhere.
IDLE: Final = 19


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

    From PREVIEW on it is taken for a batch that interrupts no one; from IDLE on it has what no other process wants.
    """
    os.nice(nice - _start_priority(nice))
    if nice >= PREVIEW:
        os.sched_setscheduler(0, os.SCHED_IDLE if nice >= IDLE else os.SCHED_BATCH, os.sched_param(0))


def _start_priority(nice: int) -> int:
    return min(nice, HELPER_THREADS)
