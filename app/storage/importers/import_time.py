"""Time point of a scan that the masks of one volume belong to."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from pydicom import Dataset

from app.storage.volume.volume_source import VolumeSource


def told_time(text: object, scan: VolumeSource) -> int | None:
    """Return the time point that one of our own records names, None where it names none that there is."""
    is_known = isinstance(text, int) and 0 <= text < scan.order.times
    return text if is_known and isinstance(text, int) else None


def referenced_time(document: Dataset, scan: VolumeSource) -> int | None:
    """Return the time point whose slices a DICOM file refers to most often, None where it refers to none."""
    stack = scan.origin.stack
    if stack is None or scan.order.times < 2:
        return None
    depth = scan.geometry.shape[0]
    times = {header.sop_uid: n // depth for n, header in enumerate(stack.slices)}
    if len(times) < len(stack.slices):
        return None  # one file of many frames: its name says nothing of the time
    named = (str(item.value) for item in document.iterall() if item.keyword == "ReferencedSOPInstanceUID")
    found = Counter(times[uid] for uid in named if uid in times)
    return found.most_common(1)[0][0] if found else None


def say_time(path: Path, time: int) -> str:
    """Return a sentence for the annotator on where masks of one volume went."""
    return f"{path.name} holds one volume and does not say of when; it went to time point {time}, which is shown."
