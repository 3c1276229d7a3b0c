"""Common parts of DICOM segmentations: the modules around their frames, and their segments."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import highdicom as hd
import numpy as np
from numpy.typing import NDArray
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.tag import BaseTag

from app import __version__
from app.domain.annotation import Label
from app.domain.errors import ExportError
from app.domain.segment_code import CodedTerm
from app.storage.volume.dicom.dicom_codes import code_of
from app.storage.volume.dicom.dicom_numbers import integer_of

_NAME: Final = "Framewise"
_LARGEST: Final = 2**32 - 2  # bytes of pixels; the length of an element has 32 bits
_GROUPS: Final = {
    "ReferencedSegmentNumber": "SegmentIdentificationSequence",
    "TemporalPositionIndex": "FrameContentSequence",
    "ImagePositionPatient": "PlanePositionSequence",
}  # of what frames can be sorted by
_LARGEST_NUMBER: Final = 2**31 - 1  # of an integer string (PS3.5 6.2)


def build_segmentation(
    sources: list[Dataset], segments: NDArray[np.uint8], descriptions: Sequence[hd.seg.SegmentDescription]
) -> hd.seg.Segmentation:
    """Return a segmentation of sources, uint8 segment numbers (frames, h, w). Raises ExportError where none can be."""
    try:
        segmentation = hd.seg.Segmentation(
            source_images=sources,
            pixel_array=segments,
            segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
            segment_descriptions=descriptions,
            series_instance_uid=hd.UID(),
            series_number=min(integer_of(sources[0], "SeriesNumber") + 1000, _LARGEST_NUMBER),
            sop_instance_uid=hd.UID(),
            instance_number=1,
            manufacturer=_NAME,
            manufacturer_model_name=_NAME,
            software_versions=__version__,
            device_serial_number="1",
            content_label="SEGMENTATION",
            content_description="Label volume",
        )
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise ExportError(
            f"The series cannot be referred to: {error}.",
            subject=str(sources[0].get("SeriesInstanceUID", "")),
            remedy="Export it as NIfTI or NRRD.",
        ) from error
    segmentation.SeriesDescription = f"{_NAME} segmentation"
    return segmentation


def describe_segment(number: int, label: Label) -> hd.seg.SegmentDescription:
    """Return the description of a segment: its name, and its code from DICOM's lists."""
    code = code_of(label)
    description = hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=label.name or f"Label {label.value}",
        segmented_property_category=concept(code.category),
        segmented_property_type=concept(code.type),
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.SEMIAUTOMATIC,
        algorithm_identification=hd.AlgorithmIdentificationSequence(
            name=_NAME, family=codes.cid7162.ArtificialIntelligence, version=__version__
        ),
        tracking_uid=hd.UID(),
        tracking_id=f"{_NAME} label {label.value}",
        display_color=hd.color.CIELabColor.from_rgb(*label.color),
    )
    if code.side is not None:
        kind = description.SegmentedPropertyTypeCodeSequence[0]
        kind.SegmentedPropertyTypeModifierCodeSequence = [concept(code.side)]
    return description


def concept(term: CodedTerm) -> hd.sr.CodedConcept:
    """Return a term as an item of a code sequence."""
    return hd.sr.CodedConcept(term.value, term.scheme, term.meaning)


def set_dimensions(segmentation: Dataset, *pointers: str) -> None:
    """Declare what the dimension indices of the frames count (PS3.3 C.7.6.17)."""
    organization = segmentation.DimensionOrganizationSequence[0].DimensionOrganizationUID
    items = []
    for pointer in pointers:
        item = Dataset()
        item.DimensionOrganizationUID = organization
        item.DimensionIndexPointer = _tag(pointer)
        item.FunctionalGroupPointer = _tag(_GROUPS[pointer])
        item.DimensionDescriptionLabel = pointer
        items.append(item)
    segmentation.DimensionIndexSequence = items
    segmentation.pop("DimensionOrganizationType", None)


def pack_frames(
    segmentation: Dataset, frames: Iterable[NDArray[np.bool_]], check: Callable[[], None]
) -> None:
    """Write all frames bit by bit, the first pixel lowest, without a gap between frames (PS3.5 8.1.1).

    frames: bool (h, w). check: called between frames; what it raises ends the export.
    Raises ExportError where they do not fit into one file.
    """
    packed, rest, count = bytearray(), np.zeros(0, np.bool_), 0
    for frame in frames:
        check()
        bits = np.concatenate([rest, frame.ravel()])
        whole = len(bits) // 8 * 8
        packed += np.packbits(bits[:whole], bitorder="little").tobytes()
        rest, count = bits[whole:], count + 1
        if len(packed) > _LARGEST:
            raise ExportError("The masks do not fit into one DICOM file.", remedy="Export a range of frames.")
    packed += np.packbits(rest, bitorder="little").tobytes()
    segmentation.NumberOfFrames, segmentation.PixelData = count, bytes(packed + bytes(len(packed) % 2))


def source_image(source: Dataset, frame: int | None) -> Dataset:
    """Return a reference to what pixels were made of. frame: from 1, None for an instance of one."""
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = source.SOPClassUID, source.SOPInstanceUID
    if frame is not None:
        item.ReferencedFrameNumber = frame
    purpose = codes.cid7202.SourceImageForImageProcessingOperation
    item.PurposeOfReferenceCodeSequence = [hd.sr.CodedConcept.from_code(purpose)]
    return item


def plain_text(name: str) -> str:
    """Return a name as one value of at most 64 characters: a backslash would separate two (PS3.5 6.2)."""
    printable = "".join(letter if letter.isprintable() else " " for letter in name.replace("\\", "/"))
    return " ".join(printable.split())[:64].strip()


def _tag(keyword: str) -> BaseTag:
    tag = tag_for_keyword(keyword)
    assert tag is not None
    return BaseTag(tag)
