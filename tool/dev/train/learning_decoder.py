# mypy: allow-subclassing-any, allow-untyped-decorators, disable-error-code="no-any-return"
"""The decoder in PyTorch behind the program's interface of a network: it learns from what it is asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from tool.dev.train import losses
from tool.dev.train.decoder import Decoder
from tool.dev.train.tasks import NEAR, SCORE

Array = NDArray[np.float32]
FALL = 2.0
"""Weight of the loss where a click makes wrong what was right: twice that of tasks.py, since here answers follow one
another as in the program; by hand."""


class LearningDecoder:
    """See app.models.runtime.network.Network. While a truth is set, each answer adds its gradient."""

    outputs = 2

    def __init__(self, decoder: Decoder) -> None:
        self.decoder = decoder
        self.truth: Array | None = None
        """Right answers to the next question, (n, 1, h, w) in [0, 1] at stride 2; None: nothing is to be learned."""
        self.last: tuple[float, float] | None = None
        """The last click, in cells of stride 2; None in propagation."""
        self.losses: list[float] = []

    def __call__(self, *arrays: NDArray[Any]) -> list[Array]:
        """See Network."""
        truth = self.truth if self.truth is not None and len(self.truth) == len(arrays[4]) else None
        *features, hints, likeness, memory = (_tensor(array) for array in arrays)
        with torch.set_grad_enabled(truth is not None):
            logits, score = self.decoder(features, hints, likeness, memory)
            if truth is not None:
                self._learn(logits, score, hints, torch.from_numpy(truth))
        return [logits.detach().numpy(), torch.sigmoid(score.detach()).numpy()]

    def _learn(self, logits: Tensor, score: Tensor, hints: Tensor, truth: Tensor) -> None:
        loss = losses.mask_loss(logits, truth) + SCORE * losses.score_loss(score, logits, truth)
        if self.last is not None:
            loss = loss + NEAR * losses.near_loss(logits, truth, torch.tensor([self.last]))
            previous = hints[:, 6:7]
            if bool((previous > 0.5).any()):  # else there was no answer before, but a box at most
                older = F.interpolate(previous, scale_factor=2.0, mode="bilinear") - 0.5
                loss = loss + FALL * losses.fall_loss(logits, older, truth)
        self.losses.append(float(loss.detach()))
        loss.backward()


def _tensor(array: NDArray[Any]) -> Tensor:
    tensor = torch.from_numpy(np.ascontiguousarray(array, np.float32))
    return tensor.contiguous(memory_format=torch.channels_last)
