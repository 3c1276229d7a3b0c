"""How far everything stands behind the window, as nice values of setpriority(2).

The window draws in the main thread, which nobody may keep waiting: where it shared two cores with workers as nice
as itself, most of a long frame was spent in the run queue.
"""

from __future__ import annotations

import os
import threading
from typing import Final

# Threads of the window's own process, which may hold the interpreter's lock that the window needs.
HELPER_THREADS: Final = 5
# What the annotator waits for: frames, and answers to clicks.
INTERACTIVE: Final = 10
# What follows the annotator's hand as far as there is time: the 3D view. A click stops it altogether.
PREVIEW: Final = 17
# What goes on by itself.
BACKGROUND: Final = 19


def lower_thread_priority() -> None:
    """Let the thread that calls this one be a helper."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), HELPER_THREADS)


def set_process_priority(nice: int) -> None:
    """Give this process its place, and with it the threads that it starts.

    From PREVIEW on it computes in what time is left over, and leaves a core at once when the window or an answer
    needs one: a nice process would go on until its slice ends.
    """
    os.nice(nice)
    if nice >= PREVIEW:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
