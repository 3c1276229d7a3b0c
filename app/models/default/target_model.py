"""Target model: a linear model of one object on the encoder's features, trained on its reference frames at once.

Ridge regression in closed form. Sources: Robinson et al., "Learning Fast and Robust Target Models for Video Object
Segmentation", CVPR 2020; Bhat et al., "Learning What to Learn for Video Object Segmentation", ECCV 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.default.feature_cache import EncodedFrame

Array = NDArray[np.float32]
RIDGE = 0.01  # Added to the diagonal, relative to it, so that the units of the features do not matter.
SILENT = 1e-12  # Power of a feature, relative to the mean, below which it says nothing.
LEAST_WEIGHT = (
    4.0  # Cells that an object counts as at least, so that a few cells of a tiny one do not decide alone.
)


@dataclass(frozen=True, slots=True)
class TargetExample:
    """What one reference frame adds to the normal equations of an object."""

    gram: Array  #: (c + 1, c + 1), the last row and column for the offset
    moment: Array  #: (c + 1,)


class TargetModel:
    """Says of every place of a frame how much it looks like the object and not like its surroundings."""

    def __init__(self, examples: Sequence[TargetExample]) -> None:
        """Solve the normal equations of all examples, of which there is at least one; some milliseconds."""
        gram = np.sum([example.gram for example in examples], 0, np.float64)
        moment = np.sum([example.moment for example in examples], 0, np.float64)
        power = np.diag(gram)
        # A feature that is 0 everywhere must not make the equations singular.
        penalty = RIDGE * np.maximum(power, SILENT * power.mean())
        self._weights: Array = np.linalg.solve(gram + np.diag(penalty), moment).astype(np.float32)

    def score_frame(self, features: Array) -> Array:
        """Return the share of every cell that is the object, float32 (h, w) in [0, 1]; features: of target_features."""
        flat = features.reshape(len(features), -1)
        scores: Array = (self._weights[:-1] @ flat + self._weights[-1]).reshape(features.shape[1:])
        return np.clip(scores, 0, 1)


def target_features(encoded: EncodedFrame) -> Array:
    """Return the features at stride 8 with those of stride 16 enlarged to it, float32 (c, h, w)."""
    fine, coarse = encoded.features[1][0], encoded.features[2][0]
    size = fine.shape[2], fine.shape[1]
    wide = [cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR) for plane in coarse]
    return np.concatenate([fine, np.stack(wide)])


def make_example(features: Array, mask: Array) -> TargetExample:
    """Return what a frame teaches; mask: float32 (2h, 2w) in [0, 1], at stride 4.

    The object and everything else count half each, however large they are.
    """
    height, width = features.shape[1:]
    share = mask.reshape(height, 2, width, 2).mean((1, 3)).ravel()
    weight = 0.5 * share / max(float(share.sum()), LEAST_WEIGHT)
    weight += 0.5 * (1 - share) / max(float((1 - share).sum()), LEAST_WEIGHT)
    flat = np.concatenate([features.reshape(len(features), -1), np.ones((1, share.size), np.float32)])
    weighted = flat * weight
    return TargetExample(weighted @ flat.T, weighted @ share)
