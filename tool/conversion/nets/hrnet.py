# mypy: allow-subclassing-any
"""HRNet-W18, the backbone of the click networks (Wang et al., 2019, arXiv:1908.07919)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.models.runtime.paddle_runtime import paddle
from tool.conversion.nets.layers import Tensor, conv_norm, conv_norm_relu, nn, resize_bilinear, size_of

WIDTHS = (18, 36, 72, 144)


class HRNetBottleneck(nn.Layer):
    """1x1, 3x3, 1x1 with a shortcut; four times wider at its end."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv_norm(inputs, width, 1)
        self.conv2, self.bn2 = conv_norm(width, width)
        self.conv3, self.bn3 = conv_norm(width, width * 4, 1)
        self.downsample = nn.Sequential(*conv_norm(inputs, width * 4, 1)) if inputs != width * 4 else None

    def forward(self, x: Tensor) -> Tensor:
        y = nn.functional.relu(self.bn1(self.conv1(x)))
        y = nn.functional.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return nn.functional.relu(y + (x if self.downsample is None else self.downsample(x)))


class BasicBlock(nn.Layer):
    """Two 3x3 convolutions with a shortcut."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv_norm(width, width)
        self.conv2, self.bn2 = conv_norm(width, width)

    def forward(self, x: Tensor) -> Tensor:
        y = nn.functional.relu(self.bn1(self.conv1(x)))
        return nn.functional.relu(self.bn2(self.conv2(y)) + x)


def _fuse_path(source: int, target: int) -> Any:
    """Return the layer that maps branch source to the width (and, downwards, the size) of branch target."""
    if source > target:
        return nn.Sequential(*conv_norm(WIDTHS[source], WIDTHS[target], 1))
    if source == target:
        return nn.Identity()
    steps = [conv_norm_relu(WIDTHS[source], WIDTHS[source], 3, 2) for _ in range(target - source - 1)]
    return nn.Sequential(*steps, nn.Sequential(*conv_norm(WIDTHS[source], WIDTHS[target], 3, 2)))


class HRModule(nn.Layer):
    """Parallel branches of halving size, followed by an exchange between all of them."""

    def __init__(self, branches: int, blocks: int) -> None:
        super().__init__()
        self.branches = nn.LayerList(
            [nn.Sequential(*(BasicBlock(width) for _ in range(blocks))) for width in WIDTHS[:branches]]
        )
        self.fuse_layers = nn.LayerList(
            [nn.LayerList([_fuse_path(j, i) for j in range(branches)]) for i in range(branches)]
        )

    def forward(self, xs: Sequence[Tensor]) -> list[Tensor]:
        ys = [branch(x) for branch, x in zip(self.branches, xs, strict=True)]
        return [self._fuse(target, ys) for target in range(len(ys))]

    def _fuse(self, target: int, ys: Sequence[Tensor]) -> Tensor:
        size = size_of(ys[target])
        total = None
        for source, (path, y) in enumerate(zip(self.fuse_layers[target], ys, strict=True)):
            part = path(y)
            part = resize_bilinear(part, size) if source > target else part
            total = part if total is None else total + part
        return nn.functional.relu(total)


class HRNet(nn.Layer):
    """Stem, a stage of bottlenecks and three stages of parallel branches.

    small: 2 blocks a branch, and 3 and 2 modules in stages 3 and 4, instead of 4 blocks, 4 and 3 modules.
    """

    def __init__(self, small: bool) -> None:
        super().__init__()
        blocks, modules3, modules4 = (2, 3, 2) if small else (4, 4, 3)
        self.conv1, self.bn1 = conv_norm(3, 64, 3, 2)
        self.conv2, self.bn2 = conv_norm(64, 64, 3, 2)
        self.layer1 = nn.Sequential(*(HRNetBottleneck(256 if i else 64, 64) for i in range(blocks)))
        self.transition1 = nn.LayerList(
            [conv_norm_relu(256, WIDTHS[0]), nn.Sequential(conv_norm_relu(256, WIDTHS[1], 3, 2))]
        )
        self.stage2 = nn.Sequential(HRModule(2, blocks))
        self.transition2 = _new_branch(2)
        self.stage3 = nn.Sequential(*(HRModule(3, blocks) for _ in range(modules3)))
        self.transition3 = _new_branch(3)
        self.stage4 = nn.Sequential(*(HRModule(4, blocks) for _ in range(modules4)))

    def stem(self, image: Tensor, clicks: Tensor) -> Tensor:
        """Return layer1's output; clicks, features of half the size, are added after the first convolution."""
        x = nn.functional.relu(self.bn1(self.conv1(image))) + clicks
        x = nn.functional.relu(self.bn2(self.conv2(x)))
        return self.layer1(x)

    def stages(self, x: Tensor) -> Tensor:
        """Return all branches of the last stage, joined at the size of the largest: 270 channels."""
        xs = self.stage2([layer(x) for layer in self.transition1])
        xs = self.stage3([*xs, self.transition2["2"](xs[-1])])
        xs = self.stage4([*xs, self.transition3["3"](xs[-1])])
        size = size_of(xs[0])
        return paddle.concat([xs[0], *(resize_bilinear(x, size) for x in xs[1:])], axis=1)


def _new_branch(index: int) -> Any:
    """Return the layer that opens branch index from the one before it, under the checkpoints' name."""
    layer = nn.Sequential(conv_norm_relu(WIDTHS[index - 1], WIDTHS[index], 3, 2))
    return nn.LayerDict({str(index): layer})
