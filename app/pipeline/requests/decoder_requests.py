"""Requests to the decoder. Every one names an open source by its key; arrays are in the shared pool."""

from dataclasses import dataclass
from pathlib import Path

from app.domain.annotation import FrameAxis, Mask, Orientation, SequenceInfo, SeriesInfo, SeriesPlace, Window
from app.imaging.volume_geometry import VolumeGeometry
from app.imaging.voxel_sample import VoxelSample
from app.pipeline.requests.source_spec import SourceSpec
from app.pipeline.workers.protocol import ArrayRef
from app.pipeline.workers.request import Request, WorkerKind


class DecoderKind(WorkerKind):
    """Decodes frames of the sequences that are open in it."""

    role = "app.pipeline.roles.decoder:DecoderRole"


@dataclass(frozen=True, slots=True)
class FramePart:
    """One object on one frame of a scan, see FrameMeasure of app.imaging.measures."""

    pixels: int
    outline: bytes  #: float64 triples: millimetres as the patient lies, (frame, y, x) where that is unknown
    count: int
    mean: float
    squares: float
    weight: float


@dataclass(frozen=True, slots=True)
class ReadPlaneReply:
    """Reply to a slice."""

    is_partial: bool  #: slices that are not decoded yet are black


@dataclass(frozen=True, slots=True)
class MeasureFrameReply:
    """The parts of a frame by object id, None for an empty mask."""

    parts: tuple[tuple[int, FramePart | None], ...]


@dataclass(frozen=True, slots=True)
class DecodeAheadReply:
    """Progress of the decoding of a scan."""

    is_partial: bool
    damage: tuple[str, ...] = ()  #: sentences about slices that cannot be decoded, once none is left to do


@dataclass(frozen=True, slots=True)
class OpenSourceRequest(Request[DecoderKind, SequenceInfo, None]):
    """Open a source under a key. Raises SequenceError, or SeveralSeries where one must be chosen."""

    key: str
    source: SourceSpec


@dataclass(frozen=True, slots=True)
class ListSeriesReply:
    """The series and time points of a source."""

    series: tuple[SeriesInfo, ...]


@dataclass(frozen=True, slots=True)
class ListSeriesRequest(Request[DecoderKind, ListSeriesReply, None]):
    """List what can be chosen of a DICOM source; nothing of others. Raises SequenceError."""

    path: Path


@dataclass(frozen=True, slots=True)
class OtherSeriesReply:
    """What can be shown beside a series."""

    places: tuple[SeriesPlace, ...]


@dataclass(frozen=True, slots=True)
class FindOtherSeriesRequest(Request[DecoderKind, OtherSeriesReply, None]):
    """Find the other series of a study. Raises SequenceError."""

    path: Path
    series: str | None


@dataclass(frozen=True, slots=True)
class ScanPlaceReply:
    """How a scan lies in the patient."""

    geometry: VolumeGeometry
    reference: str  #: UID of its frame of reference, "" where that is not known


@dataclass(frozen=True, slots=True)
class LocateScanRequest(Request[DecoderKind, ScanPlaceReply, None]):
    """Tell how an open scan lies in the patient."""

    key: str


@dataclass(frozen=True, slots=True)
class ReadAlongRequest(Request[DecoderKind, None, None]):
    """Draw a scan where a slice of another one lies, into target, uint8 (h, w, 3) RGB; black beyond the scan."""

    key: str
    geometry: VolumeGeometry  #: of the other scan, with orientation and index of its slice
    orientation: Orientation
    index: int
    finer: int  #: how many times higher and wider than the slice target is
    target: ArrayRef
    window: Window | None = None
    time: int = 0  #: time point of the scan


@dataclass(frozen=True, slots=True)
class CloseSourceRequest(Request[DecoderKind, None, None]):
    """Close a source; an unknown key is no error."""

    key: str


@dataclass(frozen=True, slots=True)
class ReadFrameRequest(Request[DecoderKind, None, None]):
    """Decode a frame into target, uint8 (h, w, 3) RGB; it is scaled to a target of another size."""

    key: str
    index: int
    target: ArrayRef
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class ReadNativeRequest(Request[DecoderKind, None, None]):
    """Read the intensities of a scan's frame into target, float32 (h, w)."""

    key: str
    index: int
    target: ArrayRef


@dataclass(frozen=True, slots=True)
class OrientScanRequest(Request[DecoderKind, SequenceInfo, None]):
    """Slice a scan in another direction."""

    key: str
    orientation: Orientation
    along: FrameAxis = "space"


@dataclass(frozen=True, slots=True)
class ReadPlaneRequest(Request[DecoderKind, ReadPlaneReply, None]):
    """Draw a slice of any direction into target, uint8 (h, w, 3) RGB."""

    key: str
    orientation: Orientation
    index: int
    target: ArrayRef
    window: Window | None = None
    time: int = 0  #: time point


@dataclass(frozen=True, slots=True)
class FitWindowRequest(Request[DecoderKind, Window, None]):
    """Find the intensity window that fits a frame."""

    key: str
    index: int


@dataclass(frozen=True, slots=True)
class MeasureFrameRequest(Request[DecoderKind, MeasureFrameReply, None]):
    """Measure the masks of a frame, given by object id."""

    key: str
    index: int
    masks: tuple[tuple[int, Mask], ...]


@dataclass(frozen=True, slots=True)
class VoxelSampleReply:
    """Reply to a request for a sample."""

    sample: VoxelSample | None  #: None where there is none


@dataclass(frozen=True, slots=True)
class SampleVoxelsRequest(Request[DecoderKind, VoxelSampleReply, None]):
    """Sample the voxels of a scan, by which another part of it is known. It is decoded for that."""

    key: str


@dataclass(frozen=True, slots=True)
class DecodeAheadRequest(Request[DecoderKind, DecodeAheadReply, None]):
    """Decode more slices of a scan for a moment."""

    key: str
