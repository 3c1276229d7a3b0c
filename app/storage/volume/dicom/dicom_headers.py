"""Headers of the slices of a DICOM file (PS3.3), without pixels."""

import logging
import struct
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from pydicom import config, dcmread
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.uid import UID, MediaStorageDirectoryStorage, ParametricMapStorage, SecondaryCaptureImageStorage

from app.domain.annotation import Window
from app.domain.errors import SequenceError
from app.storage.volume.dicom.cine_kinds import is_over_time
from app.storage.volume.dicom.dicom_numbers import integer_of, number_of, numbers_of, projected_spacing
from app.storage.volume.dicom.dicom_signature import SIGNATURE_BYTES, begins_as_data_set, has_prefix
from app.storage.volume.dicom.grid_places import place_frames
from app.storage.volume.dicom.inflated_file import HEADER_LIMIT, InflatedFile, is_deflated
from app.storage.volume.dicom.picture_regions import with_regions
from app.storage.volume.dicom.picture_times import cycle_of, milliseconds_of, moment_of, moment_of_groups
from app.storage.volume.dicom.pixel_location import locate_pixels
from app.storage.volume.dicom.slice_header import SliceHeader
from app.storage.volume.dicom.true_values import scale_values

# What pydicom and the codecs below it raise on damaged files.
DAMAGE: Final = (
    InvalidDicomError,
    RuntimeError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    BytesLengthException,
    OSError,
    EOFError,
    MemoryError,
    struct.error,
    zlib.error,
)
# Their modality LUT leads to beam intensities and is not for display (PS3.3 C.8.7.1.1.2).
_BEAM_LUT: Final = ("XA", "RF")
_NO_PREAMBLE: Final = (".dcm", ".ima", ".dic", ".dicom")
_ASIDE: Final = ("LOCALIZER", "SCOUT", "SCREEN SAVE", "SCREENSHOT")  # values of ImageType
_MOST_FRAMES: Final = 100_000  # of one file: an hour of cine; chosen by hand, each costs 1 KB of memory
# Bytes of a file that one frame takes at least: the item of a compressed frame (PS3.5 A.4).
_LEAST_FRAME: Final = 8
# Times as many frames as are there that a file may claim: of one that was cut off while it was copied, the rest is
# shown. Chosen by hand.
_CUT_OFF: Final = 10
_DEFLATED_WITHIN: Final = 2**11  # bytes that hold the file meta information, which names the transfer syntax
_TAGS: Final = (
    "TransferSyntaxUID",
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "ImageType",
    "FrameOfReferenceUID",
    "SeriesNumber",
    "SeriesDescription",
    "Modality",
    "InstanceNumber",
    "AcquisitionNumber",
    "TemporalPositionIdentifier",
    "NumberOfFrames",
    "FrameIncrementPointer",
    "FrameTime",
    "FrameTimeVector",
    "TriggerTime",
    "NominalInterval",
    "HeartRate",
    "FrameReferenceTime",
    "TemporalPositionTimeOffset",
    "AcquisitionTime",
    "CineRate",
    "RecommendedDisplayFrameRate",
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "RescaleSlope",
    "RescaleIntercept",
    "ModalityLUTSequence",
    "ImageOrientationPatient",
    "ImagePositionPatient",
    "PixelSpacing",
    "ImagerPixelSpacing",
    "NominalScannedPixelSpacing",
    "EstimatedRadiographicMagnificationFactor",
    "SequenceOfUltrasoundRegions",
    "SpacingBetweenSlices",
    "SliceThickness",
    "GantryDetectorTilt",
    "WindowCenter",
    "WindowWidth",
    "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
    "GridFrameOffsetVector",
    "DoseGridScaling",
    "DoseUnits",
    "DetectorInformationSequence",
    "Units",
    "DecayCorrection",
    "PatientWeight",
    "RadiopharmaceuticalInformationSequence",
    "SeriesTime",
)


@contextmanager
def pydicom_silenced() -> Iterator[None]:
    """Silence pydicom: its warnings quote values, and values may name a patient."""
    logger = logging.getLogger("pydicom")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings(), config.disable_value_validation():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def read_headers(path: Path) -> list[SliceHeader]:
    """Read the slices of a file; [] when it is DICOM without pictures, such as a report.

    Raises SequenceError when it is DICOM with pictures that are left out or cannot be, one of DAMAGE otherwise.
    """
    with open_dataset(path) as file, pydicom_silenced():
        head = file.read(SIGNATURE_BYTES)
        file.seek(0)
        is_forced = path.suffix.lower() in _NO_PREAMBLE or (not has_prefix(head) and begins_as_data_set(head))
        dataset = dcmread(file, stop_before_pixels=True, specific_tags=[*_TAGS], force=is_forced)
        if dataset.file_meta.get("MediaStorageSOPClassUID") == MediaStorageDirectoryStorage:
            return []
        _require_picture(path, dataset, has_prefix(head))
        if dataset.get("Modality") == "SEG" or not _has_size(path, dataset):
            return []
        header = locate_pixels(_of_file(path, dataset), dataset, file)
        _require_room_for_frames(header)
        frames = place_frames(_frames(header, dataset), dataset)
        if header.is_cine:
            frames = with_regions(frames, dataset)
        return scale_values(frames, dataset)


