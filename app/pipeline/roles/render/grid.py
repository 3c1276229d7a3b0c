"""Label volume of the renderer at two resolutions, cut into slabs. Pure."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.uint8]
Shape = tuple[int, int, int]

# Slices whose surface is extracted together. Chosen by hand: an edit of one slice costs one or two slabs, and each
# is an actor with a halo of its own.
SLAB: Final = 16
# A slab that is smoothed together with this many slices on either side meets its neighbours without a seam:
# measured, after 8 iterations a hundredth of a voxel is left of the cut 3 slices on.
HALO: Final = 3
# A volume of so many voxels is drawn as it is, a larger one coarsely at first. Measured in software: the first
# picture after an edit comes in half the time that a coarse volume of the former size would take.
_SMALL_VOXELS: Final = 8 * 2**20
_COARSE_VOXELS: Final = 2 * 2**20
# Budgets of voxels, a byte each, of a scan and of a video. Chosen by hand: more detail against memory and time.
_SCAN_VOXELS: Final = 2**27
_SOLID_VOXELS: Final = 2**25
_THICKEST_FRAME: Final = 8.0  # pixels; a short video becomes a flat solid rather than a stack of thick plates


@dataclass(frozen=True, slots=True)
class Reduction:
    """Number of frames, rows and columns that become one voxel."""

    frames: int
    pixels: int  #: rows and columns

    def shape(self, shape: Shape) -> Shape:
        """Return the reduced shape."""
        depth, height, width = shape
        return -(-depth // self.frames), -(-height // self.pixels), -(-width // self.pixels)


class Level:
    """A label volume at one resolution.

    stale: the slabs whose surface is out of date. sizes: int64 (256,), voxels of every label.
    """

    def __init__(self, shape: Shape, spacing: tuple[float, float, float]) -> None:
        self.voxels = np.zeros(shape, np.uint8)
        self.spacing = spacing
        self.stale: set[int] = set()
        self.sizes = np.zeros(256, np.int64)

    @property
    def slabs(self) -> int:
        """Number of slabs."""
        return -(-self.voxels.shape[0] // SLAB)

    def set_slice(self, index: int, picture: Labels) -> bool:
        """Set a slice; return whether it differs from before."""
        if np.array_equal(self.voxels[index], picture):
            return False
        self.sizes += _sizes(picture) - _sizes(self.voxels[index])
        self.voxels[index] = picture
        first, last = (index - HALO) // SLAB, (index + HALO) // SLAB
        self.stale.update(range(max(0, first), min(last, self.slabs - 1) + 1))
        return True

    def slab(self, number: int) -> tuple[int, int, int, int]:
        """Return the extent of a slab and its halo: halo's first slice, slab's first, slab's end, halo's end."""
        first = number * SLAB
        end = min(first + SLAB, self.voxels.shape[0])
        return max(0, first - HALO), first, end, min(end + HALO, self.voxels.shape[0])


class LabelGrid:
    """The labels of a scan, or of a video as a solid in space and time, within a budget of voxels.

    shape: frames, rows, columns as they come in. spacing: of a scan, (z, y, x) in millimetres; None for a
    video, whose frames are then spread so that the solid is about as deep as wide. full, coarse: the two
    resolutions; the same when the full one is small.
    """

    def __init__(
        self, shape: Shape, spacing: tuple[float, float, float] | None, budget: int | None = None
    ) -> None:
        self.shape = shape
        self.spacing = spacing or solid_spacing(shape)
        self.reduction = reduce_to(shape, budget or (_SOLID_VOXELS if spacing is None else _SCAN_VOXELS))
        full = self.reduction.shape(shape)
        self.full = Level(full, _scaled(self.spacing, self.reduction.frames, self.reduction.pixels))
        self.factor = _coarse_factor(full)
        self.coarse = self.full
        if self.factor > 1:
            coarse = Reduction(self.factor, self.factor).shape(full)
            self.coarse = Level(coarse, _scaled(self.full.spacing, self.factor, self.factor))

    def set_slices(self, first: int, labels: Labels) -> bool:
        """Take in frames first, first + 1, …, uint8 (k, h, w); return whether anything looks different now."""
        changed = set()
        for index, picture in self._kept(first, labels):
            if self.full.set_slice(index, shrink_labels(picture, self.reduction.pixels)):
                changed.add(index // self.factor)
        if self.coarse is not self.full:
            for index in changed:
                start = index * self.factor
                joined = self.full.voxels[start : start + self.factor].max(axis=0)
                self.coarse.set_slice(index, shrink_labels(joined, self.factor))
        return bool(changed)

    def is_frame_shown(self, frame: int) -> bool:
        """Return whether a frame is shown: of a long video only some are."""
        step = self.reduction.frames
        return frame == min(frame // step * step + step // 2, self.shape[0] - 1)

    def _kept(self, first: int, labels: Labels) -> Iterator[tuple[int, Labels]]:
        for frame, picture in enumerate(labels, first):
            if self.is_frame_shown(frame):
                yield frame // self.reduction.frames, picture


def solid_spacing(shape: Shape) -> tuple[float, float, float]:
    """Return the spacing (z, y, x) in pixels that makes a video about as deep as wide, but no frame thicker than 8."""
    depth, height, width = shape
    return min(max(height, width) / max(depth, 1), _THICKEST_FRAME), 1.0, 1.0


def reduce_to(shape: Shape, budget: int) -> Reduction:
    """Return the least reduction that leaves at most budget voxels, of the longer of time and space first."""
    frames = pixels = 1
    while math.prod(Reduction(frames, pixels).shape(shape)) > budget:
        if shape[0] / frames > max(shape[1:]) / pixels:
            frames += 1
        else:
            pixels += 1
    return Reduction(frames, pixels)


def shrink_labels(picture: Labels, factor: int) -> Labels:
    """Return the highest label of every factor x factor block, so that nothing thin is lost."""
    if factor == 1:
        return picture
    height, width = (-(-side // factor) for side in picture.shape)
    small = np.zeros((height, width), np.uint8)
    for row in range(factor):
        for column in range(factor):
            part = picture[row::factor, column::factor]
            held = small[: part.shape[0], : part.shape[1]]
            np.maximum(held, part, out=held)
    return small


def _sizes(picture: Labels) -> NDArray[np.int64]:
    sizes: NDArray[np.int64] = np.bincount(picture.reshape(-1), minlength=256)
    return sizes


def _coarse_factor(shape: Shape) -> int:
    factor = 1
    if math.prod(shape) <= _SMALL_VOXELS:
        return factor
    while math.prod(Reduction(factor, factor).shape(shape)) > _COARSE_VOXELS:
        factor += 1
    return factor


def _scaled(spacing: tuple[float, float, float], frames: int, pixels: int) -> tuple[float, float, float]:
    return spacing[0] * frames, spacing[1] * pixels, spacing[2] * pixels
