"""Intensity windows: native units of a scan to 8 bits. Pure."""

from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Window

SOFT_TISSUE: Final = Window(400.0, 40.0)
PRESETS: Final = MappingProxyType(
    {
        "Soft tissue": SOFT_TISSUE,
        "Liver": Window(150.0, 30.0),
        "Lung": Window(1500.0, -600.0),
        "Bone": Window(1800.0, 400.0),
        "Brain": Window(80.0, 40.0),
        "EISeg": Window(400.0, 0.0),
    }
)
WITHIN_LIMITS: Final = (1, 254)  # greys of what lies within limits; what is below is 0, what is above 255
# Width of limits, above what float32 tells apart in Hounsfield units.
_NARROWEST_LIMITS: Final = 1e-3
_LIMITS_SLACK: Final = 1e-5  # share by which limits are widened, so that they themselves are within
_NARROWEST: Final = 1e-12  # intensities; PET in Bq/ml times tiny slopes stays above it
_STEPS_PER_PIXEL: Final = 1 / 256  # of the width; a drag over 256 pixels doubles it
# Air is -1,000 HU; no other common modality has values this far below zero.
_HOUNSFIELD_AIR: Final = -500.0


def apply_window(native: NDArray[Any], window: Window, *, inverted: bool = False) -> NDArray[np.uint8]:
    """Map intensities to uint8 of the same shape: black at centre - width/2, white at centre + width/2.

    This is LINEAR_EXACT of DICOM PS3.3 C.11.2.1.3.2, which is defined for every width above 0.
    inverted: white becomes black, for MONOCHROME1. NaN becomes black, or white when inverted.
    """
    width, center = max(window.width, _NARROWEST), window.center
    is_short = native.dtype.itemsize <= 2 or native.dtype == np.float32
    scaled: NDArray[Any] = native.astype(np.float32 if is_short else np.float64)
    scaled -= center - width / 2
    scaled *= 255 / width
    np.clip(scaled, 0, 255, out=scaled)
    if native.dtype.kind == "f":
        np.nan_to_num(scaled, copy=False)
    scaled += 0.5
    gray = scaled.astype(np.uint8)
    return np.subtract(255, gray, out=gray) if inverted else gray


def window_of_limits(low: float, high: float) -> Window:
    """Return the window in which exactly what is from low to high has a grey within WITHIN_LIMITS."""
    width = max(high - low, _NARROWEST_LIMITS) * (1 + _LIMITS_SLACK)
    return Window(width * 255 / 254, (low + high) / 2)


def auto_window(sample: NDArray[Any]) -> Window:
    """Return the window that spans what is in the picture: its 1st to 99.5th percentile, background left out.

    sample: any shape, native units; NaN and infinities are left out. The most common use is MR, which has
    no fixed units and whose background is the lowest value.
    """
    values = sample[np.isfinite(sample)] if sample.dtype.kind == "f" else sample.reshape(-1)
    if values.size == 0:
        return SOFT_TISSUE
    front = values[values > values.min()]
    if front.size == 0:
        return Window(1.0, float(values[0]))
    low, high = (float(edge) for edge in np.percentile(front, (1.0, 99.5)))
    return Window(max(high - low, _NARROWEST), (low + high) / 2)


def initial_window(modality: str, stored: Window | None, sample: NDArray[Any]) -> Window:
    """Return the window a scan opens with.

    stored: the one in its file, which wins. modality: as DICOM spells it, "" when unknown.
    sample: some of its voxels, which tell CT (soft tissue) from the rest (auto) where the modality does not.
    """
    if stored is not None and stored.width > 0:
        return stored
    is_ct = modality == "CT" or (not modality and bool((sample <= _HOUNSFIELD_AIR).any()))
    return SOFT_TISSUE if is_ct else auto_window(sample)


def drag_window(window: Window, dx: float, dy: float) -> Window:
    """Return the window after the mouse went (dx, dy) screen pixels: right widens it, up lowers the centre.

    A step is a share of the width, so a narrow MR window drags as finely as a wide CT one.
    """
    least = min(1.0, abs(window.center) or 1.0)  # a window dragged shut opens again, in PET of tiny units too
    step = max(window.width, least) * _STEPS_PER_PIXEL
    return Window(max(window.width + dx * step, _NARROWEST), window.center + dy * step)
