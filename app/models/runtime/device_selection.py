"""Selection of the device for networks, from the request and the machine."""

import logging
import os
from pathlib import Path

from app.domain.errors import ModelError
from app.models.runtime.device import Device, Precision
from app.models.runtime.gpu import count_gpus, find_gpu_fault

_REMEDY = "Install the driver, CUDA and cuDNN that this Paddle wants, or set the device to cpu."
_log = logging.getLogger(__name__)


def select_device(name: str = "auto", threads: int = 0, workers: int = 1) -> Device:
    """Return the device for "auto", "cpu", "gpu" or "gpu:1".

    "cpu:fp32" and "cpu:bf16" set the precision too, see wants_bf16.
    threads: 0 shares the processor's cores evenly among workers that compute at the same time. Falls back to the
    processor if no network runs on the GPU.
    Raises ModelError when a GPU is requested by number and is absent, or no network runs on it.
    """
    threads = threads or max(1, count_cores() // max(1, workers))
    kind, _, detail = name.partition(":")
    precision: Precision = "auto"
    if kind == "cpu" and detail in ("fp32", "bf16"):
        precision = "fp32" if detail == "fp32" else "bf16"
    processor = Device("cpu", threads=threads, precision=precision)
    if kind == "cpu":
        return processor
    index = int(detail) if detail.isdigit() else 0
    is_there = index < count_gpus()
    if kind not in ("auto", "gpu") or (detail and not is_there):
        raise ModelError("There is no such device here.", subject=name, remedy="Choose auto, cpu or gpu.")
    return _tested(Device("gpu", index, threads, "fp32"), is_named=bool(detail)) if is_there else processor


def _tested(device: Device, *, is_named: bool) -> Device:
    """Return a GPU if a network runs on it, else the processor. Raises ModelError if the GPU was named."""
    fault = find_gpu_fault(device.index)
    if not fault:
        return device
    error = ModelError(f"No network runs on it: {fault}", subject=f"GPU {device.index}", remedy=_REMEDY)
    if is_named:
        raise error
    _log.warning("%s", error)
    return device.as_cpu()


def wants_bf16(device: Device) -> bool:
    """Return whether networks compute in bfloat16: as asked, else where the processor multiplies it fast.

    Elsewhere bfloat16 is emulated or slower. An imported model has to pass a probe besides, which compares masks.
    """
    is_asked = device.precision == "bf16" or (device.precision == "auto" and has_fast_bf16())
    return device.kind == "cpu" and is_asked


def has_fast_bf16() -> bool:
    """Whether this processor multiplies bfloat16 faster than float32."""
    try:
        return multiplies_bf16_fast(Path("/proc/cpuinfo").read_text())
    except OSError:
        return False


def multiplies_bf16_fast(cpuinfo: str) -> bool:
    """Whether a processor multiplies bfloat16 faster than float32, by what /proc/cpuinfo says of it.

    With AMX (taken from Intel's documentation, not measured), or AVX-512 BF16 of AMD: there a propagated frame takes
    37 ms, not 56. With AVX-512 BF16 of Intel and no AMX, as some virtual machines have it, it takes 74 ms, not 59.
    """
    words = set(cpuinfo.partition("flags")[2].partition("\n")[0].split())
    return "amx_bf16" in words or ("avx512_bf16" in words and "AuthenticAMD" in cpuinfo)


def count_cores() -> int:
    """Count the physical cores that this process may use; sibling threads only slow each other down."""
    allowed = os.sched_getaffinity(0)
    pairs = _physical_cores()
    count = len({pairs.get(processor, (processor, 0)) for processor in allowed})
    return max(1, min(count, _cgroup_quota(count)))


def _physical_cores() -> dict[int, tuple[int, int]]:
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


def _cgroup_quota(default: int) -> int:
    """Return the processors that the control group grants, rounded up."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return -(-int(quota) // int(period))
    except (OSError, ValueError):
        return default
