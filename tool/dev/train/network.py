# mypy: allow-subclassing-any, allow-untyped-decorators, disable-error-code="no-any-return"
"""The whole network as it is trained: encoder, memory, and a decoder each for clicks and for propagation."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tool.dev.train.decoder import Decoder, click_hints, click_likeness
from tool.dev.train.encoder import WIDTHS, Encoder, Lite
from tool.dev.train.layers import Block, Point, Stride

EMBEDDING = 32  # channels, with KEY those of the shipped network; see app.models.default
KEY = 64  # channels
VALUE = WIDTHS[2]


class ValueEncoder(nn.Module):
    """Features and masks of a frame to the values that memory holds, (n, VALUE, h/16, w/16)."""

    def __init__(self) -> None:
        super().__init__()
        self.mask = nn.Sequential(Stride(2, 24), Stride(24, 48))
        self.join = Point(48 + WIDTHS[2], VALUE)
        self.blocks = nn.Sequential(Block(VALUE, 5), Block(VALUE, 5))
        self.out = nn.Conv2d(VALUE, VALUE, 1)

    def forward(self, feature: Tensor, masks: Tensor) -> Tensor:
        """feature: stride 16; masks: (n, 2, h/4, w/4) probability of this object and of all others."""
        x = F.relu(self.join(torch.cat([feature, self.mask(masks)], 1)))
        return self.out(self.blocks(x))


class KeyEncoder(nn.Module):
    """Features at strides 4, 8 and 16 to the key by which memory is read, (n, KEY, h/16, w/16).

    The finer features tell things of one kind apart, which those at stride 16 alone hold to be the same.
    """

    def __init__(self) -> None:
        super().__init__()
        self.plain = nn.Conv2d(WIDTHS[2], KEY, 1)
        self.join = Point(sum(WIDTHS[:3]), WIDTHS[2])
        self.block = Block(WIDTHS[2], 5)
        self.out = nn.Conv2d(WIDTHS[2], KEY, 1)

    def forward(self, features: list[Tensor]) -> Tensor:
        """features: at strides 4, 8, 16 and more."""
        fine = [F.avg_pool2d(features[0], 4), F.avg_pool2d(features[1], 2), features[2]]
        detail = self.block(F.relu(self.join(torch.cat(fine, 1))))
        return self.plain(features[2]) + self.out(detail)


class Network(nn.Module):
    """Everything that is trained."""

    def __init__(self, lite: Lite = 0) -> None:
        """lite: of the encoder; the features have the same channels with any."""
        super().__init__()
        self.encoder = Encoder(lite)
        self.embedding = nn.Conv2d(WIDTHS[1], EMBEDDING, 1)
        self.key = KeyEncoder()
        self.value = ValueEncoder()
        self.decoder = Decoder()
        self.propagation_decoder = Decoder()

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.embedding.weight.device

    def encode(self, image: Tensor) -> list[Tensor]:
        """Return features at strides 4..32, the embedding at stride 8 and the key at stride 16."""
        features = self.encoder(image)
        return [*features, F.normalize(self.embedding(features[1]), dim=1), self.key(features)]

    def answer_clicks(
        self, coded: list[Tensor], points: Tensor, previous: Tensor, known: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Answer clicks: logits at stride 2 and score logits; arguments as click_hints has them."""
        previous, known = previous.to(points.device), known.to(points.device)
        hints = click_hints(points, previous, known, torch.zeros_like(known))
        memory = torch.zeros_like(coded[2])
        return self.decoder(coded[:4], hints, click_likeness(coded[4], points), memory)

    def encode_memory(self, coded: list[Tensor], masks: Tensor) -> Tensor:
        """Return what memory holds of a frame, (n, VALUE + 1, places): values and the mask itself.

        masks: (n, 2, h, w) at stride 4, this object and all others.
        """
        own = F.avg_pool2d(masks[:, :1], 4)
        return torch.cat([self.value(coded[2], masks), own], 1).flatten(2)

    def propagate_masks(
        self, coded: list[Tensor], hints: Tensor, likeness: Tensor, memory: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Find objects on a frame: logits at stride 2 and score logits.

        hints, likeness: see propagation_cues; memory: as read, (n, VALUE + 1, h/16, w/16).
        """
        return self.propagation_decoder(coded[:4], hints, likeness, memory[:, :VALUE])


def read_memory(query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Read values (n, c, m) by keys (n, k, m) at every place of query (n, k, h, w); softmax of -distance².

    Source: Cheng et al., "Rethinking Space-Time Networks with Improved Memory Coverage", NeurIPS 2021.
    """
    with torch.autocast(query.device.type, enabled=False):
        # A distance is a small difference of large numbers, which bfloat16 cannot hold.
        flat, keys, values = query.float().flatten(2), keys.float(), values.float()
        distance = 2 * torch.bmm(keys.transpose(1, 2), flat) - (keys**2).sum(1)[..., None]
        weights = (distance / keys.shape[1] ** 0.5).softmax(1)
        return torch.bmm(values, weights).view(*values.shape[:2], *query.shape[-2:])
