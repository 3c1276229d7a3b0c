"""Clicks by a robot, and crude masks as a person or a tracker might leave them."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tool.dev.train import prompts
from tool.dev.train.prompts import Bits, Points

MOST = 64
"""Points that one answer may use, those of strokes included; of more, the last ones count."""


def choose_click(
    truth: Bits, answer: Bits, rng: Generator | None = None
) -> tuple[float, float, float] | None:
    """Return (x, y, ±1) in cells at the middle of the largest error, or None without error.

    With a generator, any place deep inside that error may be chosen.
    """
    best = None
    for sign, error in ((1.0, truth & (1 - answer)), (-1.0, answer & (1 - truth))):
        depth = cv2.distanceTransform(np.pad(error, 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
        deepest = float(depth.max())
        if deepest > 0 and (best is None or deepest > best[0]):
            best = (deepest, sign, depth)
    if best is None:
        return None
    deepest, sign, depth = best
    if rng is None:
        y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    else:
        ys, xs = np.nonzero(depth >= deepest * rng.choice((0.3, 0.6, 0.95)))
        pick = int(rng.integers(len(ys)))
        y, x = ys[pick], xs[pick]
    return float(x), float(y), sign


def spoil_mask(truth: Bits, rng: Generator) -> Bits:
    """Return a mask that is wrong in some of the usual ways."""
    size = truth.shape[0]
    mask: Bits = truth.copy()
    if rng.random() < 0.5:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (int(rng.integers(3, 13)),) * 2)
        mask = cv2.dilate(mask, kernel) if rng.random() < 0.5 else cv2.erode(mask, kernel)
    if rng.random() < 0.5:
        move = np.array([[1, 0, rng.normal(0, 0.04 * size)], [0, 1, rng.normal(0, 0.04 * size)]])
        mask = cv2.warpAffine(mask, move, truth.shape[::-1], flags=cv2.INTER_NEAREST)
    for _ in range(rng.integers(1, 6)):
        edge = np.argwhere(cv2.morphologyEx(truth, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)))
        if len(edge):
            y, x = edge[rng.integers(len(edge))]
            axes = tuple(int(v) for v in rng.integers(2, max(4, int(0.2 * size)), 2))
            cv2.ellipse(
                mask, (int(x), int(y)), axes, float(rng.uniform(0, 180)), 0, 360, int(rng.integers(2)), -1
            )
    return mask


def mend_error(truth: Bits, answer: Bits, click: tuple[float, float, float]) -> Bits:
    """Return the answer with the error around a click put right, as a good model would."""
    return np.where(_error_at(truth, answer, click) > 0, truth, answer).astype(np.uint8)


def draw_history(truth: Bits, rng: Generator, alone: float = 0.5) -> tuple[Points, NDArray[Any] | None]:
    """Return prompts already made, as points, and the mask they led to, in [0, 1].

    alone: probability of one click and no mask. Of the rest, a quarter each is a stroke and an area, the others are
    corrections.
    """
    if rng.random() < alone:
        first = choose_click(truth, np.zeros_like(truth), rng)
        return ([first] if first else []), None
    fate = rng.random()
    if fate < 1 / 4 and truth.any():
        return prompts.draw_scribble(truth, 1.0, rng), None
    if fate < 1 / 2 and truth.any():
        area = (prompts.draw_box if rng.random() < 0.6 else prompts.draw_lasso)(truth, rng)
        inside = choose_click(truth, np.zeros_like(truth), rng) if rng.random() < 0.3 else None
        return ([inside] if inside else []), area
    return _corrections(truth, rng)


def _corrections(truth: Bits, rng: Generator) -> tuple[Points, Bits]:
    """Return clicks, now and then strokes, that put a crude mask right in part, and that mask before the last."""
    answer = spoil_mask(truth, rng)
    points: Points = []
    if rng.random() < 0.7:
        first = choose_click(truth, np.zeros_like(truth), rng)
        points = [first] if first else []
        for _ in range(int(rng.geometric(0.2)) - 1):
            click = choose_click(truth, answer, rng)
            if click is None or len(points) >= 18:
                break
            points.append(click)
            if rng.random() < 0.85:
                answer = mend_error(truth, answer, click)
    click = choose_click(truth, answer, rng)
    if click is None:
        return points, answer
    if rng.random() < 0.12:
        stroke = prompts.draw_scribble(_error_at(truth, answer, click), click[2], rng)
        return [*points, *stroke], answer
    return [*points, click], answer


def _error_at(truth: Bits, answer: Bits, click: tuple[float, float, float]) -> Bits:
    """The connected error that a click is on: what is missing, or what is too much."""
    x, y = int(click[0]), int(click[1])
    wrong = ((truth ^ answer) & (truth == truth[y, x])).astype(np.uint8)
    _, labels = cv2.connectedComponents(wrong, connectivity=4)
    return np.asarray((labels == labels[y, x]) & (wrong > 0), np.uint8)
