"""Codes of labels: found by name, by side and by value, and kept by every DICOM export."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pydicom
import pytest

from app.domain.annotation import Label
from app.domain.segment_code import code_from_wire, code_to_wire
from app.storage.importers.import_registry import read_masks
from app.storage.volume.dicom.dicom_codes import code_of, find_code, listed_codes, sides
from app.storage.volume.volume_opening import open_volume
from tests.helpers.labelled import LABELS, export_volume, job_of, labelled
from tests.helpers.scans import voxels, write_series


@pytest.mark.parametrize(
    ("name", "meaning", "side"),
    [
        ("Liver", "Liver", None),
        ("left kidney", "Kidney", "Left"),
        ("adrenal_gland_right", "Adrenal gland", "Right"),
        ("vertebrae_L1", "L1 vertebra", None),
        ("Left ventricle", "Left ventricle", None),
        ("tumour", "Neoplasm", None),
        ("urinary_bladder", "Bladder", None),
        ("needle driver", "Needle holder", None),
        ("grasper", "Forceps", None),
        ("widget 5", "widget 5", None),
    ],
)
def test_names_find_their_codes(name: str, meaning: str, side: str | None) -> None:
    code = code_of(Label(4, name, (1, 2, 3)))
    assert code.type.meaning == meaning
    assert (code.side.meaning if code.side else None) == side


def test_a_value_finds_its_code() -> None:
    liver = find_code("Liver")
    assert liver is not None and find_code(liver.type.value) == liver
    assert find_code(f"left {liver.type.value}") == replace(liver, side=sides()["left"])
    assert find_code("12") is None


def test_the_table_has_each_code_once_with_organs_tissue_lesions_and_instruments() -> None:
    types = [(code.type.value, code.type.scheme) for code in listed_codes()]
    assert len(types) == len(set(types)) > 850
    names = {code.type.meaning: code.category.meaning for code in listed_codes()}
    assert names["Spleen"] == "Anatomical Structure"
    assert names["Forceps"] == names["Catheter"] == names["Stent"] == "Physical object"
    assert {"Cyst", "Cartilage"} <= names.keys()


def test_every_code_survives_as_plain_data_and_damaged_data_are_refused() -> None:
    for code in listed_codes():
        whole = replace(code, side=sides()["right"])
        assert code_from_wire(code_to_wire(code)) == code and code_from_wire(code_to_wire(whole)) == whole
    for wire in (
        3,
        [],
        [["a", "b", "c"]],
        [["a", "b", "c"], ["a", 3, "c"]],
        [["a", "b", "c"], ["", "b", "c"]],
    ):
        with pytest.raises(ValueError, match="code"):
            code_from_wire(wire)


@pytest.mark.parametrize("kind", ["dicom-seg", "rtstruct", "dicom-sr"])
def test_a_labels_own_code_leaves_and_comes_back(tmp_path: Path, kind: str) -> None:
    chosen = find_code("left kidney")
    label = replace(LABELS[2], name="Niere", code=chosen)
    write_series(tmp_path / "ct", voxels())
    with open_volume(tmp_path / "ct") as source:
        job = replace(job_of(source, labelled()), labels=(*LABELS[:2], label))
        path = export_volume(kind, job, tmp_path)[0]
        if kind != "dicom-sr":
            imported = read_masks(path, source.info, LABELS[:2], scan=lambda: source)
            for _ in imported.frames():
                pass
            found = next(one for one in imported.labels if one.name == "Niere")
            assert found.code == chosen
    assert chosen is not None and chosen.side is not None
    told = codes_in(pydicom.dcmread(path))
    assert {chosen.type.value, chosen.category.value, chosen.side.value} <= told


def codes_in(document: pydicom.Dataset) -> set[str]:
    """All code values of a file."""
    found: set[str] = set()

    def collect(_: pydicom.Dataset, element: Any) -> None:
        if element.keyword == "CodeValue":
            found.add(str(element.value))

    document.walk(collect)
    return found
