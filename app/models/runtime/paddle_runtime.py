"""The one place that imports Paddle, quietly and with the settings that must precede the import."""

from __future__ import annotations

import ctypes
import os
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

# MKL takes a path three times slower on processors of other makers unless told which one to take.
os.environ.setdefault("MKL_DEBUG_CPU_TYPE", "5")
os.environ.setdefault("GLOG_minloglevel", "2")
# Paddle 3 would write programs in a form that neither EISeg nor Paddle 2 reads.
os.environ.setdefault("FLAGS_enable_pir_api", "0")

CRASHES = (signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT, signal.SIGTERM)
SIGACTION_BYTES = 1024
"""Room for a struct sigaction, whose size differs between C libraries."""


@contextmanager
def keep_signal_handlers() -> Iterator[None]:
    """Put back the handlers of signals, which Paddle replaces: a crash would not name the Python lines it fell in."""
    libc = ctypes.CDLL(None)
    kept = {number: ctypes.create_string_buffer(SIGACTION_BYTES) for number in CRASHES}
    for number, action in kept.items():
        libc.sigaction(number, None, action)
    yield
    for number, action in kept.items():
        libc.sigaction(number, action, None)


with warnings.catch_warnings(), keep_signal_handlers():
    # A GPU build on a machine without a GPU falls back on the CPU, which is what we want.
    warnings.filterwarnings("ignore", message="You are using GPU version Paddle")
    warnings.filterwarnings("ignore", message="No ccache found")
    # Paddle's generated modules still use names that protobuf and numpy have deprecated.
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    import paddle

__all__ = ["paddle"]
