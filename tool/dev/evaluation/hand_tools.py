"""Prints what hand tools and prompts are worth: python -m tool.dev.evaluation.hand_tools vessels|prompts|gaps.

vessels: strokes of the brush robot on thin structures, beside clicks. prompts: IoU after one box, lasso, scribble or
diameter beside one click, on the held-out pictures. gaps: Dice of the slices between every fifth one of the organs in
../shared/data/medical, interpolated and propagated from the same slices.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

import cv2
import numpy as np

from app.domain.mask_operations import Between
from app.domain.model_prompts import Box, Lasso, Prompt, Scribble, diameter_lasso
from app.imaging import masks
from app.imaging.polygons import trace_polygons
from app.imaging.shape_interpolation import shape_between
from app.models.click_robot import annotate_image, choose_click, region_similarity
from app.models.engine import BoolMask, Engine, Image
from tool.dev.evaluation import datasets
from tool.dev.evaluation.__main__ import DATA, load_engine
from tool.dev.evaluation.brush_robot import paint_until_done
from tool.dev.evaluation.metrics import dice

GOAL = 0.97  # IoU that the brush robot draws up to
MOST_STROKES = 2500
GAP = 5  # Every so many slices one is made by hand.


def main() -> None:
    """Read the arguments and print the table they ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("vessels", "prompts", "gaps"))
    parser.add_argument("--engine", default="default")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--pictures", type=int, default=20, help="of each set, at most")
    parser.add_argument(
        "--sets", nargs="+", default=["polyp_kvasir", "optic_disc_rimone", "nuclei_dsb2018", "coco128"]
    )
    arguments = parser.parse_args()
    engine = load_engine(arguments.engine)
    if arguments.what == "vessels":
        print_vessels(engine, arguments.data / "sets" / "retina_vessels", arguments.pictures)
    elif arguments.what == "prompts":
        print_prompts(engine, [arguments.data / "sets" / name for name in arguments.sets], arguments.pictures)
    else:
        print_gaps(engine, arguments.data)


def print_vessels(engine: Engine, folder: Path, most: int) -> None:
    """Print for each picture the IoU of 20 clicks and the strokes up to the goal."""
    counts, reached, clicked = [], [], []
    for name, image, truth in pictures(folder, most):
        clicked.append(annotate_image(engine.click_model(), image, truth, 20)[-1])
        overlaps: list[float] = []
        for _, mask in paint_until_done(truth, np.zeros_like(truth), MOST_STROKES):
            overlaps.append(region_similarity(mask, truth))
            if overlaps[-1] >= GOAL:
                break
        counts.append(len(overlaps))
        reached.append(overlaps[-1])
        print(
            f"{name:<28} 20 clicks {clicked[-1]:.3f}   {counts[-1]:4} strokes {reached[-1]:.3f}", flush=True
        )
    clicks, strokes, overlap = (np.mean(values) for values in (clicked, counts, reached))
    print(f"mean of {len(counts)}: 20 clicks {clicks:.3f}, {strokes:.0f} strokes {overlap:.3f}")


def print_prompts(engine: Engine, folders: list[Path], most: int) -> None:
    """Print the mean IoU after one prompt of each kind, by set."""
    for folder in folders:
        found: dict[str, list[float]] = {}
        for _, image, truth in pictures(folder, most):
            model = engine.click_model()
            features = model.encode(image)
            for kind, prompt in prompts_for(truth).items():
                answer = model.predict(features, [prompt]).probability > 0.5
                found.setdefault(kind, []).append(region_similarity(answer, truth))
        words = "  ".join(f"{kind} {np.mean(values):.3f}" for kind, values in found.items())
        print(f"{folder.name:<22} {words}", flush=True)


