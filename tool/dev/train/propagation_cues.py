# mypy: allow-subclassing-any, allow-untyped-decorators, disable-error-code="no-any-return"
"""What the propagation decoder is told of an object, as in propagation_cues and target_model of app.models.default."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from app.models.default.propagation_cues import REACH
from app.models.default.target_model import LEAST_WEIGHT, RIDGE, SILENT
from tool.dev.train.decoder import HINTS


def propagation_cues(
    before: Tensor, matched: Tensor, recalled: Tensor, looks: Tensor, apart: Tensor
) -> tuple[Tensor, Tensor]:
    """Return hints (n * k, HINTS, h, w) at stride 4 and likeness (n * k, 2, h / 2, w / 2) for n pictures of k things.

    before, matched: masks of the frame before, as they were and moved along, at stride 4; recalled, looks: what memory
    and the target model say, at stride 8, in [0, 1]; apart: see propagation.tell_apart.
    """
    hints = before.new_zeros(len(before), HINTS, *before.shape[-2:])
    hints[:, 0:1] = gather_others(before, apart)
    hints[:, 1:2] = F.interpolate(gather_others(recalled, apart), scale_factor=2.0, mode="nearest")
    hints[:, 2:3] = F.interpolate(gather_others(looks, apart), scale_factor=2.0, mode="nearest")
    hints[:, 3:4], hints[:, 4:5] = matched, gather_others(matched, apart)
    hints[:, 6:7], hints[:, 7:] = before, 1
    return hints, 2 * torch.cat([recalled, looks], 1) - 1


def gather_others(masks: Tensor, apart: Tensor) -> Tensor:
    """Return what the other things of the same picture have together, in [0, 1]; masks: (n * k, 1, h, w)."""
    grouped = masks.view(*apart.shape[:2], *masks.shape[-2:])
    return torch.einsum("nij,njhw->nihw", apart.to(masks.dtype), grouped).clamp(0, 1).view_as(masks)


def match_masks(key: Tensor, earlier: Tensor, masks: Tensor) -> Tensor:
    """Move masks of the frame before along: every cell takes what the cells near it there hold that have like keys.

    key, earlier: (n, c, h, w) at stride 16; masks: (n, 1, 4h, 4w). Source: Voigtlaender et al., "FEELVOS", CVPR 2019,
    whose local matching looks in a window likewise.
    """
    with torch.autocast(key.device.type, enabled=False):
        key, earlier, side = key.float(), earlier.float(), 2 * REACH + 1
        count, channels, height, width = key.shape
        near = F.unfold(earlier, side, padding=REACH).view(count, channels, side**2, -1)
        inside = F.unfold(torch.ones_like(earlier[:1, :1]), side, padding=REACH) > 0
        affinity = 2 * torch.einsum("ncsp,ncp->nsp", near, key.flatten(2)) - near.pow(2).sum(1)
        weights = (affinity / channels**0.5).masked_fill(~inside, -torch.inf).softmax(1)
        cells = F.unfold(F.pixel_unshuffle(masks.float(), 4), side, padding=REACH)
        moved = (cells.view(count, 16, side**2, -1) * weights[:, None]).sum(2)
        return F.pixel_shuffle(moved.view(count, 16, height, width), 4)


class TargetRegression:
    """Target models of things, from one frame; no gradient passes through them."""

    @torch.no_grad()
    def __init__(self, coded: list[Tensor], masks: Tensor) -> None:
        """coded: see Network.encode; masks: (n, 1, h, w) at stride 4."""
        features = _flatten(coded)
        share = F.avg_pool2d(masks.float(), 2).flatten(1)
        weight = 0.5 * share / share.sum(1, keepdim=True).clamp(min=LEAST_WEIGHT)
        weight = weight + 0.5 * (1 - share) / (1 - share).sum(1, keepdim=True).clamp(min=LEAST_WEIGHT)
        weighted = features * weight[:, None]
        gram, moment = weighted @ features.transpose(1, 2), weighted @ share[..., None]
        power = gram.diagonal(dim1=1, dim2=2)
        penalty = RIDGE * torch.maximum(power, SILENT * power.mean(1, keepdim=True))
        self._weights = torch.linalg.solve((gram + torch.diag_embed(penalty)).double(), moment.double())

    @torch.no_grad()
    def score(self, coded: list[Tensor]) -> Tensor:
        """Return the share of every cell that is the thing, (n, 1, h, w) at stride 8, in [0, 1]."""
        scores = self._weights.float().transpose(1, 2) @ _flatten(coded)
        return scores.clamp(0, 1).view(-1, 1, *coded[1].shape[-2:])


def _flatten(coded: list[Tensor]) -> Tensor:
    """Return features at strides 8 and 16 and a constant, (n, c + d + 1, places)."""
    fine = coded[1].float()
    coarse = F.interpolate(coded[2].float(), scale_factor=2.0, mode="bilinear")
    return torch.cat([fine, coarse, torch.ones_like(fine[:, :1])], 1).flatten(2)
