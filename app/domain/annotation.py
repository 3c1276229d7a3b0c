"""Labels, objects, clicks, masks and their status on each frame. Pure data."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from app.domain.segment_code import SegmentCode

Color = tuple[int, int, int]
Point = tuple[float, float]
Ring = tuple[Point, ...]
SequenceKind = Literal["video", "folder", "image", "volume"]
Orientation = Literal["axial", "coronal", "sagittal"]
FrameAxis = Literal["space", "time"]


class Status(IntEnum):
    """Status of one object on one frame; propagation may write only the first two. Journals hold the numbers."""

    EMPTY = 0
    PROPAGATED = 1
    EDITED = 2
    VERIFIED = 3
    IMPORTED = 4  #: read from a file and not reviewed since

    @property
    def is_locked(self) -> bool:
        """Whether propagation must leave the mask alone."""
        return self >= Status.EDITED


@dataclass(frozen=True, slots=True)
class Label:
    """A class of things."""

    value: int  #: 1..255, unique in the list
    name: str
    color: Color  #: RGB, 0..255 each
    code: SegmentCode | None = None  #: what it stands for in DICOM exports, None to find it by the name


@dataclass(frozen=True, slots=True)
class Object:
    """One tracked thing."""

    object_id: int  #: from 1, never reused
    label: int  #: a Label's value
    name: str = ""  #: of its own, "" for none
    note: str = ""  #: what is to be said about it
    locked: bool = False  #: nothing changes its masks


@dataclass(frozen=True, slots=True)
class Click:
    """A hint from the annotator."""

    x: float  #: source pixels to the right, pixel centres at integers
    y: float  #: source pixels down
    positive: bool


@dataclass(frozen=True, slots=True)
class Mask:
    """A bool (height, width) array as COCO compressed RLE; see app.imaging.masks for the arrays."""

    height: int
    width: int
    counts: bytes


def empty_mask(height: int, width: int) -> Mask:
    """Return a mask with no pixel set: one run of zeros in COCO's variable-length code."""
    rest, counts = height * width, bytearray()
    while True:
        chunk, rest = rest & 0x1F, rest >> 5
        more = rest != 0 or bool(chunk & 0x10)
        counts.append(48 + (chunk | 0x20 if more else chunk))
        if not more:
            return Mask(height, width, bytes(counts))


@dataclass(frozen=True, slots=True)
class Polygon:
    """One connected piece of a mask."""

    rings: tuple[Ring, ...]  #: the outer ring, then its holes; vertices in source pixels


# Sources of a mask that was not propagated, and of one made in another direction of a scan.
UNKNOWN, ELSEWHERE = (0, 0), (-1, -1)


