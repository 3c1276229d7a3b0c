"""Score of a propagated mask."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
# Chosen by hand; halving or doubling the ratio and the decidedness changes nothing on five DAVIS sequences.
LOST = 0.1  # Score of an object that is not found: low, as nothing may also be the truth.
RESIDUE = 0.1  # Ratio of areas below which an undecided rest counts as gone: higher drops receding objects.
UNSURE = 0.3  # Decidedness below which a rest of that size is a stain, not a small object.
DECAY = 0.1  # Of trust per frame, for a mask that kept no pixel of the one before.


@dataclass(frozen=True, slots=True)
class MaskCues:
    """Evidence for the score of a mask, each in [0, 1]."""

    stability: float  #: overlap with the warped mask
    decidedness: float  #: 1 where no pixel is undecided
    size: float  #: ratio to the person's mask, 1 for equal areas


def measure_cues(carried: Plane, inside: Plane, area: float) -> MaskCues:
    """Measure the cues of one object in a region of a frame.

    carried, inside: float32 (h, w), its probability as warped and as corrected by the frame. area: pixels of the
    person's mask.
    """
    mask, before = inside > 0.5, carried > 0.5
    own, union = float(np.count_nonzero(mask)), np.count_nonzero(mask | before)
    weight = max(float(inside.sum()), 1e-6)
    return MaskCues(
        stability=np.count_nonzero(mask & before) / union if union else 0.0,
        decidedness=1 - min(float((inside * (1 - inside)).sum()) * 4 / weight, 1.0),
        size=min(own, area) / max(own, area, 1e-6),
    )


def is_gone(cues: MaskCues) -> bool:
    """Return whether the rest of a mask is a residue on the background where the object was seen last."""
    return not cues.size or (cues.size < RESIDUE and cues.decidedness < UNSURE)


def decay_trust(trust: float, cues: MaskCues) -> float:
    """Return the trust after one more frame."""
    return trust * (1 - DECAY + DECAY * cues.stability)


def expected_overlap(cues: MaskCues, trust: float) -> float:
    """Return the score: the J (intersection over union) to expect."""
    return min(max(trust * cues.decidedness, 0.0), 1.0)
