"""What the propagation decoder is told of objects: masks of the frame before, memory, target models, and rivals.

The definitions are those of tool/dev/train/propagation_cues.py, with which the model was trained.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from app.models.default.working_pixels import object_box

Array = NDArray[np.float32]
HINTS = 9
REACH = 3
"""Cells of stride 16 that a thing moves at most from one frame to the next for match_masks to find it: 48 working
pixels. As trained."""
FAINTEST = 1 / 255
"""Share of a cell from which it counts as mask: less cannot be seen, and no answer is quite 0."""


def propagation_hints(before: Array, matched: Array, recalled: Array, looks: Array) -> Array:
    """Return float32 (n, HINTS, h, w) at stride 4 for n objects of a frame.

    before, matched: masks of the frame before, as they were and moved along, (n, h, w); recalled, looks: what memory
    and the target models say, (n, h/2, w/2), in [0, 1].
    """
    hints = np.zeros((len(before), HINTS, *before.shape[1:]), np.float32)
    hints[:, 0] = gather_others(before)
    hints[:, 1], hints[:, 2] = (double_size(gather_others(maps)) for maps in (recalled, looks))
    hints[:, 3], hints[:, 4] = matched, gather_others(matched)
    hints[:, 6], hints[:, 7:] = before, 1
    return hints


def propagation_likeness(recalled: Array, looks: Array) -> Array:
    """Return float32 (n, 2, h, w) at stride 8 in [-1, 1]; arguments as for propagation_hints."""
    likeness: Array = 2 * np.stack([recalled, looks], 1) - 1
    return likeness


def gather_others(masks: Array) -> Array:
    """Return what the other objects of a frame have together, in [0, 1], for each of n; masks: (n, h, w)."""
    others: Array = np.clip(masks.sum(0) - masks, 0, 1)
    return others


def match_masks(key: Array, earlier: Array, masks: Array) -> Array:
    """Move masks of the frame before along: every cell takes what the cells near it there hold that have like keys.

    key, earlier: (c, h, w) at stride 16, of a frame and the one before; masks: (n, 4h, 4w). Source: Voigtlaender et
    al., "FEELVOS", CVPR 2019, whose local matching looks in a window likewise. Cells that nothing can reach stay 0.
    """
    channels, height, width = key.shape
    cells = masks.reshape(len(masks), height, 4, width, 4).transpose(0, 2, 4, 1, 3)
    box = object_box(cells.max((0, 1, 2)) > FAINTEST)
    if box is None:
        return np.zeros_like(masks)
    # What ends beyond the frame is cut by the slices themselves.
    rows = slice(max(0, box.y - REACH), box.y + box.height + REACH)
    columns = slice(max(0, box.x - REACH), box.x + box.width + REACH)
    around = np.s_[..., rows.start : rows.stop + 2 * REACH, columns.start : columns.stop + 2 * REACH]
    length = np.pad((earlier**2).sum(0), REACH, constant_values=np.inf)[around]
    part = key[:, rows, columns]
    affinity = np.stack(
        [
            2 * np.einsum("chw,chw->hw", near, part) - norm
            for near, norm in zip(_shifted(_padded(earlier)[around]), _shifted(length), strict=True)
        ]
    ) / np.float32(channels**0.5)
    weights = np.exp(affinity - affinity.max(0))
    weights /= weights.sum(0)
    found = np.zeros_like(cells[..., rows, columns])
    for weight, near in zip(weights, _shifted(_padded(cells)[around]), strict=True):
        found += weight * near
    moved = np.zeros_like(cells)
    moved[..., rows, columns] = found
    return moved.transpose(0, 3, 1, 4, 2).reshape(masks.shape)


def double_size(maps: Array) -> Array:
    """Return maps (n, h, w) with every cell as four."""
    return maps.repeat(2, 1).repeat(2, 2)


def _padded(maps: Array) -> Array:
    return np.pad(maps, [(0, 0)] * (maps.ndim - 2) + [(REACH, REACH)] * 2)


def _shifted(padded: Array) -> Iterator[Array]:
    """Yield the views of padded maps (..., h + 2 * REACH, w + 2 * REACH) that lie at each place of the window."""
    height, width = (size - 2 * REACH for size in padded.shape[-2:])
    for y in range(2 * REACH + 1):
        for x in range(2 * REACH + 1):
            yield padded[..., y : y + height, x : x + width]