@dataclass(frozen=True, slots=True)
class Lines:
    """Rows and columns of every frame of a scan that a person made as slices in another direction."""

    rows: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Annotation:
    """One object on one frame."""

    mask: Mask
    status: Status
    score: float = 1.0  #: confidence in [0, 1], 1 for what a person made
    reference: bool = False  #: a person made this mask: propagation starts from it, the memory bank keeps it
    version: int = 0  #: id of the edit that made a reference, else 0
    #: versions of the references before and after this frame that a propagated mask came from, 0 for none;
    #: it is up to date while these are the nearest references. ELSEWHERE: made in another direction of a scan
    sources: tuple[int, int] = UNKNOWN
    #: who made a mask that was read from a file, "" where it is not known; None for one made here
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Intensity window of a scan, in its native units."""

    width: float  #: above 0
    center: float


@dataclass(frozen=True, slots=True)
class Extent:
    """Size and intensities of an object in a scan, None for what cannot be measured."""

    volume: float | None  #: millilitres
    diameter: float | None  #: the largest, millimetres
    mean: float | None  #: of the native intensities
    deviation: float | None  #: of the native intensities


@dataclass(frozen=True, slots=True)
class AreaCurve:
    """The area of an object on each frame that has it; of a scan over time its volume at each time point."""

    object_id: int
    frames: tuple[int, ...]  #: or time points; ascending
    areas: tuple[float, ...]  #: one for each of them
    unit: str  #: "mm²" where all pixels have a size, else "px"; "ml" or "voxels" over time


@dataclass(frozen=True, slots=True)
class SeriesInfo:
    """A series in a DICOM folder."""

    uid: str
    number: str  #: as the scanner wrote it
    modality: str
    description: str  #: as the scanner wrote it
    slices: int
    width: int
    height: int

    def __str__(self) -> str:
        size = f"{self.slices} x {self.width}x{self.height}"
        return " ".join(part for part in (self.uid, self.modality, self.description, size) if part)


@dataclass(frozen=True, slots=True)
class SeriesPlace:
    """A series that can be opened."""

    path: str
    series: str | None  #: as open_source takes it, None for the only one
    title: str  #: for a person
    detail: str  #: what kind and how large, "" where that is not known yet


RegionUnit = Literal["cm", "s", "Hz", "cm/s", ""]


@dataclass(frozen=True, slots=True)
class PictureRegion:
    """A part of an ultrasound picture with a scale of its own."""

    left: int  #: first and last column and row that belong to it, source pixels
    top: int
    right: int
    bottom: int
    dx: float  #: units from column to column, above 0
    dy: float  #: units from row to row, above 0
    x_unit: RegionUnit  #: "" where the file names none that is known
    y_unit: RegionUnit

    @property
    def millimetres(self) -> tuple[float, float] | None:
        """Pixel size (y, x), None where a direction is no length."""
        return (self.dy * 10.0, self.dx * 10.0) if self.x_unit == self.y_unit == "cm" else None


@dataclass(frozen=True, slots=True)
class PictureScale:
    """Pixel sizes of a picture, as far as its file gives them."""

    #: millimetres (0, y, x), None where they differ or are unknown
    spacing: tuple[float, float, float] | None = None
    regions: tuple[PictureRegion, ...] = ()  #: of an ultrasound, () where the picture has one scale


@dataclass(frozen=True, slots=True)
class SequenceInfo:
    """Properties of a sequence as its reader found them."""

    name: str
    path: str
    kind: SequenceKind
    frames: int  #: count
    width: int  #: source pixels after rotation metadata
    height: int
    fps: float | None = None  #: mean rate of a video, None where time has no meaning
    times: tuple[float, ...] = ()  #: seconds from the first frame, () when the rate is constant or unknown
    frame_names: tuple[str, ...] = ()  #: the source's own file names of an image folder
    slice_ids: tuple[str, ...] = ()  #: digest of the UID of each slice of a volume, () where slices share one
    sample_aspect: tuple[int, int] = (1, 1)  #: width and height of a video's pixels in relation to each other
    #: millimetres (z, y, x) of a volume, (0, y, x) of pictures that all have one pixel size
    spacing: tuple[float, float, float] | None = None
    is_calibrated: bool = False  #: whether a person gave the pixel size, by a line of known length
    regions: tuple[PictureRegion, ...] = ()  #: of an ultrasound, () where the picture has one scale
    #: of the frames where they differ, each once; spacing is then what all of them share, and there are no regions
    scales: tuple[PictureScale, ...] = ()
    frame_scales: tuple[int, ...] = ()  #: which of the scales each frame has
    origin: tuple[float, float, float] | None = None  #: (x, y, z) of a volume's first voxel, as ITK gives it
    direction: tuple[float, ...] | None = None  #: 9 numbers, row-major, as ITK gives them
    orientation: Orientation | None = None  #: direction in which a volume is sliced into frames
    time_points: int = 1  #: volumes of a scan in the same places; frames holds the slices of all of them
    along: FrameAxis = "space"  #: which of them follow each other; see app.domain.frame_order
    moments: tuple[float, ...] = ()  #: seconds of each time point from the first, () where they are not known
    cycle: float | None = None  #: seconds until time points begin again, as heartbeats do, None where unknown
    window: Window | None = None  #: the one that a volume opens with
    modality: str = ""  #: as DICOM spells it
    unit: str = ""  #: of a scan's native intensities, such as HU, SUV or Gy; "" where the file does not say
    warnings: tuple[str, ...] = ()  #: sentences for the annotator about damage or doubt found while opening

    @property
    def may_have_others(self) -> bool:
        """Whether it may be one of several series of a study: a scan, or a clip of DICOM."""
        return self.kind == "volume" or (self.kind == "video" and bool(self.modality))
