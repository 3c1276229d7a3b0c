"""True values of nuclear medicine, doses and parametric maps, beside the rescale of every picture."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import ParametricMapStorage

from app.domain.annotation import Window
from app.storage.volume.dicom.dicom_numbers import number_of
from app.storage.volume.dicom.picture_times import seconds_of_day
from app.storage.volume.dicom.slice_header import SliceHeader

_DAY: Final = 86_400.0  # seconds
_GRAMS: Final = 1000.0  # in a kilogram
_UNITS: Final = {"BQML": "Bq/ml", "CNTS": "counts", "GML": "SUV", "PROPCNTS": "counts", "PROPCPS": "counts/s"}


@dataclass(frozen=True, slots=True)
class ValueScale:
    """Rule that turns native values into true ones."""

    factor: float = 1.0
    unit: str = ""  #: "" where the file does not say


def scale_values(headers: list[SliceHeader], dataset: Dataset) -> list[SliceHeader]:
    """Return headers whose slope and intercept give true values, with their unit."""
    scale = value_scale(dataset)
    if scale == ValueScale():
        return headers
    return [_scaled(header, scale) for header in headers]


def value_scale(dataset: Dataset) -> ValueScale:
    """Return the scale of a file: SUV of PET, gray of a dose, the stated unit of a parametric map, HU of CT."""
    modality = str(dataset.get("Modality") or "")
    if modality == "PT":
        return _pet_scale(dataset)
    if modality == "RTDOSE":
        unit = {"GY": "Gy", "RELATIVE": "relative dose"}.get(str(dataset.get("DoseUnits") or ""), "")
        return ValueScale(number_of(dataset, "DoseGridScaling") or 1.0, unit)
    if dataset.get("SOPClassUID") == ParametricMapStorage:
        return ValueScale(1.0, _mapped_unit(dataset))
    return ValueScale(1.0, "HU" if modality == "CT" else "")


def _scaled(header: SliceHeader, scale: ValueScale) -> SliceHeader:
    window = header.window
    if window is not None:
        window = Window(window.width * scale.factor, window.center * scale.factor)
    return replace(
        header,
        slope=header.slope * scale.factor,
        intercept=header.intercept * scale.factor,
        window=window,
        unit=scale.unit,
    )


def _pet_scale(dataset: Dataset) -> ValueScale:
    """SUV by body weight (QIBA profile FDG-PET/CT, 2013): activity over the injected dose for each gram."""
    units = str(dataset.get("Units") or "")
    plain = ValueScale(1.0, _UNITS.get(units, units))
    drug = (dataset.get("RadiopharmaceuticalInformationSequence") or [Dataset()])[0]
    dose, weight = number_of(drug, "RadionuclideTotalDose"), number_of(dataset, "PatientWeight")
    if units != "BQML" or not dose or not weight or dose <= 0 or weight <= 0:
        return plain
    correction = str(dataset.get("DecayCorrection") or "")
    if correction == "ADMIN":
        return ValueScale(weight * _GRAMS / dose, "SUV")
    waited = _seconds_from_injection(dataset, drug)
    half_life = number_of(drug, "RadionuclideHalfLife")
    if correction != "START" or waited is None or not half_life or half_life <= 0:
        return plain
    left = dose * float(np.exp2(-waited / half_life))
    return ValueScale(weight * _GRAMS / left, "SUV") if left > 0 else plain


def _seconds_from_injection(dataset: Dataset, drug: Dataset) -> float | None:
    """Return the time from injection to the start of the scan, to which the values are corrected."""
    injected = seconds_of_day(drug.get("RadiopharmaceuticalStartTime"))
    if injected is None:
        injected = seconds_of_day(str(drug.get("RadiopharmaceuticalStartDateTime") or "")[8:])
    starts = [seconds_of_day(dataset.get(name)) for name in ("SeriesTime", "AcquisitionTime")]
    known = [start for start in starts if start is not None]
    # The series' own time may be that of a later reconstruction.
    return None if injected is None or not known else (min(known) - injected) % _DAY


def _mapped_unit(dataset: Dataset) -> str:
    for holder in (dataset.get("SharedFunctionalGroupsSequence") or [Dataset()])[0], _first_frame(dataset):
        mapping = (holder.get("RealWorldValueMappingSequence") or [Dataset()])[0]
        code = (mapping.get("MeasurementUnitsCodeSequence") or [Dataset()])[0]
        if unit := str(code.get("CodeValue") or ""):
            return unit
    return ""


def _first_frame(dataset: Dataset) -> Dataset:
    own: Dataset = (dataset.get("PerFrameFunctionalGroupsSequence") or [Dataset()])[0]
    return own
