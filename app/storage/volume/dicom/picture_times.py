"""Times in DICOM headers: when a picture or a frame was taken, and how long a heartbeat is."""

import re
from datetime import datetime
from typing import Any

from pydicom.dataset import Dataset
from pydicom.valuerep import DT

from app.storage.volume.dicom.dicom_numbers import number_of


def milliseconds_of(dataset: Dataset, name: str) -> float | None:
    """Return a time above 0 that is given in milliseconds, in seconds; None where there is none."""
    found = number_of(dataset, name)
    return found / 1000.0 if found is not None and found > 0 else None


def cycle_of(dataset: Dataset) -> float | None:
    """Return the seconds of a heartbeat by its interval or rate, None where neither is given."""
    for name in ("NominalInterval", "RRIntervalTimeNominal"):
        if (interval := milliseconds_of(dataset, name)) is not None:
            return interval
    rate = number_of(dataset, "HeartRate")  # beats a minute
    return 60.0 / rate if rate is not None and rate > 0 else None


def moment_of_groups(item: Dataset) -> float | None:
    """Return when a frame of an enhanced file was taken, in seconds from any start that its file shares."""
    content, heart, place = (
        (item.get(name) or [Dataset()])[0]
        for name in ("FrameContentSequence", "CardiacSynchronizationSequence", "TemporalPositionSequence")
    )
    delay = number_of(heart, "NominalCardiacTriggerDelayTime")
    stated = number_of(place, "TemporalPositionTimeOffset") if delay is None else delay / 1000.0
    if stated is not None:
        return stated
    return _moment(content.get("FrameReferenceDateTime") or content.get("FrameAcquisitionDateTime"))


def moment_of(dataset: Dataset) -> float | None:
    """Return when a picture was taken, in seconds: after the trigger, the start of the series or midnight."""
    for name in ("TriggerTime", "FrameReferenceTime"):
        if (milliseconds := number_of(dataset, name)) is not None:
            return milliseconds / 1000.0
    if (offset := number_of(dataset, "TemporalPositionTimeOffset")) is not None:
        return offset
    return seconds_of_day(dataset.get("AcquisitionTime"))


def seconds_of_day(value: object) -> float | None:
    """Return a time of DICOM, such as 142059.5, in seconds after midnight; None where it is none."""
    found = re.match(r"(\d\d)(\d\d)(\d\d(?:\.\d+)?)", str(value or "").strip())
    if found is None:
        return None
    hours, minutes, seconds = (float(part) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


def _moment(stamp: Any) -> float | None:
    try:
        moment = stamp if isinstance(stamp, datetime) else DT(str(stamp))
        return None if moment is None else moment.replace(tzinfo=None).timestamp()
    except (TypeError, ValueError, AttributeError, OverflowError):
        return None
