"""Calibration of the score of a propagated mask: 0.9 means an overlap of 0.9, as far as clips alike go."""

import math
from dataclasses import dataclass
from typing import Final

_MOST_STEPS: Final = 40  # There were no longer passes.
_LEAST: Final = 0.02  # Scores are kept this far from 0 and 1.


@dataclass(frozen=True, slots=True)
class Calibration:
    """Logistic regression of J by the logit of the score and the logarithm of one plus the steps from the reference."""

    offset: float
    by_logit: float
    by_steps: float

    @staticmethod
    def inputs(score: float, steps: int) -> tuple[float, float, float]:
        """Return what the three weights multiply."""
        held = min(max(score, _LEAST), 1 - _LEAST)
        return 1.0, math.log(held / (1 - held)), math.log1p(min(steps, _MOST_STEPS))

    def expected_overlap(self, score: float, steps: int) -> float:
        """Return the overlap to expect of a mask, in (0, 1).

        score: what the network and its probabilities say, in [0, 1]. steps: frames from the reference frame, from 1.
        """
        weights = (self.offset, self.by_logit, self.by_steps)
        logit = sum(weight * value for weight, value in zip(weights, self.inputs(score, steps), strict=True))
        return 1 / (1 + math.exp(-logit))

    def original_score(self, overlap: float, steps: int) -> float:
        """Return the score, within _LEAST of 0 and 1, that expected_overlap makes an overlap of."""
        constant = self.offset + self.by_steps * self.inputs(0.5, steps)[2]
        logit = (math.log(overlap / (1 - overlap)) - constant) / self.by_logit
        return 1 / (1 + math.exp(-logit))


# tool/dev/evaluation/score_fitting.py finds them, on some 1,300 masks: 40 clips of endoscopy, and clips and structures
# of volumes of the held-out part validate. The cards have what they are worth on the part test.
CALIBRATIONS: Final = {
    "default": Calibration(0.566, 1.163, -0.331),
    "free": Calibration(0.476, 1.028, -0.364),
}
"""By the name of the weights that ship; tuned weights keep that of the default ones."""
