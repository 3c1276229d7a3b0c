"""Layers that several networks share."""

from __future__ import annotations

from typing import Any

from app.models.runtime.paddle_runtime import paddle

nn = paddle.nn
Tensor = Any


def conv(inputs: int, outputs: int, kernel: int = 3, stride: int = 1, bias: bool = False) -> Any:
    """Return a convolution with same padding."""
    attr = None if bias else False
    return nn.Conv2D(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias_attr=attr)


def conv_norm(inputs: int, outputs: int, kernel: int = 3, stride: int = 1, bias: bool = False) -> list[Any]:
    """Return a convolution and its batch norm, for a Sequential."""
    return [conv(inputs, outputs, kernel, stride, bias), nn.BatchNorm2D(outputs)]


def conv_norm_relu(inputs: int, outputs: int, kernel: int = 3, stride: int = 1, bias: bool = False) -> Any:
    """Return convolution, batch norm and ReLU as one layer."""
    return nn.Sequential(*conv_norm(inputs, outputs, kernel, stride, bias), nn.ReLU())


def norm_relu(channels: int) -> Any:
    """Return batch norm and ReLU as one layer."""
    return nn.Sequential(nn.BatchNorm2D(channels), nn.ReLU())


def size_of(x: Tensor) -> Tensor:
    """Return (height, width) as a tensor, so that a static export keeps it dynamic."""
    return paddle.shape(x)[2:]


def resize_bilinear(x: Tensor, size: Tensor, align_corners: bool = True) -> Tensor:
    """Resize NCHW bilinearly to size (height, width)."""
    return nn.functional.interpolate(x, size=size, mode="bilinear", align_corners=align_corners)
