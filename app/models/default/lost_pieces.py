"""Pieces of a mask that are a lost object's: of two things alike one often takes the other's place when it returns."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.default.appearance import LEAST_LIKENESS

Array = NDArray[np.float32]
# Cells at stride 4 of a piece at least; fewer have no appearance of their own. Chosen by hand.
LEAST_PIECE = 16


class LostPiece(NamedTuple):
    """A piece of an object's mask that is another object."""

    holder: int  #: object whose mask it is in
    owner: int  #: object that it is
    piece: Array  #: float32 0 or 1 at stride 4


def find_lost_pieces(masks: Mapping[int, Array], likeness: Callable[[int, Array], float]) -> list[LostPiece]:
    """Return the pieces that look more like an object without a mask than like the one in whose mask they are.

    The holder keeps a piece that looks more like itself, or all of them.
    masks: float32 (h, w) in [0, 1] at stride 4 by object; likeness: of an object to what a mask is on, a cosine.
    """
    lost = [number for number, mask in masks.items() if not (mask > 0.5).any()]
    found: list[LostPiece] = []
    for holder in masks if lost else ():
        pieces = split_pieces(masks[holder])
        owners = [_owner(piece, holder, lost, likeness) for piece in pieces]
        if holder in owners:
            pairs = zip(owners, pieces, strict=True)
            found += [LostPiece(holder, owner, piece) for owner, piece in pairs if owner != holder]
    return found


def split_pieces(mask: Array) -> list[Array]:
    """Return the connected pieces of a mask of LEAST_PIECE cells at least."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((mask > 0.5).astype(np.uint8), connectivity=8)
    large = [label for label in range(1, count) if stats[label, cv2.CC_STAT_AREA] >= LEAST_PIECE]
    return [(labels == label).astype(np.float32) for label in large]


def _owner(piece: Array, holder: int, lost: list[int], likeness: Callable[[int, Array], float]) -> int:
    best = max(lost, key=lambda number: likeness(number, piece))
    alike = likeness(best, piece)
    return best if alike >= LEAST_LIKENESS and alike > likeness(holder, piece) else holder
