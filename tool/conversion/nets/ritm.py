# mypy: allow-subclassing-any
"""The click networks of RITM, HRNet18_OCR64 and HRNet18s_OCR48 (Sofiiuk et al., 2021, arXiv:2102.06583)."""

from __future__ import annotations

from typing import Any

from app.models.runtime.paddle_runtime import paddle
from tool.conversion.nets.hrnet import HRNet
from tool.conversion.nets.layers import Tensor, conv, conv_norm, conv_norm_relu, nn, resize_bilinear, size_of
from tool.conversion.nets.ocr import OCRDistribution, gather_region

JOINED = 270  # channels of the four branches of HRNet18 together: 18 + 36 + 72 + 144


class Scale(nn.Layer):
    """Multiplies by the magnitude of one learned number."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = self.create_parameter([1])

    def forward(self, x: Tensor) -> Tensor:
        return x * paddle.abs(self.scale)


def build_click_maps() -> Any:
    """Return the layers that map [previous mask, positive disks, negative disks] to an addition to the stem."""
    return nn.Sequential(conv(3, 16, 1, bias=True), nn.LeakyReLU(0.2), conv(16, 64, 3, 2, bias=True), Scale())


class OCRExtractor(HRNet):
    """HRNet with auxiliary head, object context and mask head."""

    def __init__(self, small: bool, keys: int) -> None:
        super().__init__(small)
        width = 2 * keys
        self.conv3x3_ocr = conv_norm_relu(JOINED, width, bias=True)
        self.ocr_distri_head = OCRDistribution(width, keys)
        self.cls_head = conv(width, 1, 1, bias=True)
        norm = conv_norm(JOINED, JOINED, 1, bias=True)
        self.aux_head = nn.Sequential(*norm, nn.ReLU(), conv(JOINED, 1, 1, bias=True))

    def context(self, joined: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return auxiliary logits, pixel features, and these with their object context."""
        aux = self.aux_head(joined)
        pixels = self.conv3x3_ocr(joined)
        return aux, pixels, self.ocr_distri_head(pixels, gather_region(pixels, aux))


class RITM(nn.Layer):
    """Mask logits from a normalised image and coordinate features, both (B, 3, H, W)."""

    def __init__(self, small: bool, keys: int) -> None:
        super().__init__()
        self.maps_transform = build_click_maps()
        self.feature_extractor = OCRExtractor(small, keys)

    def heads(self, image: Tensor, coords: Tensor) -> tuple[Tensor, Tensor]:
        """Return mask and auxiliary logits at a quarter of the size."""
        net = self.feature_extractor
        joined = net.stages(net.stem(image, self.maps_transform(coords)))
        aux, _, features = net.context(joined)
        return net.cls_head(features), aux

    def forward(self, image: Tensor, coords: Tensor) -> tuple[Tensor, Tensor]:
        """Return mask and auxiliary logits (B, 1, H, W)."""
        size = size_of(image)
        mask, aux = self.heads(image, coords)
        return resize_bilinear(mask, size), resize_bilinear(aux, size)


def build_hrnet18() -> Any:
    """Return HRNet18_OCR64."""
    return RITM(small=False, keys=64)


def build_hrnet18s() -> Any:
    """Return HRNet18s_OCR48."""
    return RITM(small=True, keys=48)
