"""Rules by which a new answer is accepted, so that no click is ever contradicted."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from app.domain.annotation import Click
from app.models.engine import BoolMask, Probability

FIRM = 0.9
HOLE = 0.25
"""Share of a piece up to which a gap inside it is a hole."""


def accept(newer: Probability, older: Probability | None, clicks: Sequence[Click]) -> Probability:
    """Return the newer answer without those changes to the older one that contradict a click.

    newer, older: float32 (h, w), source pixels; newer is changed in place. A connected change that flips
    a clicked pixel to the wrong side is undone; a piece that only a negative click is on goes; a clicked
    pixel still wrong is set, with its neighbours. A piece of its own in which the last click made but a hole goes.
    """
    if older is not None:
        _drop_pierced(newer, older, clicks)
        wrong = [click for click in clicks if not _honours(newer, click)]
        if wrong:
            _undo(newer, older, wrong)
    for click in clicks:
        if not _honours(newer, click) and not _removed(newer, click, clicks):
            _stamp(newer, click)
    return newer


def _drop_pierced(newer: Probability, older: Probability, clicks: Sequence[Click]) -> None:
    """Who clicks into a separate piece that no positive click is on wants it gone, not a hole in it."""
    click = clicks[-1]
    if click.positive or not _honours(newer, click) or _honours(older, click):
        return
    _, pieces = cv2.connectedComponents((older > 0.5).astype(np.uint8), connectivity=4)
    label = int(pieces[_pixel(older, click)])
    piece: BoolMask = pieces == label
    if not (pieces > 0)[~piece].any() or any(pieces[_pixel(older, c)] == label for c in clicks if c.positive):
        return
    _, gaps = cv2.connectedComponents((newer <= 0.5).astype(np.uint8), connectivity=4)
    hole = gaps == gaps[_pixel(newer, click)]
    if piece[hole].all() and hole.sum() < HOLE * piece.sum():
        newer[piece] = np.minimum(newer[piece], 1 - newer[piece])


def _undo(newer: Probability, older: Probability, wrong: Sequence[Click]) -> None:
    changed: BoolMask = (newer > 0.5) != (older > 0.5)
    _, pieces = cv2.connectedComponents(changed.astype(np.uint8), connectivity=4)
    labels = {int(pieces[_pixel(newer, click)]) for click in wrong if _honours(older, click)} - {0}
    undone = np.isin(pieces, list(labels)) if labels else np.zeros_like(changed)
    newer[undone] = older[undone]


def _removed(answer: Probability, click: Click, clicks: Sequence[Click]) -> bool:
    """Remove the piece under a negative click if no positive click is on it and other pieces remain."""
    if click.positive:
        return False
    _, pieces = cv2.connectedComponents((answer > 0.5).astype(np.uint8), connectivity=4)
    label = int(pieces[_pixel(answer, click)])
    wanted = any(other.positive and int(pieces[_pixel(answer, other)]) == label for other in clicks)
    if wanted or not ((pieces > 0) & (pieces != label)).any():
        return False
    piece = pieces == label
    answer[piece] = 1 - answer[piece]
    return True


def _stamp(answer: Probability, click: Click) -> None:
    row, column = _pixel(answer, click)
    radius = max(1, round(min(answer.shape) * 0.006))
    spot = np.zeros(answer.shape, np.uint8)
    cv2.circle(spot, (column, row), radius, 1, -1)
    answer[spot > 0] = FIRM if click.positive else 1 - FIRM


def _honours(answer: Probability, click: Click) -> bool:
    return bool(answer[_pixel(answer, click)] > 0.5) == click.positive


def _pixel(answer: Probability, click: Click) -> tuple[int, int]:
    height, width = answer.shape
    return min(max(round(click.y), 0), height - 1), min(max(round(click.x), 0), width - 1)
