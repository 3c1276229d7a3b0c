"""Click consistency: corrects a new answer so that it contradicts no click."""

from collections.abc import Sequence

import cv2
import numpy as np

from app.domain.annotation import Click
from app.models.engine import BoolMask, Probability

CLICKED_PROBABILITY = 0.9  # Of pixels that are set by a click. Chosen by hand.
LARGEST_HOLE = 0.25  # Share of a component up to which a gap inside it counts as a hole. Chosen by hand.
BESIDE = 0.02  # Short sides around a click within which a change is meant by it: 10 pixels at 480p. Chosen by hand.
DISK_RADIUS = 0.006  # Short sides around a click that are set: 3 pixels at 480p. Chosen by hand.


def enforce_clicks(newer: Probability, older: Probability | None, clicks: Sequence[Click]) -> Probability:
    """Return the newer answer without the changes to the older one that contradict a click.

    newer, older: float32 (h, w), source pixels; newer is changed in place. A connected change that flips a clicked
    pixel to the wrong side is undone; a component with only a negative click is removed; a clicked pixel that is
    still wrong is set, with its neighbours. A separate component in which the last click left a mere hole is removed.
    """
    if older is not None:
        _remove_pierced_component(newer, older, clicks)
        wrong = [click for click in clicks if not _agrees(newer, click)]
        if wrong:
            _undo_changes(newer, older, wrong)
    for click in clicks:
        if not _agrees(newer, click) and not _remove_component(newer, click, clicks):
            _set_disk(newer, click)
    return newer


def undo_far_changes(newer: Probability, older: Probability, click: Click) -> None:
    """Undo, in place, the connected changes to the older answer that the click is not on or beside.

    For clicks that correct a mask: of those on 36 masks carried to another frame 18 % lowered the IoU by over 0.01, and
    10 % with this, at the same mean IoU after two and three clicks.
    """
    changed: BoolMask = (newer > 0.5) != (older > 0.5)
    _, pieces = cv2.connectedComponents(changed.astype(np.uint8), connectivity=4)
    spot = np.zeros(newer.shape, np.uint8)
    row, column = _clicked_pixel(newer, click)
    cv2.circle(spot, (column, row), max(2, int(min(newer.shape) * BESIDE)), 1, -1)
    meant = np.zeros(int(pieces.max()) + 1, bool)
    meant[pieces[spot > 0]] = True
    far = changed & ~meant[pieces]
    newer[far] = older[far]


def _remove_pierced_component(newer: Probability, older: Probability, clicks: Sequence[Click]) -> None:
    """Remove a separate component without positive clicks whose negative click left a mere hole in it."""
    click = clicks[-1]
    if click.positive or not _agrees(newer, click) or _agrees(older, click):
        return
    _, pieces = cv2.connectedComponents((older > 0.5).astype(np.uint8), connectivity=4)
    label = int(pieces[_clicked_pixel(older, click)])
    piece: BoolMask = pieces == label
    if not (pieces > 0)[~piece].any() or any(
        pieces[_clicked_pixel(older, c)] == label for c in clicks if c.positive
    ):
        return
    _, gaps = cv2.connectedComponents((newer <= 0.5).astype(np.uint8), connectivity=4)
    hole = gaps == gaps[_clicked_pixel(newer, click)]
    if piece[hole].all() and hole.sum() < LARGEST_HOLE * piece.sum():
        newer[piece] = np.minimum(newer[piece], 1 - newer[piece])


def _undo_changes(newer: Probability, older: Probability, wrong: Sequence[Click]) -> None:
    changed: BoolMask = (newer > 0.5) != (older > 0.5)
    _, pieces = cv2.connectedComponents(changed.astype(np.uint8), connectivity=4)
    labels = {int(pieces[_clicked_pixel(newer, click)]) for click in wrong if _agrees(older, click)} - {0}
    undone = np.isin(pieces, list(labels)) if labels else np.zeros_like(changed)
    newer[undone] = older[undone]


def _remove_component(answer: Probability, click: Click, clicks: Sequence[Click]) -> bool:
    """Remove the component under a negative click if it has no positive click and is not the only one."""
    if click.positive:
        return False
    _, pieces = cv2.connectedComponents((answer > 0.5).astype(np.uint8), connectivity=4)
    label = int(pieces[_clicked_pixel(answer, click)])
    wanted = any(other.positive and int(pieces[_clicked_pixel(answer, other)]) == label for other in clicks)
    if wanted or not ((pieces > 0) & (pieces != label)).any():
        return False
    piece = pieces == label
    answer[piece] = 1 - answer[piece]
    return True


def _set_disk(answer: Probability, click: Click) -> None:
    row, column = _clicked_pixel(answer, click)
    radius = max(1, round(min(answer.shape) * DISK_RADIUS))
    spot = np.zeros(answer.shape, np.uint8)
    cv2.circle(spot, (column, row), radius, 1, -1)
    answer[spot > 0] = CLICKED_PROBABILITY if click.positive else 1 - CLICKED_PROBABILITY


def _agrees(answer: Probability, click: Click) -> bool:
    return bool(answer[_clicked_pixel(answer, click)] > 0.5) == click.positive


def _clicked_pixel(answer: Probability, click: Click) -> tuple[int, int]:
    height, width = answer.shape
    return min(max(round(click.y), 0), height - 1), min(max(round(click.x), 0), width - 1)
