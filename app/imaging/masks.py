"""Masks as arrays and as COCO run-length codes."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco

from app.domain.annotation import Mask

LARGEST_MASK: Final = 2**30  # pixels; above any picture or slice that opens
_NO_RUN: Final = -(2**60)  # below the sum of any runs
_CHECKED_AT_ONCE: Final = 256  # masks; their arrays stay in the processor's cache
_DIGITS: Final = bytes(range(48, 112))  # of a code: five bits each, and a sixth that says that more follow
_LONGEST_NUMBER: Final = 7  # digits; more overflow


def encode(array: NDArray[np.bool_] | NDArray[np.uint8]) -> Mask:
    """Return the code of a mask, bool or 0/1 uint8 (h, w)."""
    height, width = array.shape
    columns = np.asfortranarray(array, dtype=np.uint8)
    return Mask(height, width, bytes(coco.encode(columns)["counts"]))


def decode(mask: Mask) -> NDArray[np.bool_]:
    """Return bool (h, w)."""
    return np.asarray(coco.decode(_coco(mask))).view(np.bool_)


def area(mask: Mask) -> int:
    """Count the pixels set."""
    return int(coco.area(_coco(mask)))


def box(mask: Mask) -> tuple[int, int, int, int]:
    """Return the tight bounds (x, y, width, height); all zero for an empty mask."""
    x, y, width, height = (int(n) for n in coco.toBbox(_coco(mask)))
    return x, y, width, height


def paint(layers: Iterable[tuple[int, Mask]], height: int, width: int) -> NDArray[np.uint8]:
    """Paint (value, mask) layers in order into a label map, uint8 (h, w); later ones cover earlier ones."""
    labels = np.zeros((height, width), np.uint8)
    paint_over(labels, layers)
    return labels


def paint_over(labels: NDArray[np.uint8] | NDArray[np.uint16], layers: Iterable[tuple[int, Mask]]) -> None:
    """Paint (value, mask) layers in order over a label map (h, w)."""
    for value, mask in layers:
        x, y, across, down = box(mask)
        part = np.s_[y : y + down, x : x + across]
        labels[part][decode(mask)[part]] = value


def run_lengths(codes: Sequence[bytes]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Return the runs of compressed codes, of zeros and ones in turn, one code after the other; and where each begins.

    A number is written in digits of 5 bits, lowest first; from the fourth on as the difference from the last but one.
    Numbers of more than seven digits come out negative: no such run fits a mask. Raises ValueError for no code.
    """
    if not codes or not all(map(_is_code, codes)):
        raise ValueError("the runs of a mask are no code")
    digits = np.frombuffer(b"".join(codes), np.uint8) - np.uint8(48)
    ends = np.flatnonzero(digits < 0x20)
    starts = np.concatenate(([0], ends[:-1] + 1))
    sizes = np.minimum(ends - starts + 1, _LONGEST_NUMBER)
    numbers = (digits[starts] & 0x1F).astype(np.int64)
    for place in range(1, int(sizes.max())):
        longer = np.flatnonzero(sizes > place)
        numbers[longer] |= (digits[starts[longer] + place] & 0x1F).astype(np.int64) << 5 * place
    numbers -= np.where(digits[ends] & 0x10, np.int64(1) << 5 * sizes, 0)
    numbers[ends - starts >= _LONGEST_NUMBER] = _NO_RUN
    begins = np.searchsorted(starts, np.cumsum([0, *(len(code) for code in codes[:-1])]))
    counts = np.diff(begins, append=len(numbers))
    for begin, end in zip(begins.tolist(), (begins + counts).tolist(), strict=True):
        for first in (begin + 1, begin + 2):
            np.cumsum(numbers[first:end:2], out=numbers[first:end:2])
    return numbers, begins


def are_valid(masks: Sequence[Mask]) -> list[bool]:
    """Return of each mask whether its runs fill its size: pycocotools trusts what it is given."""
    valid = [_is_possible(mask) for mask in masks]
    good = [n for n, is_good in enumerate(valid) if is_good]
    for first in range(0, len(good), _CHECKED_AT_ONCE):
        part = good[first : first + _CHECKED_AT_ONCE]
        runs, begins = run_lengths([masks[n].counts for n in part])
        fits = np.minimum.reduceat(runs, begins) >= 0
        fits &= np.add.reduceat(runs, begins) == [masks[n].height * masks[n].width for n in part]
        for n, is_fit in zip(part, fits.tolist(), strict=True):
            valid[n] = is_fit
    return valid


def _is_possible(mask: Mask) -> bool:
    height, width, counts = mask.height, mask.width, mask.counts
    is_typed = type(height) is type(width) is int and isinstance(counts, bytes)
    return is_typed and height > 0 and width > 0 and height * width <= LARGEST_MASK and _is_code(counts)


def _is_code(counts: bytes) -> bool:
    return bool(counts) and counts[-1] < 80 and not counts.translate(None, _DIGITS)


def _coco(mask: Mask) -> dict[str, object]:
    return {"size": [mask.height, mask.width], "counts": mask.counts}
