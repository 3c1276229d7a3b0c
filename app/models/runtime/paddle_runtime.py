"""The only module that imports Paddle, with the settings that must precede the import."""

import ctypes
import os
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

# On processors of other makers MKL is three times slower without this.
os.environ.setdefault("MKL_DEBUG_CPU_TYPE", "5")
os.environ.setdefault("GLOG_minloglevel", "2")
# Without this Paddle 3 writes programs that neither EISeg nor Paddle 2 reads.
os.environ.setdefault("FLAGS_enable_pir_api", "0")

CRASHES = (signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT, signal.SIGTERM)
SIGACTION_BYTES = 1024  # At least the size of struct sigaction, which differs between C libraries.


@contextmanager
def keep_signal_handlers() -> Iterator[None]:
    """Restore the signal handlers that Paddle replaces, or a crash would not be traced to Python lines."""
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
