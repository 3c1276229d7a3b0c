"""Target model: a linear model of one object on the encoder's features, trained on its reference frames at once.

Ridge regression in closed form. Sources: Robinson et al., "Learning Fast and Robust Target Models for Video Object
Segmentation", CVPR 2020; Bhat et al., "Learning What to Learn for Video Object Segmentation", ECCV 2020.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
RIDGE = 0.01  # Added to the diagonal, relative to it, so that the units of the features do not matter.
SILENT = 1e-12  # Power of a feature, relative to the mean, below which it says nothing.
# Cells that an object counts as at least, so that a few cells of a tiny one do not decide alone.
LEAST_WEIGHT = 4.0


@dataclass(frozen=True, slots=True)
class TargetExample:
    """Terms of one reference frame in the normal equations of an object."""

    gram: Array  #: (c + 1, c + 1), the last row and column for the offset
    moment: Array  #: (c + 1,)
    fine: int  #: how many of the features are at stride 8; they come first


class TargetModel:
    """Says of every place of a frame how much it looks like the object and not like its surroundings."""

    def __init__(self, examples: Sequence[TargetExample]) -> None:
        """Solve the normal equations of all examples, of which there is at least one; some milliseconds."""
        gram = np.sum([example.gram for example in examples], 0, np.float64)
        moment = np.sum([example.moment for example in examples], 0, np.float64)
        power = np.diag(gram)
        # A feature that is 0 everywhere must not make the equations singular.
        penalty = RIDGE * np.maximum(power, SILENT * power.mean())
        weights = np.linalg.solve(gram + np.diag(penalty), moment).astype(np.float32)
        fine = examples[0].fine
        self._fine, self._coarse, self._offset = weights[:fine], weights[fine:-1], weights[-1]

    def score_frame(self, fine: Array, coarse: Array) -> Array:
        """Return the share of every cell that is the object, float32 (h, w) in [0, 1]; features as for make_example."""
        # Enlarging is linear, so one map is enlarged and not every feature.
        far = _enlarge(np.tensordot(self._coarse, coarse, 1), fine)
        scores: Array = np.tensordot(self._fine, fine, 1) + far + self._offset
        return np.clip(scores, 0, 1)


def make_example(fine: Array, coarse: Array, mask: Array) -> TargetExample:
    """Return what a frame teaches.

    fine: features (c, h, w) at stride 8; coarse: (d, h/2, w/2) at stride 16; mask: float32 (2h, 2w) in [0, 1], at
    stride 4. The object and everything else count half each, however large they are.
    """
    features = np.concatenate([fine, np.stack([_enlarge(plane, fine) for plane in coarse])])
    height, width = features.shape[1:]
    share = mask.reshape(height, 2, width, 2).mean((1, 3)).ravel()
    weight = 0.5 * share / max(float(share.sum()), LEAST_WEIGHT)
    weight += 0.5 * (1 - share) / max(float((1 - share).sum()), LEAST_WEIGHT)
    flat = np.concatenate([features.reshape(len(features), -1), np.ones((1, share.size), np.float32)])
    weighted = flat * weight
    return TargetExample(weighted @ flat.T, weighted @ share, len(fine))


def _enlarge(plane: Array, fine: Array) -> Array:
    wide = cv2.resize(plane, (fine.shape[2], fine.shape[1]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(wide, np.float32)
