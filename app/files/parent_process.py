"""Ties a child process to the life of the one that started it (prctl(2), Linux)."""

import ctypes
import os
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1  # option of prctl, from linux/prctl.h


def end_with_parent(parent: int) -> None:
    """Have the kernel kill this process as soon as the parent is gone, even while it is stopped.

    parent: its process id. It ends with the thread that started this process, too. Raises OSError.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    # The parent may have gone before the line above.
    if os.getppid() != parent:
        os._exit(0)


def end_with_input() -> None:
    """End this process as SIGTERM does when the process that started it closes its standard input or ends."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
