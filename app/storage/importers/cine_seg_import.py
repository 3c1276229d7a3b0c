"""DICOM segmentations of clips and stills: each of their frames names the source's frame that it is about."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset

from app.domain.annotation import Label
from app.domain.errors import ImportMasksError
from app.storage.exporters.dicom_seg_building import plain_text
from app.storage.importers.dicom_seg_import import is_seg, open_segmentation
from app.storage.importers.import_job import ImportJob
from app.storage.importers.import_result import ImportedMasks
from app.storage.importers.training.foreign_masks import (
    ForeignMask,
    ForeignPicture,
    class_label,
    read_foreign,
)
from app.storage.volume.dicom.dicom_codes import code_of_segment
from app.storage.volume.dicom.dicom_headers import DAMAGE, pydicom_silenced

_OWN_ID: Final = re.compile(r"Framewise label (\d+)(?: object (\d+))?")
Place = tuple[str, int]  # SOP instance UID of a source, and number of its frame from 1


def import_cine_seg(job: ImportJob) -> ImportedMasks | None:
    """Open a segmentation of the open clip or still. Raises ImportMasksError where it is about another one."""
    if (
        not job.path.is_file()
        or not is_seg(job.path)
        or (job.info.kind == "volume" and not is_placeless(job))
    ):
        return None
    try:
        with pydicom_silenced():
            file = open_segmentation(job.path)
            classes, objects = _segments(file, job.labels)
            frames = _frames(job)
            by_frame: dict[int, list[tuple[int, int]]] = {}
            left = 0
            for number, (segment, place) in enumerate(_references(file), 1):
                frame = frames.get(place)
                left += frame is None
                if frame is not None:
                    by_frame.setdefault(frame, []).append((number, segment))
    except DAMAGE as error:
        raise ImportMasksError(f"The segmentation cannot be read: {error}.", subject=job.path) from error
    if not by_frame:
        raise ImportMasksError(
            "The segmentation is about another series or file.",
            subject=job.path,
            remedy="Open its source first.",
        )
    notes = [f"{job.path.name}: frames about other files were left out ({left})."] if left else []
    pictures = [
        ForeignPicture("", partial(_masks, file, entries, objects), frame)
        for frame, entries in sorted(by_frame.items())
    ]
    return read_foreign(job, pictures, classes, notes)


def is_placeless(job: ImportJob) -> bool:
    """Whether a scan is a series of pictures that do not say where they lie."""
    if job.scan is None:
        return False
    scan = job.scan()
    return scan.origin.stack is not None and scan.geometry.affine is None and scan.geometry.shape[0] > 1


def _segments(file: Any, known: Sequence[Label]) -> tuple[list[Label], dict[int, tuple[str, int]]]:
    """Return the labels, and the object key and label value of each segment."""
    by_name = {plain_text(label.name): label for label in known}
    names: dict[str, Label] = {}
    objects = {}
    for number in file.segment_numbers:
        segment = file.get_segment_description(number)
        name, own = str(segment.segment_label), _OWN_ID.fullmatch(str(segment.tracking_id or ""))
        value = int(own[1]) if own else len(names) + 1
        fresh = by_name.get(name) or replace(class_label(value, name), code=code_of_segment(segment, name))
        label = names.setdefault(name, fresh)
        objects[int(number)] = f"segment {number}", label.value
    return list(names.values()), objects


def _references(file: Any) -> Iterator[tuple[int, Place]]:
    """Yield the segment of each frame, and the source's frame that it is about."""
    shared = file.SharedFunctionalGroupsSequence[0]
    for own in file.PerFrameFunctionalGroupsSequence:
        segment = _find(own, shared, "SegmentIdentificationSequence").ReferencedSegmentNumber
        derivation = _find(own, shared, "DerivationImageSequence")
        source = derivation.SourceImageSequence[0]
        number = source.get("ReferencedFrameNumber") or 1
        first = number if isinstance(number, int) else number[0]
        yield int(segment), (str(source.ReferencedSOPInstanceUID), int(first))


def _find(own: Dataset, shared: Dataset, name: str) -> Dataset:
    found: Dataset = (own if name in own else shared)[name][0]
    return found


def _frames(job: ImportJob) -> Mapping[Place, int]:
    """Return the frame of each source frame of the open sequence."""
    path = Path(job.info.path)
    stack = job.scan().origin.stack if job.scan is not None else None
    if stack is not None:
        return {(header.sop_uid, header.frame + 1): frame for frame, header in enumerate(stack.slices)}
    if path.is_file():
        uid = _instance(path)
        return {(uid, frame + 1): frame for frame in range(job.info.frames)}
    names = job.info.frame_names or tuple(sorted(item.name for item in path.iterdir() if item.is_file()))
    return {(_instance(path / name), 1): frame for frame, name in enumerate(names[: job.info.frames])}


def _instance(path: Path) -> str:
    return str(
        dcmread(path, stop_before_pixels=True, force=True, specific_tags=["SOPInstanceUID"]).SOPInstanceUID
    )


def _masks(
    file: Any, entries: Sequence[tuple[int, int]], objects: Mapping[int, tuple[str, int]]
) -> Iterator[ForeignMask]:
    for number, segment in entries:
        key, label = objects[segment]
        with pydicom_silenced():
            stored: NDArray[Any] = file.get_stored_frame(number)
        least = int(file.get("MaximumFractionalValue", 1)) / 2
        yield ForeignMask(key, label, np.asarray(stored > least))
