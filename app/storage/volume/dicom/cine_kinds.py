"""Kinds of multi-frame DICOM files that are pictures over time, not volumes."""

from typing import Final

from pydicom.dataset import Dataset

from app.storage.volume.dicom.dicom_numbers import number_of
from app.storage.volume.dicom.slice_header import VIDEO_SYNTAXES

# Kinds whose frames follow in time (PS3.4 B.5); others are told by the times that they give.
_OVER_TIME: Final = frozenset(
    {
        "1.2.840.10008.5.1.4.1.1.3",  # ultrasound, retired
        "1.2.840.10008.5.1.4.1.1.3.1",  # ultrasound
        "1.2.840.10008.5.1.4.1.1.12.1",  # X-ray angiography
        "1.2.840.10008.5.1.4.1.1.12.1.1",
        "1.2.840.10008.5.1.4.1.1.12.2",  # radiofluoroscopy
        "1.2.840.10008.5.1.4.1.1.12.2.1",
        "1.2.840.10008.5.1.4.1.1.7.1",  # secondary capture of 1, 8 and 16 bits and of colours
        "1.2.840.10008.5.1.4.1.1.7.2",
        "1.2.840.10008.5.1.4.1.1.7.3",
        "1.2.840.10008.5.1.4.1.1.7.4",
        "1.2.840.10008.5.1.4.1.1.77.1.1.1",  # video of endoscopy, microscopy and photography
        "1.2.840.10008.5.1.4.1.1.77.1.2.1",
        "1.2.840.10008.5.1.4.1.1.77.1.4.1",
    }
)
_TIME_POINTERS: Final = (0x00181063, 0x00181065)  # Frame Time, Frame Time Vector
_TIMES: Final = ("FrameTime", "CineRate", "RecommendedDisplayFrameRate")


def is_over_time(dataset: Dataset) -> bool:
    """Whether the frames of a file follow in time: by its kind, or since it gives them times and no places."""
    if (number_of(dataset, "NumberOfFrames") or 1) < 2 or _has_places(dataset):
        return False
    pointer = dataset.get("FrameIncrementPointer")
    return (
        str(dataset.get("SOPClassUID", "")) in _OVER_TIME
        or dataset.file_meta.get("TransferSyntaxUID") in VIDEO_SYNTAXES
        or pointer in _TIME_POINTERS
        or (pointer is None and any(number_of(dataset, name) for name in _TIMES))
    )


def _has_places(dataset: Dataset) -> bool:
    own = dataset.get("PerFrameFunctionalGroupsSequence") or [Dataset()]
    return "PlanePositionSequence" in own[0]