def _require_picture(path: Path, dataset: Dataset, is_sure: bool) -> None:
    """Refuse what says neither its kind nor a size. is_sure: the prefix says that it is DICOM."""
    if "SOPClassUID" in dataset or ("Rows" in dataset and ("Modality" in dataset or is_sure)):
        return
    if not is_sure:
        raise InvalidDicomError("no DICOM")
    what = "The file holds no picture: its header was emptied, or it was cut off."
    raise SequenceError(what, subject=path, remedy="Get it again from where it came.")


def _has_size(path: Path, dataset: Dataset) -> bool:
    """Whether a header is that of a picture; refuse one that should be."""
    has_size = "Rows" in dataset and "Columns" in dataset
    if not has_size and "Image Storage" in UID(str(dataset.get("SOPClassUID") or "")).name:
        what = "The file holds no picture: its size and its pixels were left out."
        raise SequenceError(what, subject=path, remedy="Get it again from where it came.")
    return has_size


def read_series_uid(path: Path) -> str:
    """Return which series a file belongs to; "" when it does not say or is no DICOM."""
    try:
        with open_dataset(path) as file, pydicom_silenced():
            dataset = dcmread(file, stop_before_pixels=True, specific_tags=["SeriesInstanceUID"], force=True)
            return str(dataset.get("SeriesInstanceUID", ""))
    except DAMAGE:
        return ""


@contextmanager
def open_dataset(path: Path, limit: int = HEADER_LIMIT) -> Iterator[BinaryIO]:
    """Open a file for reading; a deflated one is inflated as it is read, up to limit bytes."""
    with open(path, "rb") as file:
        if not is_deflated(file.read(_DEFLATED_WITHIN)):
            file.seek(0)
            yield file
            return
    with InflatedFile(path, limit) as inflated:
        yield cast(BinaryIO, inflated)


