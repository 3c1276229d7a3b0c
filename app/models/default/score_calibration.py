"""Calibration of the score of a propagated mask: 0.9 means an overlap of 0.9, as far as clips alike go."""

import math
from typing import Final

# Logistic regression of J by the logit of the score and the logarithm of one plus the steps from the reference frame,
# on 1257 frames: 40 clips of endoscopy, and 20 clips and structures of volumes of the held-out part validate. README.md
# has what it is worth on the part test.
_OFFSET: Final = 0.457
_BY_LOGIT: Final = 1.086
_BY_STEPS: Final = -0.514
_MOST_STEPS: Final = 40  # There were no longer passes.
_LEAST: Final = 0.02  # Scores are kept this far from 0 and 1.


def calibrate_score(score: float, steps: int) -> float:
    """Return the overlap to expect of a mask, in (0, 1).

    score: what the network and its probabilities say, in [0, 1]. steps: frames from the reference frame, from 1.
    """
    held = min(max(score, _LEAST), 1 - _LEAST)
    length = math.log1p(min(steps, _MOST_STEPS))
    logit = _OFFSET + _BY_LOGIT * math.log(held / (1 - held)) + _BY_STEPS * length
    return 1 / (1 + math.exp(-logit))
