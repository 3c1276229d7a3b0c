# mypy: allow-subclassing-any, allow-untyped-decorators, disable-error-code="no-any-return"
"""Training state on disk; a file appears whole or not at all."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import Any

import torch
from torch import nn


class Average:
    """Exponential moving average of a network, buffers included."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).eval()
        self.decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Move towards the network; faster in the first steps."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for mine, theirs in zip(
            self.network.state_dict().values(), network.state_dict().values(), strict=True
        ):
            if mine.dtype.is_floating_point:
                mine.lerp_(theirs, 1 - decay)


def save_state(path: Path, state: dict[str, Any]) -> None:
    """Write state, atomically."""
    temporary = path.with_suffix(".part")
    with temporary.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def load_state(path: Path) -> dict[str, Any] | None:
    """Read state, or None where there is none."""
    return torch.load(path, map_location="cpu", weights_only=True) if path.exists() else None
