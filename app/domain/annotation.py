"""The vocabulary: labels, objects, clicks, masks and what is known of each frame. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

Color = tuple[int, int, int]
Point = tuple[float, float]
Ring = tuple[Point, ...]
SequenceKind = Literal["video", "folder", "image", "volume"]
Orientation = Literal["axial", "coronal", "sagittal"]


class Status(IntEnum):
    """What is known of one object on one frame; propagation may write only the first two."""

    EMPTY = 0
    PROPAGATED = 1
    EDITED = 2
    VERIFIED = 3

    @property
    def is_locked(self) -> bool:
        """Whether propagation must leave the mask alone."""
        return self >= Status.EDITED


@dataclass(frozen=True, slots=True)
class Label:
    """A class of things. value: 1..255, unique in the list; color: RGB, 0..255 each."""

    value: int
    name: str
    color: Color


@dataclass(frozen=True, slots=True)
class Object:
    """One tracked thing. object_id: from 1, never reused; label: a Label's value."""

    object_id: int
    label: int


@dataclass(frozen=True, slots=True)
class Click:
    """A hint from the annotator. x right, y down, source pixels, pixel centres at integers."""

    x: float
    y: float
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
    """One connected piece of a mask. rings: the outer ring, then its holes; vertices in source pixels."""

    rings: tuple[Ring, ...]


# Sources of a mask that nothing here was carried to, and of one that was made in another direction of a scan.
UNKNOWN, ELSEWHERE = (0, 0), (-1, -1)


@dataclass(frozen=True, slots=True)
class Lines:
    """Rows and columns of every frame of a scan that a person made as slices in another direction."""

    rows: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Annotation:
    """One object on one frame.

    score: confidence in [0, 1], 1 for what a person made.
    reference: a person made this mask, so propagation starts from it and the memory bank keeps it.
    version: id of the edit that made a reference, else 0.
    sources: versions of the references before and after this frame that a propagated mask was carried from,
    0 for none; it is up to date as long as these still are the nearest references. ELSEWHERE: it was made in
    another direction of a scan.
    """

    mask: Mask
    status: Status
    score: float = 1.0
    reference: bool = False
    version: int = 0
    sources: tuple[int, int] = UNKNOWN


@dataclass(frozen=True, slots=True)
class Window:
    """Intensity window of a scan, in its native units: width > 0."""

    width: float
    center: float


@dataclass(frozen=True, slots=True)
class Extent:
    """What is known of the size of an object in a scan, None for what cannot be known.

    volume: millilitres; diameter: the largest, in millimetres; mean, deviation: of the native intensities.
    """

    volume: float | None
    diameter: float | None
    mean: float | None
    deviation: float | None


@dataclass(frozen=True, slots=True)
class SeriesInfo:
    """A series in a DICOM folder. uid: names it; description, number: as the scanner wrote them."""

    uid: str
    number: str
    modality: str
    description: str
    slices: int
    width: int
    height: int

    def __str__(self) -> str:
        size = f"{self.slices} x {self.width}x{self.height}"
        return " ".join(part for part in (self.uid, self.modality, self.description, size) if part)


@dataclass(frozen=True, slots=True)
class SequenceInfo:
    """What a reader knows of a sequence.

    frames: count; width, height: source pixels after rotation metadata.
    fps: mean rate of a video, None where time has no meaning.
    times: seconds from the first frame, one a frame, or () when the rate is constant or unknown.
    frame_names: the source's own file names of an image folder, else ().
    spacing: millimetres (z, y, x) of a volume; origin (x, y, z) and direction (9 numbers, row-major,
    as ITK gives them) place its first voxel in the patient; all None for anything else.
    orientation: the direction in which a volume is sliced into frames; window: the one that a volume opens
    with; both None for anything else.
    modality: as DICOM spells it, "" for what is no DICOM series.
    warnings: sentences for the annotator about damage or doubt found while opening.
    """

    name: str
    path: str
    kind: SequenceKind
    frames: int
    width: int
    height: int
    fps: float | None = None
    times: tuple[float, ...] = ()
    frame_names: tuple[str, ...] = ()
    spacing: tuple[float, float, float] | None = None
    origin: tuple[float, float, float] | None = None
    direction: tuple[float, ...] | None = None
    orientation: Orientation | None = None
    window: Window | None = None
    modality: str = ""
    warnings: tuple[str, ...] = ()
