"""The device that a network runs on. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Precision = Literal["auto", "fp32", "bf16"]


@dataclass(frozen=True, slots=True)
class Device:
    """Processor or GPU."""

    kind: Literal["cpu", "gpu"]
    index: int = 0  #: of the GPU
    threads: int = 1  #: on the processor
    precision: Precision = "auto"  #: that was asked for
    lacks_gpu: bool = False  #: whether there is a GPU on which no network runs

    def as_cpu(self) -> Device:
        """Return the processor instead of a GPU."""
        return Device("cpu", threads=self.threads, lacks_gpu=True)

    def __str__(self) -> str:
        return describe_device(self)


def describe_device(device: Device, bf16: bool = False, runtime: str = "OpenVINO") -> str:
    """Return a line for the status bar, such as "CPU · 2 threads · OpenVINO bf16"."""
    if device.kind == "gpu":
        from app.models.runtime.paddle_runtime import paddle

        return f"GPU {device.index} · {paddle.device.cuda.get_device_name(device.index)}"
    plural = "" if device.threads == 1 else "s"
    words = f"CPU · {device.threads} thread{plural} · {runtime} {'bf16' if bf16 else 'fp32'}"
    return f"{words} · GPU not usable" if device.lacks_gpu else words
