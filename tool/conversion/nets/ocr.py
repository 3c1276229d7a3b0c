# mypy: allow-subclassing-any
"""Object-contextual representations with one object region (Yuan et al., 2020, arXiv:1909.11065)."""

from __future__ import annotations

from typing import Any

from app.models.runtime.paddle_runtime import paddle
from tool.conversion.nets.layers import Tensor, conv, nn, norm_relu


def gather_region(features: Tensor, logits: Tensor) -> Tensor:
    """Return the mean of features (B, C, H, W) weighted by a spatial softmax of logits: (B, C, 1, 1)."""
    weights = nn.functional.softmax(logits.flatten(2), axis=2)
    region = paddle.matmul(weights, features.flatten(2), transpose_y=True)
    return region.transpose([0, 2, 1]).unsqueeze(3)


class ObjectContext(nn.Layer):
    """Context that a pixel takes from the region it attends to."""

    def __init__(self, channels: int, keys: int) -> None:
        super().__init__()
        self.f_pixel = _transform(channels, keys)
        self.f_object = _transform(channels, keys)
        self.f_down = nn.Sequential(conv(channels, keys, 1), norm_relu(keys))
        self.f_up = nn.Sequential(conv(keys, channels, 1), norm_relu(channels))

    def forward(self, region: Tensor) -> Tensor:
        """Return (B, C, 1, 1).

        With one region the attention over regions is 1 everywhere, so f_pixel and f_object are not computed, and the
        context is the same for every pixel.
        """
        return self.f_up(self.f_down(region))


def _transform(channels: int, keys: int) -> Any:
    return nn.Sequential(conv(channels, keys, 1), norm_relu(keys), conv(keys, keys, 1), norm_relu(keys))


class OCRDistribution(nn.Layer):
    """Concatenates every pixel with its context and projects the result."""

    def __init__(self, channels: int, keys: int) -> None:
        super().__init__()
        self.object_context_block = ObjectContext(channels, keys)
        self.conv_bn_dropout = nn.Sequential(conv(2 * channels, channels, 1), norm_relu(channels))

    def forward(self, features: Tensor, region: Tensor) -> Tensor:
        """Return (B, C, H, W)."""
        context = self.object_context_block(region).expand_as(features)
        return self.conv_bn_dropout(paddle.concat([context, features], axis=1))