def _require_room_for_frames(header: SliceHeader) -> None:
    """Refuse more frames than the file can hold, before anything is made for each of them."""
    size = header.path.stat().st_size
    frame = max(1, header.rows * header.columns * header.samples * header.bits_allocated // 8)
    most = _CUT_OFF * (1 + header.pixel_bytes // frame) if header.is_plain else max(1, size // _LEAST_FRAME)
    if header.frames > min(most, _MOST_FRAMES):
        what = f"The header claims {header.frames:,} frames, more than a file of {size:,} bytes holds."
        raise SequenceError(what, subject=header.path, remedy="Have the header corrected.")


def _of_file(path: Path, dataset: Dataset) -> SliceHeader:
    bits = integer_of(dataset, "BitsAllocated") or 16
    stored = min(bits, integer_of(dataset, "BitsStored") or bits)
    return SliceHeader(
        path=path,
        frame=0,
        frames=_frame_count(path, dataset),
        sop_uid=str(dataset.get("SOPInstanceUID", "")),
        series_uid=str(dataset.get("SeriesInstanceUID", "")),
        series_number=str(dataset.get("SeriesNumber") or ""),
        description=str(dataset.get("SeriesDescription") or ""),
        modality=str(dataset.get("Modality") or ""),
        rows=integer_of(dataset, "Rows"),
        columns=integer_of(dataset, "Columns"),
        samples=integer_of(dataset, "SamplesPerPixel") or 1,
        photometric=str(dataset.get("PhotometricInterpretation", "MONOCHROME2")),
        bits_allocated=bits,
        bits_stored=stored,
        spare_bits=min(max(0, (integer_of(dataset, "HighBit") or stored - 1) + 1 - stored), bits - stored),
        is_signed=integer_of(dataset, "PixelRepresentation") == 1,
        has_lut=bool(dataset.get("ModalityLUTSequence")) and dataset.get("Modality") not in _BEAM_LUT,
        moment=moment_of(dataset),
        step=milliseconds_of(dataset, "FrameTime"),
        cycle=cycle_of(dataset),
        is_over_time=is_over_time(dataset),
        is_float=bits == 64 or (bits == 32 and "PixelRepresentation" not in dataset),
        order=(
            integer_of(dataset, "TemporalPositionIdentifier"),
            integer_of(dataset, "AcquisitionNumber"),
            integer_of(dataset, "InstanceNumber"),
            0,
        ),
        study_uid=str(dataset.get("StudyInstanceUID") or ""),
        is_aside=_is_aside(dataset),
        reference_uid=str(dataset.get("FrameOfReferenceUID") or ""),
        tilt=number_of(dataset, "GantryDetectorTilt") or 0.0,
        **{**_projected(dataset), **_placement(dataset)},
    )


def _is_aside(dataset: Dataset) -> bool:
    words = str(dataset.get("ImageType") or "").upper()
    return any(kind in words for kind in _ASIDE) or dataset.get("SOPClassUID") == SecondaryCaptureImageStorage


def _frame_count(path: Path, dataset: Dataset) -> int:
    element = dataset.get_item("NumberOfFrames")
    count = number_of(dataset, "NumberOfFrames") if element is not None and element.value else 1.0
    if count is None or count < 0:
        what = "The header gives no sensible number of frames."
        raise SequenceError(what, subject=path, remedy="Have the header corrected.")
    return max(1, int(count))


def _frames(header: SliceHeader, dataset: Dataset) -> list[SliceHeader]:
    """One header a frame; an enhanced file says more of each in its functional groups."""
    if header.frames == 1 and "PerFrameFunctionalGroupsSequence" not in dataset:
        return [header]
    shared = dataset.get("SharedFunctionalGroupsSequence") or [Dataset()]
    own = dataset.get("PerFrameFunctionalGroupsSequence") or []
    extra = ("RealWorldValueMappingSequence",) if dataset.get("SOPClassUID") == ParametricMapStorage else ()
    common = _groups(shared[0], extra)
    if not own:
        # One position cannot be true of several frames.
        header = replace(header, position=None)
    return [
        replace(
            header,
            frame=n,
            order=(_time_of(own[n : n + 1]) or header.order[0], *header.order[1:3], n),
            **(_heart(own[n]) | _heart(shared[0]) if n < len(own) else {}),
            **{**common, **(_groups(own[n], extra) if n < len(own) else {})},
        )
        for n in range(header.frames)
    ]


def _time_of(groups: Sequence[Dataset]) -> int:
    """Return a number that grows with the time of a frame, by its functional groups; 0 where they do not say."""
    for group in groups:
        for content in group.get("FrameContentSequence") or []:
            if index := integer_of(content, "TemporalPositionIndex"):
                return index
        for heart in group.get("CardiacSynchronizationSequence") or []:
            delay = number_of(heart, "NominalCardiacTriggerDelayTime")  # milliseconds
            if delay is not None:
                return round(delay * 1000)
    return 0


def _heart(item: Dataset) -> dict[str, Any]:
    """Return only what the functional groups of a frame say of its time and of the heartbeat."""
    beats = [cycle_of(heart) for heart in item.get("CardiacSynchronizationSequence") or []]
    found = {"moment": moment_of_groups(item), "cycle": next(iter(beats), None)}
    return {name: seconds for name, seconds in found.items() if seconds is not None}


def _groups(item: Dataset, extra: tuple[str, ...]) -> dict[str, Any]:
    """Return what the functional groups of a frame say (PS3.3 C.7.6.16)."""
    found: dict[str, Any] = {}
    for name in (
        "PixelMeasuresSequence",
        "PlaneOrientationSequence",
        "PlanePositionSequence",
        "PixelValueTransformationSequence",
        "FrameVOILUTSequence",
        *extra,
    ):
        for group in item.get(name) or []:
            found.update(_placement(group))
    return found


def _placement(dataset: Dataset) -> dict[str, Any]:
    """Return only what is there, so that it can be laid over what is known already."""
    is_mapped = "RealWorldValueSlope" in dataset
    slope, intercept = (
        f"{'RealWorldValue' if is_mapped else 'Rescale'}{part}" for part in ("Slope", "Intercept")
    )
    found: dict[str, Any] = {
        "slope": number_of(dataset, slope) or None,  # 0 would make all voxels the same
        "intercept": number_of(dataset, intercept),
        "orientation": numbers_of(dataset, "ImageOrientationPatient", 6),
        "position": numbers_of(dataset, "ImagePositionPatient", 3),
        "pixel_spacing": numbers_of(dataset, "PixelSpacing", 2),
        "spacing_between": number_of(dataset, "SpacingBetweenSlices"),
        "thickness": number_of(dataset, "SliceThickness"),
        "window": _window(dataset),
    }
    return {name: value for name, value in found.items() if value is not None}


def _projected(dataset: Dataset) -> dict[str, Any]:
    """Return only what is there, and only where the pixels' size in the patient is not."""
    found = projected_spacing(dataset) if numbers_of(dataset, "PixelSpacing", 2) is None else None
    return {} if found is None else {"pixel_spacing": found[0], "is_at_detector": found[1]}


def _window(dataset: Dataset) -> Window | None:
    width, center = number_of(dataset, "WindowWidth"), number_of(dataset, "WindowCenter")
    return Window(width, center) if width and center is not None and width > 0 else None
