"""Places of the frames of a dose grid or a nuclear tomography, which no functional group gives."""

from dataclasses import replace
from typing import Final

import numpy as np
from pydicom.dataset import Dataset

from app.storage.volume.dicom.dicom_numbers import number_of, numbers_of
from app.storage.volume.dicom.slice_header import SliceHeader

_NUCLEAR: Final = "1.2.840.10008.5.1.4.1.1.20"


def place_frames(headers: list[SliceHeader], dataset: Dataset) -> list[SliceHeader]:
    """Return headers with positions, where the first slice and the steps from it are known.

    Of a dose grid by its offsets (PS3.3 C.8.8.3.2), of a nuclear tomography by the spacing of its slices.
    """
    if len(headers) < 2 or headers[0].position is not None:
        return headers
    detector = (dataset.get("DetectorInformationSequence") or [Dataset()])[0]
    orientation = headers[0].orientation or numbers_of(detector, "ImageOrientationPatient", 6)
    origin = numbers_of(dataset, "ImagePositionPatient", 3) or numbers_of(detector, "ImagePositionPatient", 3)
    offsets = _offsets(dataset, len(headers))
    if orientation is None or origin is None or offsets is None:
        return headers
    normal = np.cross(orientation[:3], orientation[3:])
    places = np.array(origin) + np.array(offsets)[:, None] * normal
    return [
        replace(header, orientation=orientation, position=(float(x), float(y), float(z)))
        for header, (x, y, z) in zip(headers, places, strict=True)
    ]


def _offsets(dataset: Dataset, frames: int) -> list[float] | None:
    """Return millimetres from the first frame along the normal."""
    if dataset.get("Modality") == "RTDOSE":
        found = numbers_of(dataset, "GridFrameOffsetVector", frames)
        if found is None:
            return None
        # Where the first is not 0 they are coordinates along the normal and no offsets.
        return [offset - found[0] for offset in found]
    step = number_of(dataset, "SpacingBetweenSlices")
    is_tomography = dataset.get("SOPClassUID") == _NUCLEAR and "RECON TOMO" in str(dataset.get("ImageType"))
    return [n * step for n in range(frames)] if is_tomography and step else None