def prompts_for(truth: BoolMask) -> Mapping[str, Prompt]:
    """Return prompts as a careful hand draws them: a box and a lasso a little outside, a scribble along the middle."""
    click = choose_click(np.zeros_like(truth), truth)
    assert click is not None
    rows, columns = np.nonzero(truth)
    left, right, top, bottom = columns.min(), columns.max(), rows.min(), rows.max()
    around = cv2.dilate(truth.view(np.uint8), np.ones((9, 9), np.uint8)).view(np.bool_)
    ring = max(trace_polygons(around), key=lambda polygon: len(polygon.rings[0])).rings[0]
    points = np.stack((columns, rows), 1)[:: max(len(rows) // 500, 1)].astype(float)
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    one, other = (points[n] for n in np.unravel_index(int(np.argmax(apart)), apart.shape))
    ends = (tuple(one + 0.2 * (other - one)), tuple(other - 0.2 * (other - one)))
    return {
        "click": click,
        "box": Box(float(left) - 2, float(top) - 2, float(right) + 2, float(bottom) + 2),
        "lasso": Lasso(ring),
        "scribble": Scribble((ends[0], (click.x, click.y), ends[1]), True),
        "diameter": diameter_lasso((float(one[0]), float(one[1])), (float(other[0]), float(other[1]))),
    }


def pictures(folder: Path, most: int) -> Iterator[tuple[str, Image, BoolMask]]:
    """Yield name, image, uint8 (h, w, 3) RGB, and the largest thing of pictures spread over a set, bool (h, w)."""
    paths = sorted((folder / "images").iterdir())
    for path in paths[:: max(len(paths) // most, 1)][:most]:
        image = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
        values = cv2.imread(str(folder / "masks" / f"{path.stem}.png"), cv2.IMREAD_UNCHANGED)
        if image is None or values is None or not values.any():
            continue
        plane = values if values.ndim == 2 else values[..., 0]
        largest = int(np.argmax(np.bincount(plane.ravel())[1:])) + 1
        yield path.stem, np.asarray(image, np.uint8), plane == largest


def print_gaps(engine: Engine, data: Path) -> None:
    """Print the Dice of the slices between, interpolated and propagated, by organ."""
    scan = datasets.abdominal_ct(data)
    totals: list[tuple[float, float]] = []
    for value in scan.values():
        extent = scan.extent(value)
        truths = {frame: scan.truth(frame).get(value) for frame in extent}
        gaps = [(first, first + GAP) for first in extent[:-GAP:GAP]]
        gaps = [gap for gap in gaps if truths[gap[0]] is not None and truths[gap[1]] is not None]
        found = [(measure_gap(engine, scan, value, *gap), gap) for gap in gaps]
        if not found:
            continue
        ours, theirs = np.mean([pair for pairs, _ in found for pair in pairs], axis=0)
        totals.append((float(ours), float(theirs)))
        name = datasets.ORGANS.get(value, str(value))
        count = len(found) * (GAP - 1)
        print(f"{name:<16} {count:3} slices   interpolated {ours:.3f}   propagated {theirs:.3f}", flush=True)
    print(
        "mean of {} organs: interpolated {:.3f}, propagated {:.3f}".format(
            len(totals), *np.mean(totals, axis=0)
        )
    )


def measure_gap(
    engine: Engine, scan: datasets.VolumeClip, value: int, first: int, last: int
) -> list[tuple[float, float]]:
    """Return for each slice between two the Dice when interpolated, and when propagated from both and fused."""
    ends = [scan.truth(first)[value], scan.truth(last)[value]]
    tracker = engine.tracker()
    for frame, truth in zip((first, last), ends, strict=True):
        tracker.add_reference(frame, scan.image(frame), {1: truth})
    walks = {}
    for start, stop, way in ((last, first, -1), (first, last, 1)):
        walk = tracker.start(start, 1 if way > 0 else -1)
        for frame in range(start + way, stop, way):
            walks[frame, way] = walk.step(frame, scan.image(frame), [1])[1].probability
    found = []
    for frame in range(first + 1, last):
        share = (frame - first) / (last - first)
        truth = scan.truth(frame).get(value, np.zeros_like(ends[0]))
        between = shape_between(Between(masks.encode(ends[0]), masks.encode(ends[1]), share))
        carried = tracker.fuse(frame, scan.image(frame), walks[frame, -1], walks[frame, 1], 1 - share) > 0.5
        found.append((dice(between, truth), dice(carried, truth)))
    return found


if __name__ == "__main__":
    main()
