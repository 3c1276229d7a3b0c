"""How sure a tracked mask is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class MaskCues:
    """What speaks for a mask, each in [0, 1].

    stability: overlap with the carried mask. sureness: how few pixels are undecided. size: against the person's
    mask, 1 for equal.
    """

    stability: float
    sureness: float
    size: float


def signs(carried: Plane, inside: Plane, area: float) -> MaskCues:
    """Gather the signs of one object in a part of a frame.

    carried, inside: float32 (h, w), its probability before and after looking at the frame. area: pixels of the
    person's mask.
    """
    mask, before = inside > 0.5, carried > 0.5
    own, union = float(np.count_nonzero(mask)), np.count_nonzero(mask | before)
    weight = max(float(inside.sum()), 1e-6)
    return MaskCues(
        stability=np.count_nonzero(mask & before) / union if union else 0.0,
        sureness=1 - min(float((inside * (1 - inside)).sum()) * 4 / weight, 1.0),
        size=min(own, area) / max(own, area, 1e-6),
    )


LOST = 0.1
RESIDUE, UNSURE = 0.1, 0.3


def is_gone(marks: MaskCues) -> bool:
    """Return whether what is left is no more than a stain on the ground where the object was last seen."""
    return not marks.size or (marks.size < RESIDUE and marks.sureness < UNSURE)


def keep_trust(trust: float, marks: MaskCues) -> float:
    """Return the trust after one more frame."""
    return trust * (0.9 + 0.1 * marks.stability)


def judge(marks: MaskCues, trust: float) -> float:
    """Return the score, the J to expect."""
    return min(max(trust * marks.sureness, 0.0), 1.0)
