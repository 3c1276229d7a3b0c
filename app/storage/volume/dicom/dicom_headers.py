"""Headers of the slices of a DICOM file (PS3.3), without pixels."""

from __future__ import annotations

import logging
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from pydicom import config, dcmread
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.multival import MultiValue
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from app.domain.annotation import Window
from app.imaging.volume_geometry import Vector

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
_PLAIN: Final = (ImplicitVRLittleEndian, ExplicitVRLittleEndian)
_PIXEL_TAGS: Final = {
    b"\xe0\x7f\x10\x00": False,
    b"\xe0\x7f\x08\x00": True,
    b"\xe0\x7f\x09\x00": True,
}  # is float
_LONG_VRS: Final = (b"OW", b"OB", b"OF", b"OD")
# Their modality LUT leads to beam intensities and is not for display (PS3.3 C.8.7.1.1.2).
_BEAM_LUT: Final = ("XA", "RF")
_NO_PREAMBLE: Final = (".dcm", ".ima", ".dic", ".dicom")
_TAGS: Final = (
    "TransferSyntaxUID",
    "SOPClassUID",
    "SOPInstanceUID",
    "SeriesInstanceUID",
    "FrameOfReferenceUID",
    "SeriesNumber",
    "SeriesDescription",
    "Modality",
    "InstanceNumber",
    "AcquisitionNumber",
    "TemporalPositionIdentifier",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "BitsAllocated",
    "BitsStored",
    "PixelRepresentation",
    "RescaleSlope",
    "RescaleIntercept",
    "ModalityLUTSequence",
    "ImageOrientationPatient",
    "ImagePositionPatient",
    "PixelSpacing",
    "SpacingBetweenSlices",
    "SliceThickness",
    "GantryDetectorTilt",
    "WindowCenter",
    "WindowWidth",
    "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
)


@dataclass(frozen=True, slots=True)
class SliceHeader:
    """One frame of one DICOM file. Lengths in millimetres; None where the file does not say."""

    path: Path
    frame: int  #: of a multi-frame file, from 0
    frames: int
    sop_uid: str
    series_uid: str
    series_number: str
    description: str
    modality: str
    rows: int
    columns: int
    samples: int  #: values of a pixel: 1 for grey, 3 for colour
    photometric: str
    bits_allocated: int
    bits_stored: int
    is_signed: bool
    order: tuple[int, int, int, int]  #: sorts slices at the same place: time, acquisition, instance, frame
    reference_uid: str = ""  #: of the frame of reference, in which positions can be compared
    slope: float = 1.0  #: stored values times slope plus intercept are native ones
    intercept: float = 0.0
    has_lut: bool = False  #: a modality LUT in the file gives the native values (PS3.3 C.11.1)
    is_float: bool = False  #: float or double float pixel data (PS3.3 C.7.6.24 and C.7.6.25)
    orientation: tuple[float, ...] | None = None  #: direction cosines of a row and of a column
    position: Vector | None = None
    pixel_spacing: tuple[float, float] | None = None  #: from row to row, from column to column
    spacing_between: float | None = None
    thickness: float | None = None
    tilt: float = 0.0  #: of the gantry, in degrees
    window: Window | None = None
    transfer_syntax: UID = ImplicitVRLittleEndian
    is_plain: bool = False  #: not compressed
    pixel_offset: int = 0  #: byte where the value of the pixel data begins
    pixel_bytes: int = 0  #: of plain pixels that are in the file, for all frames

    @property
    def stored(self) -> np.dtype[Any]:
        """The dtype of its stored pixels, little endian."""
        kind = "f" if self.is_float else "i" if self.is_signed else "u"
        return np.dtype(f"<{kind}{self.bits_allocated // 8}")

    @property
    def acquisition(self) -> int:
        """The number of its acquisition, 0 where the file does not say."""
        return self.order[1]

    @property
    def limits(self) -> tuple[int, int]:
        """The lowest and highest number that its stored bits can hold."""
        if self.is_signed:
            return -(2 ** (self.bits_stored - 1)), 2 ** (self.bits_stored - 1) - 1
        return 0, 2**self.bits_stored - 1

    @property
    def is_truncated(self) -> bool:
        """Whether the file ends before its pixels do."""
        needs = self.rows * self.columns * self.samples * self.frames * self.bits_allocated // 8
        return self.is_plain and self.pixel_bytes < needs


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
    """Read the slices of a file; [] when it is DICOM without pictures. Raises one of DAMAGE otherwise."""
    with open(path, "rb") as file, pydicom_silenced():
        is_forced = path.suffix.lower() in _NO_PREAMBLE
        dataset = dcmread(file, stop_before_pixels=True, specific_tags=[*_TAGS], force=is_forced)
        if "SOPClassUID" not in dataset and not ("Rows" in dataset and "Modality" in dataset):
            raise InvalidDicomError("no DICOM")
        if "Rows" not in dataset or "Columns" not in dataset or dataset.get("Modality") == "SEG":
            return []
        header = _of_file(path, dataset)
        return _frames(_locate_pixels(header, dataset, file), dataset)


