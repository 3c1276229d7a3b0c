"""Pixels for the screen: a frame with its masks, a scan's other directions, the 3D view, tiles."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Color, FrameAxis, Orientation, Ring, SeriesPlace


@dataclass(frozen=True, slots=True)
class Picture:
    """A frame and its masks. An array that did not change is the same object as in the picture before."""

    sequence: str  #: path
    frame: int
    image: NDArray[np.uint8]  #: (h, w, 4) RGBA
    overlay: NDArray[np.uint8] | None  #: (h, w, 4) RGBA, alpha 0 beside masks; None when there is no mask
    orientation: Orientation | None = None
    along: FrameAxis = "space"
    drawn: int = 0  #: gestures of the canvas up to this one are in the overlay; see MaskEditRequested
    #: (h, w) intensities of a scan; comes a moment after the picture
    native: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class View3DPicture:
    """The masks in 3D."""

    sequence: str  #: path
    image: NDArray[np.uint8] | None  #: (h, w, 4) RGBA, None when nothing could be drawn
    is_fine: bool = True  #: full resolution, no finer picture will follow
    trouble: str = ""  #: why there is no image


@dataclass(frozen=True, slots=True)
class LinkedPicture:
    """A slice of a scan, masks painted, in another direction than that of annotation."""

    orientation: Orientation
    index: int
    image: NDArray[np.uint8]  #: (h, w, 4) RGBA


@dataclass(frozen=True, slots=True)
class LinkedPictures:
    """The two other directions of a scan."""

    sequence: str  #: path
    orientation: Orientation  #: direction of annotation
    pictures: tuple[LinkedPicture, ...]
    is_partial: bool  #: slices that are not decoded yet are black


@dataclass(frozen=True, slots=True)
class SecondPicture:
    """The second series where a frame lies in the patient."""

    sequence: str  #: path of the open sequence
    orientation: Orientation | None
    frame: int
    place: SeriesPlace
    image: NDArray[np.uint8]  #: (h, w, 4) RGBA over the whole frame, as fine or some times finer
    #: masks of the frame: colours and rings of vertices in pixels of the frame
    outlines: tuple[tuple[Color, tuple[Ring, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Tile:
    """A frame on the contact sheet."""

    frame: int
    image: NDArray[np.uint8]  #: (h, w, 4) RGBA, masks painted; the same object until it changes


@dataclass(frozen=True, slots=True)
class ThumbnailPictures:
    """The timeline's small pictures that are there so far."""

    sequence: str  #: path
    pictures: tuple[Tile, ...]  #: without masks; frame is the start of the stretch that each one is of


@dataclass(frozen=True, slots=True)
class TilePictures:
    """The tiles of the contact sheet that are there so far."""

    sequence: str  #: path
    orientation: Orientation | None
    along: FrameAxis
    tiles: tuple[Tile, ...]


AnyPicture = Picture | LinkedPictures | SecondPicture | View3DPicture | TilePictures | ThumbnailPictures
