# mypy: allow-subclassing-any
"""ResNet-50 up to its third stage, with and without masks as input (He et al., 2015, arXiv:1512.03385)."""

from __future__ import annotations

from typing import Any

from tool.conversion.nets.layers import Tensor, conv, nn


class ResNetBottleneck(nn.Layer):
    """1x1, 3x3 (which carries the stride), 1x1 with a shortcut; four times wider at its end."""

    def __init__(self, inputs: int, width: int, stride: int, bias: bool) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, width, 1, bias=bias), nn.BatchNorm2D(width)
        self.conv2, self.bn2 = conv(width, width, 3, stride, bias), nn.BatchNorm2D(width)
        self.conv3, self.bn3 = conv(width, 4 * width, 1, bias=bias), nn.BatchNorm2D(4 * width)
        shortcut = [conv(inputs, 4 * width, 1, stride, bias), nn.BatchNorm2D(4 * width)]
        self.downsample = nn.Sequential(*shortcut) if stride > 1 or inputs != 4 * width else None

    def forward(self, x: Tensor) -> Tensor:
        y = nn.functional.relu(self.bn1(self.conv1(x)))
        y = nn.functional.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return nn.functional.relu(y + (x if self.downsample is None else self.downsample(x)))


def _stage(inputs: int, width: int, blocks: int, stride: int, bias: bool) -> Any:
    first = ResNetBottleneck(inputs, width, stride, bias)
    return nn.Sequential(first, *(ResNetBottleneck(4 * width, width, 1, bias) for _ in range(blocks - 1)))


class MemoryEncoder(nn.Layer):
    """[frame, mask of one object, masks of all others] (K, 5, h, w) to features (K, 1024, h/16, w/16)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2D(5, 64, 7, stride=2, padding=3), nn.BatchNorm2D(64)
        self.maxpool = nn.MaxPool2D(3, stride=2, padding=1)
        self.layer1 = _stage(64, 64, 3, 1, bias=True)
        self.layer2 = _stage(256, 128, 4, 2, bias=True)
        self.layer3 = _stage(512, 256, 6, 2, bias=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(nn.functional.relu(self.bn1(self.conv1(x))))
        return self.layer3(self.layer2(self.layer1(x)))


class QueryEncoder(nn.Layer):
    """Frame (1, 3, h, w) to features at 1/16 (1024 channels), 1/8 (512) and 1/4 (256)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2D(3, 64, 7, stride=2, padding=3, bias_attr=False), nn.BatchNorm2D(64)
        self.maxpool = nn.MaxPool2D(3, stride=2, padding=1)
        self.res2 = _stage(64, 64, 3, 1, bias=False)
        self.layer2 = _stage(256, 128, 4, 2, bias=False)
        self.layer3 = _stage(512, 256, 6, 2, bias=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x = self.maxpool(nn.functional.relu(self.bn1(self.conv1(x))))
        f4 = self.res2(x)
        f8 = self.layer2(f4)
        return self.layer3(f8), f8, f4
