# mypy: allow-subclassing-any, allow-untyped-decorators, disable-error-code="no-any-return"
"""Depthwise convolution whose backward pass is fast on a processor; everywhere else PyTorch's own."""

from __future__ import annotations

import functools
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LANES = 16
"""Channels that depthwise.cpp takes at a time."""


class Depthwise(nn.Conv2d):
    """Convolution of every channel by itself, padded so that stride 1 keeps the size."""

    def __init__(self, width: int, kernel: int, stride: int = 1, bias: bool = True) -> None:
        super().__init__(width, width, kernel, stride, kernel // 2, groups=width, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        """x: float32 (n, width, h, w)."""
        quick = x.device.type == "cpu" and self.in_channels % LANES == 0 and torch.is_grad_enabled()
        if not (quick and self.weight.requires_grad and compiled_kernel()):
            return super().forward(x)
        return _Convolution.apply(x, self.weight, self.bias, self.stride[0])


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, stride: int) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.stride = stride
        return F.conv2d(x, weight, bias, stride, weight.shape[-1] // 2, groups=len(weight))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor, Tensor | None, None]:
        x, weight = ctx.saved_tensors
        width, kernel, stride = len(weight), weight.shape[-1], ctx.stride
        kernels = compiled_kernel()
        assert kernels is not None
        grad = grad.contiguous(memory_format=torch.channels_last)
        maps = x.contiguous(memory_format=torch.channels_last)
        sums = kernels.weight_gradient(maps.permute(0, 2, 3, 1), grad.permute(0, 2, 3, 1), kernel, stride)
        of_weight = sums.t().reshape(weight.shape)
        of_x: Tensor | None = None
        if ctx.needs_input_grad[0]:
            of_x = torch.ops.aten.convolution_backward(
                *(grad, maps, weight, None, [stride] * 2, [kernel // 2] * 2, [1, 1]),
                *(False, [0, 0], width, [True, False, False]),
            )[0]
        return of_x, of_weight, grad.sum((0, 2, 3)) if ctx.needs_input_grad[2] else None, None


@functools.lru_cache(maxsize=1)
def compiled_kernel() -> ModuleType | None:
    """Compile depthwise.cpp, once a machine, or return None where there is no compiler."""
    if not (shutil.which("g++") and shutil.which("ninja")):
        return None
    from torch.utils import cpp_extension

    flags = ["-O3", "-march=native", "-ffast-math"]
    source = Path(__file__).with_suffix(".cpp")
    return cpp_extension.load("framewise_depthwise", [str(source)], extra_cflags=flags)
