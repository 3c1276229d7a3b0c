"""GPUs on which networks run: those that Paddle sees, and on which it has run one.

Paddle's package includes neither a driver nor cuDNN, so on some cards the first convolution fails or ends the process.
A separate process, app.models.preparing.gpu_probe, tries each card once after each start of the machine.
"""

import contextlib
import ctypes
import functools
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import platformdirs

from app.files.process_activity import read_output
from app.models.runtime.paddle_version import paddle_version

# That a probe had for itself, so that a busy machine breaks no limit; the first use of a new card compiles for half
# a minute.
SECONDS = 120.0
_ROOT = Path(__file__).parents[3]


def count_gpus() -> int:
    """Count the GPUs that Paddle sees."""
    if not _has_driver():
        return 0
    from app.models.runtime.paddle_runtime import paddle

    return paddle.device.cuda.device_count() if paddle.is_compiled_with_cuda() else 0


@functools.cache
def find_gpu_fault(index: int) -> str:
    """Return why no network runs on a GPU, as a sentence; empty if one does."""
    marker = _marker_path(index)
    if marker is not None and marker.exists():
        return ""
    fault = _run_probe(index)
    if marker is not None and not fault:
        # If the cache folder cannot be written, the next start probes again.
        with contextlib.suppress(OSError):
            marker.parent.mkdir(parents=True, exist_ok=True)
            marker.touch()
    return fault


def _has_driver() -> bool:
    """Whether a driver is installed, which saves the seconds of importing Paddle where there is none."""
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True


def _marker_path(index: int) -> Path | None:
    """Return the file that marks a successful probe since the last boot; None if the boot is unknown."""
    try:
        start = Path("/proc/sys/kernel/random/boot_id").read_text()
    except OSError:
        return None
    libraries = os.environ.get("LD_LIBRARY_PATH", "")
    digest = hashlib.sha256(f"{start} {paddle_version()} {libraries} {index}".encode()).hexdigest()
    return Path(platformdirs.user_cache_dir("framewise")) / "gpu" / digest[:24]


def _run_probe(index: int) -> str:
    command = [sys.executable, "-m", "app.models.preparing.gpu_probe", str(index), str(os.getpid())]
    with subprocess.Popen(
        command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as probe:
        answer = read_output(probe, SECONDS)
    if answer is None:
        return "It takes too long to answer."
    if probe.returncode:
        return f"Paddle ended on it with {probe.returncode}."
    return str(json.loads(answer))
