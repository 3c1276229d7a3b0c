# mypy: allow-subclassing-any, allow-untyped-decorators, disable-error-code="no-any-return"
"""Losses over logits and truth at stride 2."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

SMALL = 64.0
"""Cells that a thing counts as at least in fall_loss, so that a tiny one does not weigh more than its outline."""


def mask_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """Normalised focal loss (Sofiiuk et al., "AdaptIS", ICCV 2019), soft Dice and cross entropy.

    logits, truth: (n, 1, h, w); the answer is a mean over n.
    """
    flat, wanted = logits.flatten(1), truth.flatten(1)
    probability = torch.sigmoid(flat)
    cross = F.binary_cross_entropy_with_logits(flat, wanted, reduction="none")
    focus = (probability.detach() - wanted).abs() ** 1.5 + 1e-3
    focal = (focus * cross).sum(1) / focus.sum(1)
    overlap = (probability * wanted).sum(1)
    dice = 1 - (2 * overlap + 1) / (probability.sum(1) + wanted.sum(1) + 1)
    plain = cross.mean(1)
    return (0.5 * focal + dice + plain).mean()


def near_loss(logits: Tensor, truth: Tensor, places: Tensor, reach: float = 12.0) -> Tensor:
    """Cross entropy weighted by a Gaussian around the last click, so that what was pointed at is put right.

    places: (n, 2) x, y in cells of the logits. reach: standard deviation in cells, chosen by hand: some 24 pixels of
    the picture. Source: "You Point, I Learn" (arXiv 2503.06717), which centres its loss on the click likewise.
    """
    height, width = logits.shape[-2:]
    xs, ys = torch.arange(width, device=logits.device), torch.arange(height, device=logits.device)
    distance = (xs - places[:, 0, None, None]) ** 2 + (ys[:, None] - places[:, 1, None, None]) ** 2
    weight = torch.exp(distance / (-2 * reach**2))[:, None]
    cross = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    return ((cross * weight).sum((1, 2, 3)) / weight.sum((1, 2, 3)).clamp(min=1)).mean()


def fall_loss(logits: Tensor, older: Tensor, truth: Tensor) -> Tensor:
    """Focal cross entropy where the answer before was right, relative to the size of the thing.

    older: logits of the answer before, (n, 1, h, w). It is large where a click makes wrong what was right.
    """
    right = ((older > 0) == (truth > 0.5)).float()
    cross = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    focus = ((torch.sigmoid(logits.detach()) - truth).abs() - 0.3).clamp(min=0)
    spoilt = (right * focus * cross).sum((1, 2, 3))
    return (spoilt / truth.sum((1, 2, 3)).clamp(min=SMALL)).clamp(max=2).mean()


def imitation_loss(logits: Tensor, teacher: Tensor) -> Tensor:
    """Cross entropy against what a teacher answers, logits (n, 1, h, w), which doubts where a person would.

    Source: Hinton, Vinyals, Dean, "Distilling the Knowledge in a Neural Network", 2015, at temperature 1.
    """
    return F.binary_cross_entropy_with_logits(logits, torch.sigmoid(teacher))


def score_loss(score: Tensor, logits: Tensor, truth: Tensor) -> Tensor:
    """Cross entropy of the score against the IoU that the answer really has."""
    return F.binary_cross_entropy_with_logits(score[:, 0].float(), overlap(logits, truth))


def overlap(logits: Tensor, truth: Tensor) -> Tensor:
    """Return IoU (n,) of logits > 0 with truth > 0.5; 1 where both are empty."""
    with torch.no_grad():
        answer, wanted = logits.flatten(1) > 0, truth.flatten(1) > 0.5
        both, either = (answer & wanted).sum(1), (answer | wanted).sum(1)
        return torch.where(either > 0, both / either.clamp(min=1), torch.ones_like(both, dtype=torch.float32))
