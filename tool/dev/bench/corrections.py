"""How many frames of a clip have to be corrected until every mask is right, for one who overlooks nothing.

The robot clicks the best frame until its mask is good, lets the masks propagate, goes to the worst frame, corrects it,
and so on, through the library. What a person overlooks, and the time that it takes, is the operator bench's.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.headless import Annotator
from app.models.click_robot import choose_click, region_similarity
from app.models.engine import BoolMask
from tool.dev.bench.operator_robot import well_seen
from tool.dev.bench.report import heading, row
from tool.dev.evaluation.datasets import FolderClip
from tool.dev.evaluation.propagation import mean

MOST_CLICKS = 12  # on one frame; then the robot draws the mask by hand


@dataclass(slots=True)
class Tally:
    """What it took."""

    touched: list[int] = field(default_factory=list)  #: frames in the order of their correction
    drawn: int = 0  #: of these by hand, since clicks did not do
    clicks: int = 0


def run(engines: Sequence[str], data: Path, clips: Sequence[str], goal: float) -> None:
    """Correct clips of davis10, by name, or folders with frames and masks, until every IoU is the goal."""
    for engine in engines:
        heading(f"corrections until every frame has IoU {goal}, engine {engine}")
        shares = []
        for name in clips:
            known = data / "davis10" / name
            folder = known if known.exists() else Path(name)
            clip = FolderClip(folder)
            tally = correct_clip(clip, folder, engine, goal)
            shares.append(100 * len(tally.touched) / clip.frames)
            done = f"{len(tally.touched)} of {clip.frames} frames, {tally.clicks} clicks, {tally.drawn} drawn by hand"
            row(clip.name, f"{shares[-1]:.0f} % touched: {done}")
        row("mean", f"{mean(shares):.1f} % touched")


def correct_clip(clip: FolderClip, folder: Path, engine: str, goal: float) -> Tally:
    """Correct a clip's largest thing, all its objects joined, and tell what it took."""
    truths, tally = clip.whole_truths(), Tally()
    with tempfile.TemporaryDirectory() as work, Annotator(work, device="cpu", engine=engine) as annotator:
        annotator.open(str(folder / "frames"))
        annotator.add_label("thing")
        thing = annotator.add_object("thing")
        frame: int | None = well_seen(truths)
        while frame is not None:
            _correct(annotator, frame, truths[frame], thing, goal, tally)
            for _ in annotator.propagate(over_cuts=True):
                pass
            frame = _worst(annotator, truths, thing, goal, tally)
    return tally


def _correct(
    annotator: Annotator, frame: int, truth: BoolMask, thing: int, goal: float, tally: Tally
) -> None:
    """Click until the mask is good; draw it where that does not do, or where nothing is left of the thing."""
    tally.touched.append(frame)
    mask = annotator.mask(frame, thing)
    for _ in range(MOST_CLICKS):
        click = choose_click(mask, truth)
        if click is None or not truth.any() or region_similarity(mask, truth) >= goal:
            break
        tally.clicks += 1
        mask = annotator.click(frame, click.x, click.y, click.positive, thing)
    if region_similarity(mask, truth) >= goal and truth.any():
        annotator.finish("thing")
        return
    tally.drawn += 1
    annotator.clear()
    annotator.set_mask(frame, thing, truth)


def _worst(
    annotator: Annotator, truths: Mapping[int, BoolMask], thing: int, goal: float, tally: Tally
) -> int | None:
    """Return the frame whose mask is farthest from the goal, None where all are good."""
    reached = {
        frame: region_similarity(annotator.mask(frame, thing), truth)
        for frame, truth in truths.items()
        if frame not in tally.touched
    }
    worst = min(reached, key=lambda frame: reached[frame], default=None)
    return None if worst is None or reached[worst] >= goal else worst
