"""Boxes of a film that are given at some of its frames, as Label Studio has them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import isfinite
from typing import Any, Self

from app.domain.annotation import SequenceInfo
from app.storage.importers.training.foreign_masks import ForeignMask, ForeignPicture
from app.storage.importers.training.shape_outlines import Outline, box_outline, outline_mask, turned


@dataclass(frozen=True, slots=True)
class _Keyframe:
    """A box at a frame, in percent of the picture's sides; rotation in degrees around its upper left corner."""

    frame: float  #: of the film here, from 0
    is_shown: bool  #: until the next keyframe; else at this frame alone
    box: tuple[float, float, float, float, float]  #: x, y, width, height, rotation


@dataclass(frozen=True, slots=True)
class FilmBox:
    """One object: a box that moves evenly from one keyframe to the next."""

    key: str
    label: str
    keyframes: tuple[_Keyframe, ...]
    places: tuple[float, ...]  #: their frames, which grow

    @classmethod
    def read(cls, key: str, label: str, sequence: Sequence[Mapping[str, Any]], step: float) -> Self:
        """Read the keyframes, whose frames count from 1. step: frames here for one of theirs.

        Raises KeyError, TypeError or ValueError for what is no sequence.
        """
        found = [
            _Keyframe(
                (int(item["frame"]) - 1) * step,
                bool(item.get("enabled", True)),
                (
                    float(item["x"]),
                    float(item["y"]),
                    float(item["width"]),
                    float(item["height"]),
                    float(item.get("rotation") or 0),
                ),
            )
            for item in sequence
        ]
        if not all(isfinite(number) for one in found for number in one.box):
            raise ValueError("a box that is not a number")
        if not found:
            raise ValueError("a box without keyframes")
        found.sort(key=lambda one: one.frame)
        return cls(key, label, tuple(found), tuple(one.frame for one in found))

    def frames(self, count: int) -> set[int]:
        """Return the frames that it is shown on, of the first count."""
        found: set[int] = set()
        ends = (*self.places[1:], float(count))
        for one, end in zip(self.keyframes, ends, strict=True):
            found.add(round(one.frame))
            if one.is_shown:
                found.update(range(max(round(one.frame), 0), min(round(end), count)))
        return {frame for frame in found if 0 <= frame < count}

    def outline(self, frame: int, height: int, width: int) -> Outline:
        """Return its outline on a frame that it is shown on."""
        place = max(bisect_right(self.places, frame + 0.5) - 1, 0)
        one, after = self.keyframes[place], self.keyframes[min(place + 1, len(self.keyframes) - 1)]
        share = (frame - one.frame) / (after.frame - one.frame) if after.frame > one.frame else 0.0
        share = min(max(share, 0.0), 1.0)
        x, y, across, down, angle = (a + share * (b - a) for a, b in zip(one.box, after.box, strict=True))
        left, top = x * width / 100, y * height / 100
        ring = box_outline(left, top, left + across * width / 100, top + down * height / 100)
        return turned(ring, angle, left, top)


def box_pictures(
    boxes: Sequence[FilmBox], values: Mapping[str, int], info: SequenceInfo
) -> list[ForeignPicture]:
    """Return the frames that boxes are shown on. values: of labels."""

    def masks(frame: int) -> Iterator[ForeignMask]:
        for box, shown in zip(boxes, visible, strict=True):
            if frame in shown:
                mask = outline_mask(box.outline(frame, info.height, info.width), info.height, info.width)
                yield ForeignMask(box.key, values[box.label], mask)

    visible = [box.frames(info.frames) for box in boxes]
    frames = sorted(set().union(*visible))
    return [ForeignPicture("", partial(masks, frame), frame) for frame in frames]
