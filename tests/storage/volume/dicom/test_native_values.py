from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, ParametricMapStorage

from app.domain.errors import SequenceError
from app.storage.volume.volume_opening import open_volume
from tests.helpers.scans import multiframe, save, voxels, write_series

PLACES = [(0.0, 0.0, 2.0 * k) for k in range(6)]


def parametric_map(stack: NDArray[Any]) -> Dataset:
    """A multi-frame file of float pixels, as PS3.3 C.7.6.24 has it: without bits stored and representation."""
    data = multiframe(stack, PLACES)
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = ParametricMapStorage
    for keyword in ("PixelData", "BitsStored", "HighBit", "PixelRepresentation"):
        delattr(data, keyword)
    keyword = "FloatPixelData" if stack.dtype == np.float32 else "DoubleFloatPixelData"
    setattr(data, keyword, stack.tobytes())
    return data


def lookup_table(values: NDArray[Any], first: int = 0, bits: int = 16) -> Dataset:
    table = Dataset()
    table.add_new("LUTDescriptor", "SS" if first < 0 else "US", [len(values), first, bits])
    table.ModalityLUTType = "HU"
    table.add_new("LUTData", "OW", values.tobytes())
    return table


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float_pixels_keep_their_fractions(tmp_path: Path, dtype: type[np.floating]) -> None:
    stack = (voxels() / 7).astype(dtype)
    save(parametric_map(stack), tmp_path / "map.dcm")
    with open_volume(tmp_path) as volume:
        assert volume.read_stored(0).dtype == dtype
        assert np.array_equal([volume.read_stored(k) for k in range(6)], stack)


def test_float_pixels_in_big_endian_order_keep_their_fractions(tmp_path: Path) -> None:
    stack = (voxels() / 7).astype(np.float32)
    data = parametric_map(stack)
    data.FloatPixelData = stack.astype(">f4").tobytes()
    data.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    save(data, tmp_path / "map.dcm")
    with open_volume(tmp_path) as volume:
        assert np.array_equal(volume.read_stored(1), stack[1])


def test_a_file_of_float_pixels_that_ends_early_is_told(tmp_path: Path) -> None:
    save(parametric_map((voxels() / 7).astype(np.float32)), tmp_path / "map.dcm")
    (tmp_path / "map.dcm").write_bytes((tmp_path / "map.dcm").read_bytes()[:-100])
    with open_volume(tmp_path) as volume:
        assert "the file ends too early: map.dcm" in " ".join(volume.info.warnings)
        with pytest.raises(SequenceError, match=r"map\.dcm"):
            volume.read_stored(5)


@pytest.mark.parametrize("syntax", ["plain", "implicit", "big-endian", "jpeg-ls"])
@pytest.mark.parametrize("bits", [12, 16])
def test_a_modality_lut_gives_the_native_values(tmp_path: Path, syntax: str, bits: int) -> None:
    stack = voxels(dtype=np.uint16)
    values = (np.arange(stack.max() + 1) * 7 % 4096).astype(np.uint16)
    table: dict[str, Any] = {
        "RescaleSlope": None,
        "RescaleIntercept": None,
        "ModalityLUTSequence": [lookup_table(values, bits=bits)],
    }
    write_series(tmp_path, stack, syntax=syntax, **table)
    with open_volume(tmp_path) as volume:
        assert np.array_equal([volume.read_stored(k) for k in range(6)], values[stack])


def test_stored_values_beside_a_modality_lut_take_its_ends(tmp_path: Path) -> None:
    stack = np.tile(np.arange(-4, 4, dtype=np.int16), (3, 8, 1))
    table = lookup_table(np.array([10, 20, 30], np.uint16), first=-2)
    write_series(tmp_path, stack, RescaleSlope=None, RescaleIntercept=None, ModalityLUTSequence=[table])
    with open_volume(tmp_path) as volume:
        assert volume.read_stored(1)[0].tolist() == [10, 10, 10, 20, 30, 30, 30, 30]


def test_a_damaged_modality_lut_is_an_error_and_no_value(tmp_path: Path) -> None:
    table = lookup_table(np.zeros(0, np.uint16))
    write_series(tmp_path, voxels(), RescaleSlope=None, RescaleIntercept=None, ModalityLUTSequence=[table])
    with open_volume(tmp_path) as volume, pytest.raises(SequenceError, match="damaged"):
        volume.read_stored(1)


def test_the_lut_of_an_angiogram_is_not_for_display(tmp_path: Path) -> None:
    stack = voxels()
    table = lookup_table(np.arange(8, dtype=np.uint16))
    write_series(tmp_path, stack, Modality="XA", ModalityLUTSequence=[table])
    with open_volume(tmp_path) as volume:
        assert np.array_equal(volume.read_stored(2), stack[2])


def test_values_in_the_upper_bits_of_a_word_are_those_of_the_lower(tmp_path: Path) -> None:
    stack = voxels((2, 8, 8), np.uint16)
    write_series(tmp_path, (stack << 4) | 5, BitsStored=12, HighBit=15)
    with open_volume(tmp_path) as volume:
        assert np.array_equal(volume.read_native(1), stack[1])
