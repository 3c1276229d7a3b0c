"""The axis of a NRRD along which volumes follow each other in time, and its times.

The format is on teem.sourceforge.net/nrrd/format.html. Programs write such an axis in three ways: as a fourth one of
space, as a list of volumes, and as a list in each voxel, which 3D Slicer did first; its sequences name the time of each
volume (slicer.readthedocs.io, Sequences).
"""

import math
import re
from collections.abc import Mapping
from typing import Final

from app.storage.volume.time_scale import TimeScale, seconds_of

AXES: Final = 4  # of a scan over time
_VECTORS: Final = re.compile(r"none|\([^)]*\)", re.IGNORECASE)
_TEXTS: Final = re.compile(r'"([^"]*)"')
_LISTS: Final = ("list", "time")
_NO_LISTS: Final = ("vector", "color", "complex", "normal", "point", "matrix", "quaternion", "gradient")
# Tags whose values tell when a volume was taken; others, such as an echo's time, do not.
_TIME_TAGS: Final = ("TriggerTime", "AcquisitionTime", "SeriesTime", "ContentTime")


def list_axis(fields: Mapping[str, str], texts: Mapping[str, str]) -> int | None:
    """Return which axis, the first or the last of four, lists volumes; None where none does or all lie in space.

    fields, texts: of the header. Colours, vectors and the layers of a segmentation are no list of volumes.
    """
    vectors = [vector.lower() for vector in _VECTORS.findall(fields.get("space directions", ""))]
    if (
        len(vectors) != AXES
        or vectors.count("none") != 1
        or any(key.startswith("Segment0_") for key in texts)
    ):
        return None
    axis = vectors.index("none")
    kind = (fields.get("kinds", "").lower().split() + [""] * AXES)[axis]
    if axis == 0 and kind in _LISTS:
        return axis
    is_last = axis == AXES - 1 and not any(name in kind for name in _NO_LISTS)
    return axis if is_last else None


def time_scale(fields: Mapping[str, str], texts: Mapping[str, str], axis: int) -> TimeScale:
    """Return the times along an axis; nothing without a unit of time."""
    unit = _unit(fields, texts, axis)
    if (values := texts.get(f"axis {axis} index values")) is not None:
        return _listed(values.split(), unit)
    if (values := texts.get("MultiVolume.FrameLabels")) is not None:
        is_time = texts.get("MultiVolume.FrameIdentifyingDICOMTagName", "").strip() in _TIME_TAGS
        unit = seconds_of(texts.get("MultiVolume.FrameIdentifyingDICOMTagUnits", "")) if is_time else None
        return _listed(values.split(","), unit)
    step = _step(fields, axis)
    return TimeScale(None if unit is None or step is None else step * unit)


def _unit(fields: Mapping[str, str], texts: Mapping[str, str], axis: int) -> float | None:
    """Return the seconds in the unit of an axis, or of the direction of space that it is."""
    stated = [texts.get(f"axis {axis} index unit", "")]
    for name in ("units", "space units"):
        stated += _TEXTS.findall(fields.get(name, ""))[axis : axis + 1]
    return next((seconds for text in stated if (seconds := seconds_of(text)) is not None), None)


def _listed(values: list[str], unit: float | None) -> TimeScale:
    try:
        return (
            TimeScale() if unit is None else TimeScale(values=tuple(float(value) * unit for value in values))
        )
    except ValueError:
        return TimeScale()


def _step(fields: Mapping[str, str], axis: int) -> float | None:
    """Return the units from one volume to the next: of its direction in space, else of its spacing."""
    vectors = _VECTORS.findall(fields.get("space directions", ""))
    try:
        if len(vectors) > axis and vectors[axis].lower() != "none":
            return _usable(math.hypot(*map(float, vectors[axis].strip("()").split(","))))
        return _usable(float(fields.get("spacings", "").split()[axis]))
    except (ValueError, IndexError):
        return None


def _usable(step: float) -> float | None:
    return step if 0 < step < math.inf else None
