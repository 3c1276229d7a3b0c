# mypy: allow-subclassing-any
"""EdgeFlow: RITM's HRNet18_OCR64 with late fusion of clicks, an edge branch and a fine network.

Hao et al., 2021, arXiv:2109.09406.
"""

from __future__ import annotations

from typing import Any

from app.models.runtime.paddle_runtime import paddle
from tool.conversion.nets.layers import Tensor, conv, conv_norm, nn, resize_bilinear, size_of
from tool.conversion.nets.ritm import JOINED, OCRExtractor, build_click_maps

KEYS = 64  # channels of the OCR keys; with COARSE_INPUTS given by the published weights
COARSE_INPUTS = 8


class ConvNormReLU(nn.Layer):
    """Convolution, batch norm and ReLU under the names of PaddleSeg; padding "same" or 1."""

    def __init__(self, inputs: int, outputs: int, stride: int, groups: int = 1, same: bool = False) -> None:
        super().__init__()
        padding = "SAME" if same else 1
        bias = None if groups > 1 else False
        self._conv = nn.Conv2D(inputs, outputs, 3, stride, padding, groups=groups, bias_attr=bias)
        self._batch_norm = nn.BatchNorm2D(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.relu(self._batch_norm(self._conv(x)))


def warp_features(x: Tensor, flow: Tensor) -> Tensor:
    """Move x (B, C, H, W) by flow (B, 2, H, W): channel 0 along x, 1 along y, divided by (W, H)."""
    sides = paddle.shape(x)
    lines = [paddle.linspace(-1.0, 1.0, sides[axis]) for axis in (2, 3)]
    rows, columns = paddle.meshgrid(*lines)
    scale = paddle.stack([sides[3], sides[2]]).astype("float32")
    grid = paddle.stack([columns, rows], axis=-1) + flow.transpose([0, 2, 3, 1]) / scale
    return nn.functional.grid_sample(x, grid, padding_mode="zeros", align_corners=True)


class LateFusion(nn.Layer):
    """Warps features by the flow between them and a guide made from the clicks."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.down_h = conv(channels, channels, 1)
        self.down_l = conv(channels, channels, 1)
        self.flow_make = conv(2 * channels, 2)

    def forward(self, features: Tensor, guide: Tensor) -> Tensor:
        """Return the features warped by the flow."""
        flow = self.flow_make(paddle.concat([self.down_h(features), self.down_l(guide)], axis=1))
        return warp_features(features, flow)


class EdgeBranch(nn.Layer):
    """Edge features: what a smoothing flow removes (Li et al., 2020, arXiv:2007.10035)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.down = nn.Sequential(
            *(ConvNormReLU(channels, channels, 2, groups=channels, same=True) for _ in range(2))
        )
        self.flow_make = conv(2 * channels, 2)

    def forward(self, x: Tensor) -> Tensor:
        smooth = resize_bilinear(self.down(x), size_of(x), align_corners=False)
        flow = self.flow_make(paddle.concat([x, smooth], axis=1))
        return x - warp_features(x, flow)


class EdgeExtractor(OCRExtractor):
    """RITM's extractor with late fusion and the edge branch."""

    def __init__(self) -> None:
        super().__init__(small=False, keys=KEYS)
        width = 2 * KEYS
        self.warp1_conv = ConvNormReLU(64, 256, 2)
        self.warp1_align = LateFusion(256)
        self.warp2_conv = ConvNormReLU(256, JOINED, 1)
        self.warp2_align = LateFusion(JOINED)
        self.edge = EdgeBranch(width)
        self.edge_fusion = conv(2 * width, 2 * width, 1)
        self.edge_out = nn.Sequential(ConvNormReLU(2 * width, 48, 1), conv(48, 1, 1))

    def forward(self, image: Tensor, clicks: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return coarse, auxiliary and edge logits at a quarter of the size."""
        x = self.stem(image, clicks)
        first = self.warp1_align(x, self.warp1_conv(clicks))
        joined = self.stages(x + first)
        joined = joined + self.warp2_align(joined, self.warp2_conv(first))
        aux, pixels, features = self.context(joined)
        edge = self.edge_fusion(paddle.concat([self.edge(features), pixels], axis=1))
        return self.cls_head(features), aux, self.edge_out(edge)


class ShortcutBlock(nn.Layer):
    """Two 1x1 convolutions beside a shortcut. conv2 and bn2 are in the checkpoints but never called."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv_norm(48, 32, 1)
        self.conv2, self.bn2 = conv_norm(32, 32)
        self.conv3, self.bn3 = conv_norm(32, 64, 1)
        self.downsample = nn.Sequential(*conv_norm(48, 64, 1))

    def forward(self, x: Tensor) -> Tensor:
        y = nn.functional.relu(self.bn1(self.conv1(x)))
        return nn.functional.relu(self.bn3(self.conv3(y)) + self.downsample(x))


def _atrous(dilation: int) -> Any:
    wide = nn.Conv2D(COARSE_INPUTS, 32, 3, padding=dilation, dilation=dilation, bias_attr=False)
    narrow = conv(32, 16, 1)
    return nn.Sequential(wide, nn.PReLU(), nn.BatchNorm2D(32), narrow, nn.PReLU(), nn.BatchNorm2D(16))


class FineNet(nn.Layer):
    """Refines the mask at full size from the image, the clicks, the coarse mask and the edge."""

    def __init__(self) -> None:
        super().__init__()
        self.atrous1, self.atrous2, self.atrous3 = (_atrous(dilation) for dilation in (1, 2, 3))
        self.final_predict = nn.Sequential(ShortcutBlock(), conv(64, 1), nn.BatchNorm2D(1))

    def forward(self, x: Tensor) -> Tensor:
        branches = [self.atrous1(x), self.atrous2(x), self.atrous3(x)]
        return self.final_predict(paddle.concat(branches, axis=1))


class EdgeFlow(nn.Layer):
    """Mask, auxiliary and edge logits from a normalised image and coordinate features.

    The first channel of the coordinate features is the previous edge instead of the previous mask.
    """

    def __init__(self) -> None:
        super().__init__()
        self.maps_transform = build_click_maps()
        self.feature_extractor = EdgeExtractor()
        self.finenet = FineNet()

    def forward(self, image: Tensor, coords: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return three maps of logits (B, 1, H, W) from two (B, 3, H, W)."""
        heads = self.feature_extractor(image, self.maps_transform(coords))
        coarse, aux, edge = (resize_bilinear(logits, size_of(image)) for logits in heads)
        sigmoid = nn.functional.sigmoid
        mask = self.finenet(paddle.concat([image, coords, sigmoid(coarse), sigmoid(edge)], axis=1))
        return mask, aux, edge
