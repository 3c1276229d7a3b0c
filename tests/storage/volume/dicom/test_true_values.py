from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import UID

from app.storage.volume.volume_opening import open_volume
from tests.helpers.cine import write
from tests.helpers.scans import dataset, multiframe, voxels, write_series

PUBLIC = Path(pydicom.__file__).parent / "data" / "test_files"


def drug(**changes: Any) -> Dataset:
    item = Dataset()
    item.RadionuclideTotalDose, item.RadionuclideHalfLife = 400e6, 6586.2
    item.RadiopharmaceuticalStartTime = "090000"
    for name, value in changes.items():
        setattr(item, name, value)
    return item


def pet(folder: Path, **changes: Any) -> Path:
    fields: dict[str, Any] = {
        "Modality": "PT",
        "Units": "BQML",
        "DecayCorrection": "START",
        "PatientWeight": 80.0,
        "SeriesTime": "100000",
        "AcquisitionTime": "100000",
        "RadiopharmaceuticalInformationSequence": [drug()],
        "RescaleSlope": 2.0,
    }
    write_series(folder, voxels() + 1000, **(fields | changes))
    return folder


def test_pet_is_read_in_suv_where_the_header_allows(tmp_path: Path) -> None:
    with open_volume(pet(tmp_path / "start")) as scan:
        factor = 80_000 / (400e6 * 0.5 ** (3600 / 6586.2))
        assert scan.info.unit == "SUV"
        stored = (voxels() + 1000).astype(np.float64)
        assert np.allclose([scan.read_stored(k) for k in range(6)], stored * 2.0 * factor, rtol=1e-5)
    with open_volume(pet(tmp_path / "admin", DecayCorrection="ADMIN")) as scan:
        assert scan.read_stored(0)[0, 0] == pytest.approx(
            (voxels()[0, 0, 0] + 1000) * 2.0 * 80_000 / 400e6, rel=1e-5
        )


@pytest.mark.parametrize(
    "changes",
    [
        {"PatientWeight": 0.0},
        {"DecayCorrection": "NONE"},
        {"RadiopharmaceuticalInformationSequence": [drug(RadiopharmaceuticalStartTime="")]},
        {"RadiopharmaceuticalInformationSequence": []},
    ],
)
def test_pet_that_lacks_something_stays_in_its_own_unit(tmp_path: Path, changes: dict[str, Any]) -> None:
    with open_volume(pet(tmp_path / "scan", **changes)) as scan:
        assert scan.info.unit == "Bq/ml"
        assert scan.read_stored(0)[0, 0] == (voxels()[0, 0, 0] + 1000) * 2.0


def test_a_dose_has_its_unit_and_place(tmp_path: Path) -> None:
    path = PUBLIC / "rtdose.dcm"
    header = pydicom.dcmread(path)
    with open_volume(path) as dose:
        assert dose.info.unit == "relative dose"
        assert dose.info.spacing == pytest.approx((5.0, 10.0, 10.0))
        assert dose.info.origin == pytest.approx([float(value) for value in header.ImagePositionPatient])
        expected = header.pixel_array * float(header.DoseGridScaling)
        assert np.allclose([dose.read_stored(k) for k in range(15)], expected, rtol=1e-5)


def test_a_nuclear_tomography_has_the_place_of_its_first_slice(tmp_path: Path) -> None:
    stack = voxels()
    detector = Dataset()
    detector.ImagePositionPatient, detector.ImageOrientationPatient = [5.0, 6.0, 7.0], [1, 0, 0, 0, 1, 0]
    fields = {
        "Modality": "NM",
        "SOPClassUID": UID("1.2.840.10008.5.1.4.1.1.20"),
        "ImageType": ["ORIGINAL", "PRIMARY", "RECON TOMO", "EMISSION"],
        "NumberOfFrames": len(stack),
        "SpacingBetweenSlices": 4.0,
        "DetectorInformationSequence": [detector],
        "PixelData": stack.tobytes(),
        "ImagePositionPatient": None,
        "ImageOrientationPatient": None,
    }
    data = dataset(stack[0], **fields)
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID
    with open_volume(write(data, tmp_path / "nm.dcm")) as scan:
        assert scan.info.kind == "volume"
        assert scan.info.spacing == pytest.approx((4.0, 0.75, 0.5))
        assert scan.info.origin == pytest.approx((5.0, 6.0, 7.0))


def test_a_parametric_map_has_the_values_and_unit_that_it_states(tmp_path: Path) -> None:
    stack = voxels()
    data = multiframe(stack, [(0.0, 0.0, 2.0 * k) for k in range(len(stack))])
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.30")
    unit, mapping = Dataset(), Dataset()
    unit.CodeValue, unit.CodingSchemeDesignator, unit.CodeMeaning = "um2/s", "UCUM", "um2/s"
    mapping.MeasurementUnitsCodeSequence = [unit]
    mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept = 0.5, 3.0
    data.SharedFunctionalGroupsSequence[0].RealWorldValueMappingSequence = [mapping]
    del data.RescaleSlope, data.RescaleIntercept
    with open_volume(write(data, tmp_path / "adc.dcm")) as scan:
        assert scan.info.unit == "um2/s"
        assert np.allclose(scan.read_stored(2), stack[2] * 0.5 + 3.0)


def test_ct_is_in_hounsfield_units(tmp_path: Path) -> None:
    write_series(tmp_path, voxels())
    with open_volume(tmp_path) as scan:
        assert scan.info.unit == "HU"
