"""Fits the calibration of the score of propagated masks: python -m tool.dev.evaluation.score_fitting --engine default.

It is fitted on clips of endoscopy that training reads and on what is held out to validate, and judged on what is held
out to test. What it prints goes into app/models/default/score_calibration.py.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.models.default.score_calibration import CALIBRATIONS, Calibration
from app.models.engine import Engine
from tool.dev.evaluation import held_out
from tool.dev.evaluation.__main__ import DATA, load_engine
from tool.dev.evaluation.datasets import FolderClip
from tool.dev.evaluation.held_out import ClipCase
from tool.dev.evaluation.metrics import rank_correlation
from tool.dev.evaluation.propagation import mean, propagate
from tool.dev.train.sources import Part

ENDOSCOPY = ("bagls_glottis", "polyp_cvc_clinicdb")
CLIPS = 20  # of a source
VOLUMES = 2  # of a source
LAST = 40  # frame of a clip at which propagation ends
ROUNDS = 30  # of Newton's method, which needs some eight


@dataclass(frozen=True, slots=True)
class ScoredMask:
    """A propagated mask that is not empty, or should not be."""

    case: str
    score: float  #: as the program gives it
    raw: float  #: before calibration
    steps: int  #: frames from the reference
    overlap: float  #: J
    is_empty: bool


def main() -> None:
    """Fit, print the constants, and judge the program's score and the fitted one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=sorted(CALIBRATIONS), default="default")
    parser.add_argument("--folder", type=Path, help="graphs other than those that ship")
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_args()
    engine = load_engine(options.engine, options.folder)
    known = [mask for case in _fitting_cases(options.data) for mask in score_masks(engine, case)]
    fitted = fit_calibration([mask for mask in known if not mask.is_empty])
    print(f"fitted on {len(known)} masks: {fitted}")
    for name, cases in (("clips", _test_clips(options.data)), ("volumes", _test_volumes(options.data))):
        masks = [mask for case in cases for mask in score_masks(engine, case)]
        print(f"{name} to test, {len(masks)} masks")
        print("  score as it ships   ", describe_scores(masks, [mask.score for mask in masks]))
        refitted = [m.score if m.is_empty else fitted.expected_overlap(m.raw, m.steps) for m in masks]
        print("  score as fitted here", describe_scores(masks, refitted))


def score_masks(engine: Engine, case: ClipCase) -> Iterator[ScoredMask]:
    """Carry a case's reference both ways; slices without object and mask tell nothing and are left out."""
    last = LAST if isinstance(case.clip, FolderClip) else None
    shipped = CALIBRATIONS[engine.name]
    for measure in propagate(engine.tracker(), case.clip, case.reference, case.objects, last):
        steps = abs(measure.frame - case.reference)
        if measure.pixels and steps <= LAST:
            is_empty = measure.pixels == measure.truth_pixels
            raw = shipped.original_score(measure.score, steps)
            yield ScoredMask(
                f"{case.name}/{measure.object_id}", measure.score, raw, steps, measure.j, is_empty
            )


def fit_calibration(masks: Sequence[ScoredMask]) -> Calibration:
    """Return the logistic regression of the overlap by score and steps, by Newton's method."""
    inputs = np.array([Calibration.inputs(mask.raw, mask.steps) for mask in masks])
    wanted = np.array([mask.overlap for mask in masks])
    weights = np.zeros(inputs.shape[1])
    for _ in range(ROUNDS):
        expected = 1 / (1 + np.exp(-inputs @ weights))
        spread = expected * (1 - expected) + 1e-6
        weights += np.linalg.solve((inputs.T * spread) @ inputs, inputs.T @ (wanted - expected))
    offset, by_logit, by_steps = (float(weight) for weight in weights)
    return Calibration(offset, by_logit, by_steps)


def describe_scores(masks: Sequence[ScoredMask], scores: Sequence[float]) -> str:
    """Return the rank correlation with J, over all and within a clip, and the distance of both by fifths."""
    overlaps = [mask.overlap for mask in masks]
    cases = sorted({mask.case for mask in masks})
    places = [[i for i, mask in enumerate(masks) if mask.case == case] for case in cases]
    within = [
        rank_correlation([scores[i] for i in p], [overlaps[i] for i in p]) for p in places if len(p) > 2
    ]
    order = np.argsort(scores, kind="stable")
    fifths = [part for part in np.array_split(order, 5) if len(part)]
    distances = [abs(mean([scores[i] for i in f]) - mean([overlaps[i] for i in f])) for f in fifths]
    together = rank_correlation(scores, overlaps)
    return f"rank {together:.2f}, within a clip {mean(within):.2f}, distance {mean(distances):.2f}"


def _fitting_cases(data: Path) -> Iterator[ClipCase]:
    trained: tuple[Part, ...] = ("train",)
    yield from (c for c in held_out.clip_cases(data, trained, CLIPS) if c.source in ENDOSCOPY)
    yield from held_out.clip_cases(data, ("validate",), CLIPS)
    yield from held_out.volume_cases(data, ("validate",), VOLUMES)


def _test_clips(data: Path) -> Iterator[ClipCase]:
    return held_out.clip_cases(data, ("test",), CLIPS)


def _test_volumes(data: Path) -> Iterator[ClipCase]:
    return held_out.volume_cases(data, ("test",), VOLUMES)


if __name__ == "__main__":
    main()
