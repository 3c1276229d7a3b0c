"""Data of a DICOM file's header about one of its frames."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydicom.uid import UID, ExplicitVRBigEndian, ImplicitVRLittleEndian

from app.domain.annotation import PictureRegion, Window
from app.imaging.volume_geometry import Vector

# Private to GE: implicit VR little endian, but for the pixels, which are big endian.
GE_BIG_ENDIAN_PIXELS: Final = UID("1.2.840.113619.5.2")

# Encapsulated video, of MPEG-2, H.264 and HEVC (PS3.5 8.2.5 to 8.2.11).
VIDEO_SYNTAXES: Final = frozenset(f"1.2.840.10008.1.2.4.{number}" for number in range(100, 109)) | frozenset(
    f"1.2.840.10008.1.2.4.{number}.1" for number in range(100, 107)
)
_ULTRASOUND: Final = ("US", "IVUS")  # modalities whose pictures have regions in place of a position


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
    spare_bits: int = 0  #: below the stored ones; old files keep their values in the upper bits of a word
    study_uid: str = ""
    is_aside: bool = False  #: a localizer or a screenshot, by what the file says of itself
    reference_uid: str = ""  #: of the frame of reference, in which positions can be compared
    slope: float = 1.0  #: stored values times slope plus intercept are native ones
    intercept: float = 0.0
    unit: str = ""  #: of the native values, "" where the file does not say
    has_lut: bool = False  #: a modality LUT in the file gives the native values (PS3.3 C.11.1)
    moment: float | None = None  #: seconds when it was taken, from any start that its series shares
    step: float | None = None  #: seconds from one picture at its place to the next
    cycle: float | None = None  #: seconds of a heartbeat
    is_over_time: bool = False  #: the frames of the file follow in time, at no stated places
    is_float: bool = False  #: float or double float pixel data (PS3.3 C.7.6.24 and C.7.6.25)
    orientation: tuple[float, ...] | None = None  #: direction cosines of a row and of a column
    position: Vector | None = None
    pixel_spacing: tuple[float, float] | None = None  #: from row to row, from column to column
    is_at_detector: bool = False  #: the pixel size is that of the detector: what lies before it is smaller
    regions: tuple[PictureRegion, ...] = ()  #: of an ultrasound
    spacing_between: float | None = None
    thickness: float | None = None
    tilt: float = 0.0  #: of the gantry, in degrees
    window: Window | None = None
    transfer_syntax: UID = ImplicitVRLittleEndian
    is_plain: bool = False  #: not compressed; what deflate packs as a whole counts as plain
    pixel_offset: int = 0  #: byte where the value of the pixel data begins
    pixel_bytes: int = 0  #: of plain pixels that are in the file, for all frames

    @property
    def stored(self) -> np.dtype[Any]:
        """The dtype of its stored pixels."""
        kind = "f" if self.is_float else "i" if self.is_signed else "u"
        order = ">" if self.transfer_syntax in (ExplicitVRBigEndian, GE_BIG_ENDIAN_PIXELS) else "<"
        return np.dtype(f"{order}{kind}{self.bits_allocated // 8}")

    @property
    def is_cine(self) -> bool:
        """Whether it is a picture over time, in colour or of an ultrasound, and no slice of intensities."""
        is_picture = self.is_over_time or self.samples > 1 or self.photometric == "PALETTE COLOR"
        return is_picture or (self.modality in _ULTRASOUND and self.position is None)

    @property
    def is_clip(self) -> bool:
        """Whether its file is a whole sequence, and not one picture of several."""
        return self.frames > 1 or self.transfer_syntax in VIDEO_SYNTAXES

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
