# mypy: allow-subclassing-any, allow-untyped-decorators, disable-error-code="no-any-return"
"""What both tasks share: figures of a step, and one encoding for several things."""

from __future__ import annotations

import torch
from torch import Tensor

from tool.dev.train.batches import Pictures

SCORE = 0.1
"""Weight of the loss of the score: its gradient ends in the head, so this sets only how fast the head learns."""
Figures = dict[str, float]


def overlap_figures(name: str, overlaps: Tensor, drawn: Pictures) -> Figures:
    """Mean IoU of what is known, overall and by kind."""
    kinds = [kind for kind, known in zip(drawn.kinds, drawn.known.tolist(), strict=True) if known]
    by_picture = overlaps.view(len(kinds), -1).mean(1).tolist()
    groups = {kind: [v for v, k in zip(by_picture, kinds, strict=True) if k == kind] for kind in kinds}
    return {name: float(overlaps.mean())} | {
        f"{name}_{kind}": sum(group) / len(group) for kind, group in groups.items()
    }


def repeat_features(coded: list[Tensor], times: int) -> list[Tensor]:
    """Return what was encoded of each picture for several things of it, one after the other."""
    return [c.repeat_interleave(times, 0).contiguous(memory_format=torch.channels_last) for c in coded]
