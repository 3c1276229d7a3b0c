"""Numbers in DICOM headers, which may be missing, empty, not finite or written with a decimal comma."""

import math
from typing import Final

from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import Tag

_UNREADABLE: Final = (TypeError, ValueError, AttributeError)


def number_of(dataset: Dataset, name: str) -> float | None:
    """Return a finite number, the first of several; None when there is none."""
    values = _values(dataset, name)
    return values[0] if values else None


def numbers_of(dataset: Dataset, name: str, count: int) -> tuple[float, ...] | None:
    """Return exactly count finite numbers; None when they are not there."""
    values = _values(dataset, name)
    found = tuple(value for value in values if value is not None)
    return found if len(values) == len(found) == count else None


def projected_spacing(dataset: Dataset) -> tuple[tuple[float, float], bool] | None:
    """Return millimetres (y, x) of a projection's pixels (PS3.3 10.7.1), and whether they are those at the detector.

    Scanned ones, else those at the detector less a magnification that is given. None where there is no such size.
    """
    if (scanned := spacing_of(dataset, "NominalScannedPixelSpacing")) is not None:
        return scanned, False
    at_detector = spacing_of(dataset, "ImagerPixelSpacing")
    if at_detector is None:
        return None
    factor = number_of(dataset, "EstimatedRadiographicMagnificationFactor") or 0.0
    return ((at_detector[0] / factor, at_detector[1] / factor), False) if factor > 0 else (at_detector, True)


def spacing_of(dataset: Dataset, name: str) -> tuple[float, float] | None:
    """Return millimetres (y, x), None where they are not two numbers above 0."""
    found = numbers_of(dataset, name, 2)
    return (found[0], found[1]) if found is not None and min(found) > 0 else None


def integer_of(dataset: Dataset, name: str) -> int:
    """Return a whole number, 0 where there is none."""
    number = number_of(dataset, name)
    return 0 if number is None else int(number)


def integers_of(dataset: Dataset, name: str) -> tuple[int, ...]:
    """Return all whole numbers of an attribute, () where there is none."""
    return tuple(int(value) for value in _values(dataset, name) if value is not None)


def _values(dataset: Dataset, name: str) -> list[float | None]:
    # The raw element is read first: asked for a value that is no number, pydicom raises and drops it.
    raw = dataset.get_item(Tag(name)) if name in dataset else None
    text = raw.value if isinstance(raw, RawDataElement) and isinstance(raw.value, bytes) else b""
    try:
        value = dataset.get(name)
    except _UNREADABLE:
        value = text.decode("ascii", "replace").rstrip("\0 ").split("\\")
    several = isinstance(value, (MultiValue, list, tuple))
    return [_finite(part) for part in (value if several else [value])]


def _finite(value: object) -> float | None:
    try:
        number = float(str(value).strip().replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None
