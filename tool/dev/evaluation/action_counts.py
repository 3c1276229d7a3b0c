"""Counts what an annotator does on a frame until its mask is good: with clicks alone, and with all tools.

python -m tool.dev.evaluation.action_counts, on surgery-like clips of ../shared/data/sets and on the demo. The robot
with all tools looks at each answer as a person does. It begins with a click, draws a box where the answer has hardly
anything of a compact thing, corrects by clicks, and takes brush and eraser where clicks better little.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from app.domain.model_prompts import Box, Prompt
from app.models.click_robot import annotate_image, choose_click, region_similarity
from app.models.engine import BoolMask, ClickModel, Image
from app.storage.demo.demo_sequence import write_demo
from app.storage.video.video_source import VideoSource
from tool.dev.evaluation.__main__ import DATA, load_engine
from tool.dev.evaluation.brush_robot import paint_until_done

GOAL = 0.85  # IoU of a mask that is good enough to propagate
MOST = 20  # actions; a frame that needs more counts as so many
POOR = 0.5  # IoU of an answer that a person does not correct, but asks for anew by a box
COMPACT = 0.5  # Share of its bounding box that a thing fills where a box says what it is: a disc fills 0.79.
LITTLE = 0.02  # IoU that a click must gain
STALLED = 2  # clicks in a row that gain little, after which the brush is taken
CLIPS = ("bagls_glottis/vid007", "polyp_cvc_clinicdb/seq01_001", "polyp_cvc_clinicdb/seq05_079")
Frames = Iterator[tuple[Image, BoolMask]]


def main() -> None:
    """Print the mean number of actions a frame, by clip."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", default="default")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--clips", nargs="+", default=list(CLIPS))
    parser.add_argument("--frames", type=int, default=5, help="of each clip, spread over it")
    words = parser.parse_args()
    model = load_engine(words.engine).click_model()
    for clip in words.clips:
        print_clip(clip, model, clip_frames(words.data / "sets" / clip, words.frames))
    with tempfile.TemporaryDirectory() as folder:
        print_clip("demo", model, demo_frames(Path(folder), words.frames))


def print_clip(name: str, model: ClickModel, frames: Frames) -> None:
    """Print one row."""
    clicks, actions = [], Counter[str]()
    for image, truth in frames:
        clicks.append(count_clicks(model, image, truth))
        actions.update(take_actions(model, image, truth))
    count = len(clicks)
    kinds = "  ".join(f"{kind} {actions[kind] / count:.1f}" for kind in ("click", "box", "stroke"))
    print(
        f"{name:<32} {count} frames   clicks alone {np.mean(clicks):5.1f}"
        f"   all tools {actions.total() / count:5.1f}  ({kinds})",
        flush=True,
    )


def count_clicks(model: ClickModel, image: Image, truth: BoolMask) -> int:
    """Return how many clicks the robot makes up to the goal."""
    overlaps = annotate_image(model, image, truth, MOST)
    return next((number for number, found in enumerate(overlaps, 1) if found >= GOAL), MOST)


def take_actions(model: ClickModel, image: Image, truth: BoolMask) -> list[str]:
    """Return the clicks, boxes and strokes that the robot makes up to the goal, MOST of them where it fails."""
    features, prompts, state = model.encode(image), list[Prompt](), None
    mask, best, stalled = np.zeros_like(truth), 0.0, 0
    while len(prompts) < MOST and stalled < STALLED:
        prompts.append(next_prompt(mask, truth, is_second=len(prompts) == 1))
        answer = model.predict(features, list(prompts), state)
        state, mask = answer.state, answer.probability > 0.5
        overlap = region_similarity(mask, truth)
        if overlap >= GOAL:
            return [_kind(prompt) for prompt in prompts]
        stalled = stalled + 1 if overlap < best + LITTLE else 0
        best = max(best, overlap)
    taken = [_kind(prompt) for prompt in prompts]
    for _, painted in paint_until_done(truth, mask, MOST - len(taken)):
        taken.append("stroke")
        if region_similarity(painted, truth) >= GOAL:
            break
    return taken


def _kind(prompt: Prompt) -> str:
    return "box" if isinstance(prompt, Box) else "click"


def next_prompt(mask: BoolMask, truth: BoolMask, *, is_second: bool) -> Prompt:
    """Return a click on the worst error, or a box around a compact thing of which the first answer has too little."""
    rows, columns = np.nonzero(truth)
    top, left, bottom, right = rows.min(), columns.min(), rows.max() + 1, columns.max() + 1
    is_compact = rows.size >= COMPACT * (bottom - top) * (right - left)
    if is_second and is_compact and region_similarity(mask, truth) < POOR:
        return Box(float(left) - 2, float(top) - 2, float(right) + 1, float(bottom) + 1)
    click = choose_click(mask, truth)
    assert click is not None
    return click


def clip_frames(folder: Path, most: int) -> Frames:
    """Yield image and mask of the first thing, bool (h, w), of frames spread over a clip."""
    paths = [path for path in sorted((folder / "masks").glob("*.png")) if cv2.imread(str(path), 0).any()]  # type: ignore[union-attr]
    for path in paths[:: max(len(paths) // most, 1)][:most]:
        image = cv2.imread(str(next((folder / "frames").glob(f"{path.stem}.*"))), cv2.IMREAD_COLOR_RGB)
        values = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert image is not None and values is not None
        plane = values if values.ndim == 2 else values[..., 0]
        yield np.asarray(image, np.uint8), plane == np.unique(plane[plane > 0])[0]


def demo_frames(folder: Path, most: int) -> Frames:
    """Yield image and mask of the first thing of frames spread over the demo."""
    demo = write_demo(folder)
    with VideoSource(demo.video) as source:
        for frame in range(0, source.info.frames, max(source.info.frames // most, 1)):
            yield source.read(frame), demo.true_labels(frame) == 1


if __name__ == "__main__":
    main()