def _of_file(path: Path, dataset: Dataset) -> SliceHeader:
    bits = int(dataset.get("BitsAllocated", 16))
    return SliceHeader(
        path=path,
        frame=0,
        frames=max(1, int(dataset.get("NumberOfFrames") or 1)),
        sop_uid=str(dataset.get("SOPInstanceUID", "")),
        series_uid=str(dataset.get("SeriesInstanceUID", "")),
        series_number=str(dataset.get("SeriesNumber") or ""),
        description=str(dataset.get("SeriesDescription") or ""),
        modality=str(dataset.get("Modality") or ""),
        rows=int(dataset.Rows),
        columns=int(dataset.Columns),
        samples=int(dataset.get("SamplesPerPixel", 1)),
        photometric=str(dataset.get("PhotometricInterpretation", "MONOCHROME2")),
        bits_allocated=bits,
        bits_stored=min(bits, int(dataset.get("BitsStored") or bits)),
        is_signed=bool(dataset.get("PixelRepresentation", 0)),
        has_lut=bool(dataset.get("ModalityLUTSequence")) and dataset.get("Modality") not in _BEAM_LUT,
        is_float=bits == 64 or (bits == 32 and "PixelRepresentation" not in dataset),
        order=(
            _integer(dataset, "TemporalPositionIdentifier"),
            _integer(dataset, "AcquisitionNumber"),
            _integer(dataset, "InstanceNumber"),
            0,
        ),
        reference_uid=str(dataset.get("FrameOfReferenceUID") or ""),
        tilt=_number(dataset, "GantryDetectorTilt") or 0.0,
        **_placement(dataset),
    )


def _locate_pixels(header: SliceHeader, dataset: Dataset, file: BinaryIO) -> SliceHeader:
    """Note where pixels begin: the file stands at the tag of the pixel data."""
    syntax = UID(dataset.file_meta.get("TransferSyntaxUID", ImplicitVRLittleEndian))
    header = replace(header, transfer_syntax=syntax)
    tag = file.read(12)
    if len(tag) < 12 or tag[:4] not in _PIXEL_TAGS:
        return header
    header = replace(header, is_float=_PIXEL_TAGS[tag[:4]])
    if syntax not in _PLAIN:
        return replace(header, pixel_offset=file.tell())
    is_long = tag[4:6] in _LONG_VRS
    size = struct.unpack("<I", tag[8:12] if is_long else tag[4:8])[0]
    offset = file.tell() - (0 if is_long else 4)
    held = max(0, file.seek(0, 2) - offset)
    return replace(header, is_plain=True, pixel_offset=offset, pixel_bytes=min(size, held))


def _frames(header: SliceHeader, dataset: Dataset) -> list[SliceHeader]:
    """One header a frame; an enhanced file says more of each in its functional groups."""
    if header.frames == 1 and "PerFrameFunctionalGroupsSequence" not in dataset:
        return [header]
    shared = dataset.get("SharedFunctionalGroupsSequence") or [Dataset()]
    own = dataset.get("PerFrameFunctionalGroupsSequence") or []
    common = _groups(shared[0])
    if not own:
        # One position cannot be true of several frames.
        header = replace(header, position=None)
    return [
        replace(
            header,
            frame=n,
            order=(*header.order[:3], n),
            **{**common, **(_groups(own[n]) if n < len(own) else {})},
        )
        for n in range(header.frames)
    ]


def _groups(item: Dataset) -> dict[str, Any]:
    """Return what the functional groups of a frame say (PS3.3 C.7.6.16)."""
    found: dict[str, Any] = {}
    for name in (
        "PixelMeasuresSequence",
        "PlaneOrientationSequence",
        "PlanePositionSequence",
        "PixelValueTransformationSequence",
        "FrameVOILUTSequence",
    ):
        for group in item.get(name) or []:
            found.update(_placement(group))
    return found


def _placement(dataset: Dataset) -> dict[str, Any]:
    """Only what is there, so that it can be laid over what is known already."""
    found: dict[str, Any] = {
        "slope": _number(dataset, "RescaleSlope") or None,  # 0 would make all voxels the same
        "intercept": _number(dataset, "RescaleIntercept"),
        "orientation": _numbers(dataset, "ImageOrientationPatient", 6),
        "position": _numbers(dataset, "ImagePositionPatient", 3),
        "pixel_spacing": _numbers(dataset, "PixelSpacing", 2),
        "spacing_between": _number(dataset, "SpacingBetweenSlices"),
        "thickness": _number(dataset, "SliceThickness"),
        "window": _window(dataset),
    }
    return {name: value for name, value in found.items() if value is not None}


def _window(dataset: Dataset) -> Window | None:
    width, center = _number(dataset, "WindowWidth"), _number(dataset, "WindowCenter")
    return Window(width, center) if width and center is not None and width > 0 else None


def _number(dataset: Dataset, name: str) -> float | None:
    """Return a finite number, the first of several; None when there is none."""
    value = dataset.get(name)
    first = value[0] if isinstance(value, MultiValue) and value else value
    try:
        number = float(first)
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) else None


def _numbers(dataset: Dataset, name: str, count: int) -> tuple[float, ...] | None:
    value = dataset.get(name)
    if not isinstance(value, MultiValue) or len(value) != count:
        return None
    try:
        numbers = tuple(float(part) for part in value)
    except (TypeError, ValueError):
        return None
    return numbers if np.isfinite(numbers).all() else None


def _integer(dataset: Dataset, name: str) -> int:
    number = _number(dataset, name)
    return 0 if number is None else int(number)
