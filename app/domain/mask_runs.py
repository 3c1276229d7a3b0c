"""Answers about a mask from its run-length code alone, without an array. Pure."""

from collections.abc import Iterator

from app.domain.annotation import Mask


def mask_runs(mask: Mask) -> Iterator[int]:
    """Yield the runs of zeros and ones in turn, down the columns: COCO's compressed code.

    A number is written in digits of 5 bits, lowest first; from the fourth on as the difference from the last but one.
    """
    value, shift, count, before, last = 0, 0, 0, 0, 0
    for number in mask.counts:
        digit = number - 48
        value |= (digit & 0x1F) << shift
        shift += 5
        if digit & 0x20:
            continue
        if digit & 0x10:
            value -= 1 << shift
        if count > 2:
            value += before
        yield value
        count, before, last = count + 1, last, value
        value = shift = 0


def mask_has(mask: Mask, x: float, y: float) -> bool:
    """Whether the pixel nearest to a point, in source pixels, is set."""
    column, row = round(x), round(y)
    if not (0 <= column < mask.width and 0 <= row < mask.height):
        return False
    wanted, end, is_set = column * mask.height + row, 0, False
    for run in mask_runs(mask):
        end += run
        if wanted < end:
            return is_set
        is_set = not is_set
    return False


def mask_area(mask: Mask) -> int:
    """Count the pixels set."""
    return sum(run for place, run in enumerate(mask_runs(mask)) if place % 2)
