"""Recognises the network of a checkpoint by the names of its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import ModelError

Kind = Literal["hrnet18", "hrnet18s", "edgeflow", "propagation", "fusion"]
_THIRD_BLOCK = "feature_extractor.layer1.2.conv1.weight"


def checkpoint_kind(state: Mapping[str, NDArray[np.float32]]) -> Kind:
    """Return the kind of network; raises ModelError for an unknown one."""
    if "maps_transform.0.weight" in state:
        if any(name.startswith("finenet.") for name in state):
            return "edgeflow"
        return "hrnet18" if _THIRD_BLOCK in state else "hrnet18s"
    if any(name.startswith("mask_rgb_encoder.") for name in state):
        return "propagation"
    if "final_conv.weight" in state:
        return "fusion"
    raise ModelError(
        "The checkpoint is of a network that the program does not know.",
        remedy="Give one of RITM (HRNet18, HRNet18s) or of MiVOS (propagation, fusion).",
    )
