# mypy: allow-subclassing-any, allow-untyped-decorators, disable-error-code="no-any-return"
"""The decoder, of which clicks and propagation have one each, what clicks tell it, and the score head."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tool.dev.train.encoder import WIDTHS
from tool.dev.train.layers import Block, Point

SPREADS = (1.0, 4.0, 16.0)
"""Standard deviations of the click spots, in cells of stride 4: 4, 16 and 64 pixels; the place, what is near, which
thing. Part of the weights: others need training from the first stage on."""
HINTS = 9
"""Channels of the hints: spots of positive clicks (3) and negative ones (3), previous mask, whether there is
one, whether it comes from another frame. Propagation has other cues in the first six, see propagation_cues."""
KERNELS = ((5,), (5, 5), (7, 7), (7, 7))
"""Depthwise kernels of the blocks at strides 4, 8, 16 and 32; stride 4 costs most, so it has one block."""
FAR = 1e6  # squared distance to a click that is absent; exp of it is 0 at every spread


class Decoder(nn.Module):
    """Cached features, hints and memory to logits at stride 2 and a score."""

    def __init__(self) -> None:
        super().__init__()
        self.hints = nn.ModuleList(nn.Conv2d(HINTS + 2, width, 1) for width in WIDTHS)
        self.recall = nn.Conv2d(WIDTHS[2], WIDTHS[2], 1, bias=False)
        self.downs = nn.ModuleList(Point(WIDTHS[i + 1], WIDTHS[i]) for i in range(3))
        self.blocks = nn.ModuleList(
            nn.Sequential(*(Block(width, kernel) for kernel in kernels))
            for width, kernels in zip(WIDTHS, KERNELS, strict=True)
        )
        self.head = nn.Conv2d(WIDTHS[0], 4, 3, padding=1)
        self.trust = nn.Parameter(torch.ones(1))
        self.score = nn.Sequential(nn.Linear(2 * WIDTHS[1], 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(
        self, features: list[Tensor], hints: Tensor, likeness: Tensor, memory: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return logits (n, 1, 2h, 2w) and score logits (n, 1).

        features: channels WIDTHS at strides 4..32; hints: (n, HINTS, h, w) at stride 4;
        likeness: (n, 2, h/2, w/2); memory: (n, WIDTHS[2], h/4, w/4), zero for clicks without memory.
        """
        spread = torch.cat([hints, F.interpolate(likeness, scale_factor=2.0, mode="nearest")], 1)
        x = middle = self.blocks[3](F.relu(features[3] + self.hints[3](F.avg_pool2d(spread, 8))))
        for level in (2, 1, 0):
            above = F.interpolate(self.downs[level](x), scale_factor=2.0, mode="bilinear")
            pooled = F.avg_pool2d(spread, 2**level) if level else spread
            y = features[level] + above + self.hints[level](pooled)
            if level == 2:
                y = y + self.recall(memory)
            x = self.blocks[level](F.relu(y))
            middle = x if level == 1 else middle
        logits = F.pixel_shuffle(self.head(x), 2) + self._kept(hints)
        return logits, self.score(_summary(middle, logits))

    def _kept(self, hints: Tensor) -> Tensor:
        # Corrections start from the answer that they correct; a mask of another frame is out of place.
        previous, known, carried = hints[:, 6:7], hints[:, 7:8], hints[:, 8:9]
        kept = (2 * previous - 1) * known * (1 - carried) * self.trust
        return F.interpolate(kept, scale_factor=2.0, mode="bilinear")


def click_hints(points: Tensor, previous: Tensor, known: Tensor, carried: Tensor) -> Tensor:
    """Return hints (n, HINTS, h, w) at stride 4.

    points: (n, k, 3) x, y in pixels of the working picture and +1, -1 or 0 for positive, negative, absent;
    previous: probability (n, 1, h, w) at stride 4, zero where unknown; known, carried: (n,) 0 or 1.
    """
    height, width = previous.shape[-2:]
    ys = torch.arange(height, dtype=torch.float32, device=points.device) * 4 + 1.5
    xs = torch.arange(width, dtype=torch.float32, device=points.device) * 4 + 1.5
    distance = (points[..., 0, None, None] - xs) ** 2 + (points[..., 1, None, None] - ys[:, None]) ** 2
    sign = points[..., 2, None, None]
    channels = []
    for wanted in (1, -1):
        nearest = torch.where(sign == wanted, distance / 16, FAR).amin(1, keepdim=True)
        channels += [torch.exp(nearest / (-2 * spread**2)) for spread in SPREADS]
    flags = [flag.view(-1, 1, 1, 1).expand(-1, 1, height, width) for flag in (known, carried)]
    return torch.cat([*channels, previous, *flags], 1)


def click_likeness(embedding: Tensor, points: Tensor) -> Tensor:
    """Return (n, 2, h, w) at stride 8: the greatest cosine to a positive and to a negative click.

    It is -1 where there is no such click.
    embedding: unit vectors (n, c, h, w) at stride 8; points as for click_hints.
    """
    height, width = embedding.shape[-2:]
    xs = (points[..., 0] / 8).long().clamp(0, width - 1)
    ys = (points[..., 1] / 8).long().clamp(0, height - 1)
    flat = embedding.flatten(2)
    at = (ys * width + xs)[:, None].expand(-1, flat.shape[1], -1)
    cosine = torch.bmm(flat.gather(2, at).transpose(1, 2), flat)
    sign = points[..., 2, None]
    best = [torch.where(sign == wanted, cosine, -1.0).amax(1) for wanted in (1, -1)]
    return torch.stack(best, 1).view(-1, 2, height, width)


def _summary(x: Tensor, logits: Tensor) -> Tensor:
    x = x.detach()
    inside = torch.sigmoid(F.avg_pool2d(logits.detach(), 4))
    weight = inside / (inside.sum((2, 3), keepdim=True) + 1)
    return torch.cat([(x * weight).sum((2, 3)), x.mean((2, 3))], 1)
