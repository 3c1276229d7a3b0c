"""Time point of a scan that masks belong to."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydicom import Dataset

from app.storage.volume.dicom.dicom_numbers import integers_of
from app.storage.volume.volume_source import VolumeSource

# Time points of a source's frames, by its SOP instance UID and the number of the frame from 1; 0 stands for all frames
# of an instance where they are of one time point.
SourceTimes = Mapping[tuple[str, int], int]


def told_time(text: object, scan: VolumeSource) -> int | None:
    """Return the time point that one of our own records names, None where it names none that there is."""
    is_known = isinstance(text, int) and 0 <= text < scan.order.times
    return text if is_known and isinstance(text, int) else None


def source_times(scan: VolumeSource) -> SourceTimes:
    """Return the time points of the slices that a DICOM file can refer to; {} where there is one time point."""
    stack = scan.origin.stack
    if stack is None or scan.order.times < 2:
        return {}
    depth = scan.geometry.shape[0]
    found: dict[tuple[str, int], int] = {}
    whole: dict[str, set[int]] = {}
    for n, header in enumerate(stack.slices):
        found[header.sop_uid, header.frame + 1] = n // depth
        whole.setdefault(header.sop_uid, set()).add(n // depth)
    return found | {(uid, 0): times.pop() for uid, times in whole.items() if len(times) == 1}


def referenced_time(part: Dataset | Sequence[Dataset], times: SourceTimes) -> int | None:
    """Return the time point whose slices a DICOM file or a part of it refers to; None: to none, or to several."""
    if not times:
        return None
    found: set[int] = set()
    for item in (part,) if isinstance(part, Dataset) else part:
        for holder in (item, *_items(item)):
            uid = str(holder.get("ReferencedSOPInstanceUID", ""))
            for number in integers_of(holder, "ReferencedFrameNumber") or (0,):
                time = times.get((uid, number), times.get((uid, 0)))
                found |= set() if time is None else {time}
    return found.pop() if len(found) == 1 else None


def say_time(path: Path, time: int) -> str:
    """Return a sentence for the annotator on where masks of one volume went."""
    return f"{path.name} holds one volume and does not say of when; it went to time point {time}, which is shown."


def _items(part: Dataset) -> list[Dataset]:
    """Return all items of all sequences in a part of a file."""
    own = [item for element in part if element.VR == "SQ" for item in element.value]
    return [found for item in own for found in (item, *_items(item))]
