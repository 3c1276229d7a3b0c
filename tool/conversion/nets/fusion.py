# mypy: allow-subclassing-any
"""MiVOS's fusion network: fuses an earlier and a new mask, given the change made between them.

Cheng et al., 2021, arXiv:2103.07941.
"""

from __future__ import annotations

from typing import Any

from app.models.runtime.paddle_runtime import paddle
from tool.conversion.nets.layers import Tensor, conv, nn

WIDTH = 32  # channels, given by the published weights


def _pair() -> Any:
    return nn.Sequential(conv(WIDTH, WIDTH, bias=True), nn.ReLU(), conv(WIDTH, WIDTH, bias=True))


class FusionNetwork(nn.Layer):
    """Logits of the fused mask of one object."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Sequential(conv(9, WIDTH, bias=True))
        self.conv2 = _pair()
        self.conv3 = _pair()
        self.final_conv = conv(WIDTH, 1, bias=True)

    def forward(
        self, frame: Tensor, earlier: Tensor, newer: Tensor, attention: Tensor, time: Tensor
    ) -> Tensor:
        """Return (1, 1, h, w).

        frame (1, 3, h, w); earlier and newer mask (1, 1, h, w); attention (1, 2, h, w) for what was
        added and removed; time (1, 2): distances to the two references over the distance between them.
        """
        sides = paddle.shape(frame)
        times = time.unsqueeze(2).unsqueeze(3).expand([-1, -1, sides[2], sides[3]])
        x = nn.functional.relu(self.conv1(paddle.concat([frame, earlier, newer, attention, times], axis=1)))
        x = nn.functional.relu(self.conv2(x) + x)
        x = nn.functional.relu(self.conv3(x) + x)
        return self.final_conv(x)
