# mypy: allow-subclassing-any, allow-untyped-decorators, disable-error-code="no-any-return"
"""The convolution units that the neck, the decoder and the memory are made of."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from tool.dev.train.depthwise import Depthwise


class Point(nn.Module):
    """1×1 convolution and batch norm."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.conv(x))


class Block(nn.Module):
    """Residual pair of a large depthwise and a pointwise convolution, each with batch norm and ReLU."""

    def __init__(self, width: int, kernel: int) -> None:
        super().__init__()
        self.depth = Depthwise(width, kernel, bias=False)
        self.depth_norm = nn.BatchNorm2d(width)
        self.point = Point(width, width)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.depth_norm(self.depth(x)), inplace=True)
        return F.relu(x + self.point(y), inplace=True)


class Stride(nn.Module):
    """3×3 convolution of stride 2 with batch norm and ReLU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, 2, 1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.norm(self.conv(x)), inplace=True)
