"""One DICOM segmentation of all time points of a scan: frames by segment, time and place (PS3.3 C.7.6.17).

highdicom refuses several source images at one place, so it builds the segmentation of each time point, and their
frames are put into one file here. Each frame names the image or frame that it is about, and its temporal position.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import highdicom as hd
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from app.storage.exporters.dicom_seg_building import pack_frames, set_dimensions

_ALIKE: Final = ("PixelMeasuresSequence", "PlaneOrientationSequence")  # in all frames of all time points
_DECIMALS: Final = 3  # of millimetres along the normal: positions of one place are rounded differently


@dataclass(slots=True)
class _Frame:
    """A frame of the joined file."""

    segment: int
    time: int  #: from 0
    depth: float  #: millimetres along the normal of the slices
    groups: Dataset  #: its functional groups
    packed: NDArray[np.uint8]  #: eight pixels a byte


def join_times(
    parts: Iterable[tuple[int, hd.seg.Segmentation]], check: Callable[[], None]
) -> hd.seg.Segmentation:
    """Return the first segmentation with the frames and references of all, each of which is of one time point.

    parts: (time point from 0, segmentation with the same segments, slices and size). check: see pack_frames.
    Raises ExportError where they do not fit into one file.
    """
    frames: list[_Frame] = []
    first: hd.seg.Segmentation | None = None
    for time, part in parts:
        frames += _frames(part, time)
        if first is None:
            first = part
        else:
            _add_references(first, part)
    assert first is not None
    frames.sort(key=lambda frame: (frame.segment, frame.time, frame.depth))
    places = {depth: place for place, depth in enumerate(sorted({one.depth for one in frames}), 1)}
    for frame in frames:
        [content] = frame.groups.FrameContentSequence
        content.TemporalPositionIndex = frame.time + 1
        content.DimensionIndexValues = [frame.segment, frame.time + 1, places[frame.depth]]
    set_dimensions(first, "ReferencedSegmentNumber", "TemporalPositionIndex", "ImagePositionPatient")
    [shared] = first.SharedFunctionalGroupsSequence
    for element in [one for one in shared if one.keyword not in _ALIKE]:
        del shared[element.tag]
    first.PerFrameFunctionalGroupsSequence = [frame.groups for frame in frames]
    size = first.Rows * first.Columns
    pack_frames(first, (np.unpackbits(one.packed, count=size).astype(np.bool_) for one in frames), check)
    return first


def _frames(part: hd.seg.Segmentation, time: int) -> Iterator[_Frame]:
    [shared] = part.SharedFunctionalGroupsSequence
    size = part.Rows * part.Columns
    bits = np.unpackbits(np.frombuffer(part.PixelData, np.uint8), bitorder="little")
    for number, groups in enumerate(part.PerFrameFunctionalGroupsSequence):
        for element in shared:
            if element.keyword not in _ALIKE and element.tag not in groups:
                groups[element.tag] = element
        segment = int(groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
        orientation = (shared if "PlaneOrientationSequence" in shared else groups).PlaneOrientationSequence[0]
        row, column = np.reshape(np.array(orientation.ImageOrientationPatient, float), (2, 3))
        position = np.array(groups.PlanePositionSequence[0].ImagePositionPatient, float)
        depth = round(float(np.cross(row, column) @ position), _DECIMALS)
        yield _Frame(segment, time, depth, groups, np.packbits(bits[number * size : (number + 1) * size]))


def _add_references(whole: Dataset, part: Dataset) -> None:
    """Name the source images of a part in the whole."""
    [listed], [more] = whole.ReferencedSeriesSequence, part.ReferencedSeriesSequence
    for here, there, name in (
        (listed, more, "ReferencedInstanceSequence"),
        (whole, part, "SourceImageSequence"),
    ):
        if name in there:
            items = {
                str(one.ReferencedSOPInstanceUID): one for one in (*here.get(name, ()), *there.get(name))
            }
            setattr(here, name, list(items.values()))
