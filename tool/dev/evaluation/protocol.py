"""The protocol on what was held out: clicks, boxes and scribbles on pictures, J&F on clips, Dice on volumes."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from app.domain.model_prompts import Box, Scribble
from app.models.click_robot import THRESHOLD, annotate_image, region_similarity
from app.models.engine import BoolMask, ClickModel, Engine
from tool.dev.evaluation import held_out
from tool.dev.evaluation.datasets import WHOLE, FolderClip, VolumeClip, spread_frames
from tool.dev.evaluation.held_out import ClipCase, PictureCase
from tool.dev.evaluation.metrics import clicks_to_reach, rank_correlation
from tool.dev.evaluation.propagation import Measure, mean, propagate, volume_dice
from tool.dev.train.prompts import draw_box, draw_scribble
from tool.dev.train.sources import Part

HARM = 0.01
"""IoU that a click must cost to count as harmful."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of the protocol is done."""

    pictures: int  #: of a source at most
    clips: int  #: of a source at most
    volumes: int  #: of a source at most
    frames: int  #: of a clip of DAVIS to click on
    clicks: int  #: on a picture at most
    last: int | None  #: frame of a clip at which propagation ends


FULL = Extent(pictures=40, clips=8, volumes=6, frames=5, clicks=20, last=None)
FAST = Extent(pictures=4, clips=2, volumes=2, frames=2, clicks=5, last=40)
"""Some 8 minutes on two busy cores; its means move by some 0.02 with the choice of pictures."""


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured of one picture, clip or structure."""

    measure: str  #: clicks, prompts, clips, volumes, or parts of structures in volumes
    source: str
    name: str
    figures: dict[str, float]


def run_protocol(
    engine: Engine, data: Path, parts: Sequence[Part], extent: Extent, measures: Sequence[str]
) -> Iterator[Result]:
    """Yield the results of the wanted measures as they come."""
    if "clicks" in measures:
        for case in _frames(data, parts, extent):
            yield measure_clicks(engine.click_model(), case, extent.clicks)
    if "clicks" in measures or "prompts" in measures:
        for case in held_out.picture_cases(data, parts, extent.pictures):
            if "clicks" in measures:
                yield measure_clicks(engine.click_model(), case, extent.clicks)
            if "prompts" in measures:
                yield measure_prompts(engine.click_model(), case)
    if "clips" in measures:
        for clip in held_out.clip_cases(data, parts, extent.clips):
            yield measure_propagation(engine, clip, extent.last)
    if "volumes" in measures or "parts" in measures:
        for clip in held_out.volume_cases(data, parts, extent.volumes):
            yield measure_propagation(engine, clip, None)


def measure_clicks(model: ClickModel, case: PictureCase, clicks: int) -> Result:
    """Click as a robot does; a mask that is perfect early stays so."""
    scores = annotate_image(model, case.image, case.truth, clicks)
    scores += scores[-1:] * (clicks - len(scores))
    figures = {f"IoU@{n}": scores[n - 1] for n in (1, 3, 5, 10, 20) if n <= clicks}
    figures |= {f"NoC@{bar:.0%}": clicks_to_reach(scores, bar, clicks) for bar in (0.85, 0.9)}
    figures["harmful"] = mean([float(b < a - HARM) for a, b in zip(scores, scores[1:], strict=False)])
    return Result("clicks", case.source, case.name, figures)


def measure_prompts(model: ClickModel, case: PictureCase) -> Result:
    """Draw one box, its sides off by up to a tenth, or one scribble inside, the same for all engines."""
    rng = np.random.default_rng(zlib.crc32(f"{case.source}/{case.name}".encode()))
    features, figures = model.encode(case.image), dict[str, float]()
    for name, prompt in (("box", _box(case.truth, rng)), ("scribble", _scribble(case.truth, rng))):
        similarity = region_similarity(model.predict(features, [prompt]).probability > THRESHOLD, case.truth)
        figures |= {f"{name} IoU": similarity, f"{name} Dice": 2 * similarity / (1 + similarity)}
    return Result("prompts", case.source, case.name, figures)


def measure_propagation(engine: Engine, case: ClipCase, last: int | None) -> Result:
    """Carry the truth of the reference both ways."""
    measures = list(propagate(engine.tracker(), case.clip, case.reference, case.objects, last))
    if not isinstance(case.clip, FolderClip):
        return _measure_volume(case, case.clip, measures)
    j, f = mean([m.j for m in measures]), mean([m.f for m in measures])
    rank = rank_correlation([m.score for m in measures], [m.j for m in measures])
    figures = {"J": j, "F": f, "J&F": (j + f) / 2, "rank": rank} | _emptiness(measures)
    return Result("clips", case.source, case.name, figures)


def _measure_volume(case: ClipCase, clip: VolumeClip, measures: Sequence[Measure]) -> Result:
    """Dice of a structure's voxels from its first slice to its last, of all slices, and slice by slice.

    The reference counts in none. What is a part of a larger structure is a measure of its own, parts.
    """
    value = case.objects[0]
    inside = [m for m in measures if m.frame in clip.extent(value)]
    figures = {"Dice": volume_dice(inside), "Dice, all slices": volume_dice(measures)}
    figures |= {"Dice a slice": mean([m.dice for m in inside]), "slices": len(inside)}
    is_part = value != WHOLE and WHOLE in clip.values()
    return Result("parts" if is_part else "volumes", case.source, case.name, figures)


def save_results(results: Iterable[Result], path: Path) -> None:
    """Write results as JSON, to be compared with later ones."""
    path.write_text(json.dumps([asdict(result) for result in results], indent=0) + "\n")


def load_results(path: Path) -> list[Result]:
    """Read what save wrote."""
    return [Result(**row) for row in json.loads(path.read_text())]


def mean_by_source(results: Iterable[Result], measure: str) -> dict[str, dict[str, float]]:
    """Return the mean of every figure a source, and under "mean" the mean over the sources."""
    groups: dict[str, list[dict[str, float]]] = {}
    for result in results:
        if result.measure == measure:
            groups.setdefault(result.source, []).append(result.figures)
    means = {source: _mean_figures(figures) for source, figures in groups.items()}
    return means | {"mean": _mean_figures(list(means.values()))} if means else {}


def compare_results(
    before: Iterable[Result], after: Iterable[Result], measure: str
) -> dict[str, tuple[float, float]]:
    """Return by figure the mean change of cases that both have, and the standard error of that mean."""
    old = {(r.source, r.name): r.figures for r in before if r.measure == measure}
    pairs = [
        (old[r.source, r.name], r.figures)
        for r in after
        if (r.source, r.name) in old and r.measure == measure
    ]
    names = list(pairs[0][1]) if pairs else []
    changes = {n: [b[n] - a[n] for a, b in pairs if n in a and n in b] for n in names}
    return {
        n: (mean(c), float(np.std(c, ddof=1) / len(c) ** 0.5) if len(c) > 1 else float("nan"))
        for n, c in changes.items()
    }


def _frames(data: Path, parts: Sequence[Part], extent: Extent) -> Iterator[PictureCase]:
    """Frames of the held-out DAVIS sequences as pictures to click on."""
    for case in held_out.clip_cases(data, parts, extent.clips):
        if case.source == "davis10":
            for index in spread_frames(case.clip.frames, extent.frames):
                truth = (case.clip.truth(index) or {}).get(1)
                if truth is not None and truth.any():
                    yield PictureCase("davis10", f"{case.name}/{index}", case.clip.image(index), truth)


def _box(truth: BoolMask, rng: np.random.Generator) -> Box:
    rows, columns = np.nonzero(draw_box(truth.astype(np.uint8), rng))
    return Box(float(columns.min()), float(rows.min()), float(columns.max()), float(rows.max()))


def _scribble(truth: BoolMask, rng: np.random.Generator) -> Scribble:
    """Return a stroke as training draws them, on a mask of half the size where the object has room in it."""
    scale = 2 if truth[::2, ::2].any() else 1
    points = draw_scribble(truth[::scale, ::scale].astype(np.uint8), 1.0, rng)
    return Scribble(tuple((x * scale, y * scale) for x, y, _ in points), True)


def _emptiness(measures: Sequence[Measure]) -> dict[str, float]:
    """The share of frames without the object that got a mask; nothing where there are no such frames."""
    empty = [m for m in measures if m.truth_pixels == 0]
    return {"false masks": mean([float(m.pixels > 0) for m in empty])} if empty else {}


def _mean_figures(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: mean([row[name] for row in rows if name in row]) for name in names}
