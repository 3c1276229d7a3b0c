"""Where networks run: which processor, with how many threads, in which precision."""

from __future__ import annotations

import ctypes
import os
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from app.errors import ModelError

Precision = Literal["auto", "fp32", "bf16"]


@dataclass(frozen=True, slots=True)
class Device:
    """kind: "cpu" or "gpu"; index: of the GPU; threads: on the CPU; precision: what the person asked for."""

    kind: Literal["cpu", "gpu"]
    index: int = 0
    threads: int = 1
    precision: Precision = "auto"

    def __str__(self) -> str:
        return describe(self)


def choose_device(
    name: str = "auto", threads: int = 0, workers: int = 1, precision: Precision = "auto"
) -> Device:
    """Return the device for "auto", "cpu", "gpu" or "gpu:1".

    "cpu:fp32" and "cpu:bf16" set the precision too. By itself a model runs in bfloat16 where the processor
    multiplies it natively and a trial finds the masks to agree; elsewhere bfloat16 is emulated and slower.
    threads: 0 shares the processor's cores evenly among workers that compute at the same time.
    Raises ModelError when a GPU is asked for by number and is not there.
    """
    threads = threads or max(1, cores() // max(1, workers))
    kind, _, number = name.partition(":")
    if kind == "cpu" and number in ("fp32", "bf16"):
        precision, number = ("fp32" if number == "fp32" else "bf16"), ""
    count = gpu_count()
    if kind == "cpu" or (kind in ("auto", "gpu") and not number and count == 0):
        return Device("cpu", threads=threads, precision=precision)
    index = int(number) if number.isdigit() else 0
    if kind not in ("auto", "gpu") or index >= count:
        raise ModelError("There is no such device here.", subject=name, remedy="Choose auto, cpu or gpu.")
    return Device("gpu", index, threads, "fp32")


def gpu_count() -> int:
    """Count the GPUs that Paddle can use now; EISeg asks how Paddle was built and fails where there is none."""
    if not _has_driver():
        return 0
    from app.models.paddle_runtime import paddle

    return paddle.device.cuda.device_count() if paddle.is_compiled_with_cuda() else 0


def paddle_version() -> str:
    """The installed Paddle's version, without the seconds that importing it takes. Raises ModelError."""
    for package in ("paddlepaddle-gpu", "paddlepaddle"):
        try:
            return metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    raise ModelError("Paddle is not installed.", remedy="Install what requirements.txt lists.")


def _has_driver() -> bool:
    """Whether a card's driver is installed; importing Paddle takes seconds that a machine without need not wait."""
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True


def has_fast_bf16() -> bool:
    """Whether the processor multiplies bfloat16 natively (AVX-512 BF16 or AMX)."""
    try:
        words = set(Path("/proc/cpuinfo").read_text().partition("flags")[2].partition("\n")[0].split())
    except OSError:
        return False
    return not words.isdisjoint(("avx512_bf16", "amx_bf16"))


def describe(device: Device, bf16: bool = False, runtime: str = "OpenVINO") -> str:
    """Return a line for the status bar, such as "CPU · 2 threads · OpenVINO bf16"."""
    if device.kind == "gpu":
        from app.models.paddle_runtime import paddle

        return f"GPU {device.index} · {paddle.device.cuda.get_device_name(device.index)}"
    plural = "" if device.threads == 1 else "s"
    return f"CPU · {device.threads} thread{plural} · {runtime} {'bf16' if bf16 else 'fp32'}"


def cores() -> int:
    """Count the physical cores that this process may use; sibling threads only get in each other's way."""
    allowed = os.sched_getaffinity(0)
    pairs = _core_by_processor()
    count = len({pairs.get(processor, (processor, 0)) for processor in allowed})
    return max(1, min(count, _quota(count)))


def _core_by_processor() -> dict[int, tuple[int, int]]:
    found: dict[int, tuple[int, int]] = {}
    for folder in Path("/sys/devices/system/cpu").glob("cpu[0-9]*/topology"):
        number = folder.parent.name.removeprefix("cpu")
        try:
            core, package = (int((folder / name).read_text()) for name in ("core_id", "physical_package_id"))
        except (OSError, ValueError):
            continue
        if number.isdigit():
            found[int(number)] = (package, core)
    return found


def _quota(default: int) -> int:
    """Return how many processors the control group grants, rounded up."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return -(-int(quota) // int(period))
    except (OSError, ValueError):
        return default
