"""Exports of a scan name no patient unless the operator wants it, and names in any script when he does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
from pydicom._dicom_dict import DicomDictionary

from app.storage.volume.volume_opening import open_volume
from tests.helpers.labelled import VOLUME_KINDS, cube, export_volume, job_of, labelled
from tests.helpers.scans import PATIENT, multiframe, save, voxels, write_series


def identity_in(path: Path) -> bytes:
    return b" ".join(word for word in (b"Prefect", b"Ford", b"19780308") if word in path.read_bytes())


def test_no_person_is_named_unless_the_operator_wants_it(tmp_path: Path) -> None:
    write_series(tmp_path / "study", voxels())
    with open_volume(tmp_path / "study") as source:
        job = job_of(source, labelled(), surface=cube)
        for kind in VOLUME_KINDS:
            for path in export_volume(kind, job, tmp_path / "unnamed"):
                assert not identity_in(path), path
        named = replace(job, with_identity=True)
        [path] = export_volume("dicom-seg", named, tmp_path / "named")
    assert str(pydicom.dcmread(path).PatientName) == PATIENT


def plant(dataset: pydicom.Dataset) -> None:
    """Put a secret into every text attribute of the standard, also into private ones and sequences."""
    secrets = {"PN": "Planted^Name", "DA": "19011231", "TM": "235959", "DT": "19011231235959", "AS": "077Y"}
    texts = ("LO", "LT", "SH", "ST", "UC", "UT", "PN", "DA", "TM", "DT", "AS")
    kept = {"SpecificCharacterSet", "Modality", "RescaleType", "ContentLabel"}
    for tag, (vr, _, _, _, keyword) in DicomDictionary.items():
        if vr in texts and keyword and keyword not in kept and tag >> 16 not in (0x0002, 0x0000):
            dataset.add_new(tag, vr, secrets.get(vr, "planted"))
    dataset.OtherPatientIDsSequence = [pydicom.Dataset()]
    dataset.OtherPatientIDsSequence[0].PatientID = "planted"
    dataset.private_block(0x0011, "planted", create=True).add_new(1, "LO", "planted")


@pytest.mark.parametrize("frames", [1, 6])
def test_whatever_a_source_says_of_a_person_is_in_no_export(tmp_path: Path, frames: int) -> None:
    if frames == 1:
        write_series(tmp_path / "study", voxels())
    else:
        (tmp_path / "study").mkdir()
        save(multiframe(voxels(), [(0.0, 0.0, 2.5 * k) for k in range(6)]), tmp_path / "study" / "scan.dcm")
    for path in (tmp_path / "study").iterdir():
        dataset = pydicom.dcmread(path)
        plant(dataset)
        for item in dataset.get("PerFrameFunctionalGroupsSequence", []):
            item.FrameContentSequence = [pydicom.Dataset()]
            item.FrameContentSequence[0].FrameComments = "planted"
        dataset.save_as(path)
    with open_volume(tmp_path / "study") as source:
        job = job_of(source, labelled(), surface=cube)
        for kind in VOLUME_KINDS:
            for path in export_volume(kind, job, tmp_path / "out"):
                content = path.read_bytes()
                for secret in (b"lanted", b"19011231", b"235959", b"077Y"):
                    assert secret not in content, (path, secret)
        [named] = export_volume("dicom-seg", replace(job, with_identity=True), tmp_path / "named")
        assert b"Planted" in named.read_bytes()
    [path] = (path for path in (tmp_path / "out").glob("*_seg.dcm") if not path.name.endswith("_sr_seg.dcm"))
    seg = pydicom.dcmread(path)
    assert seg.PatientIdentityRemoved == "YES"
    assert [item.CodeValue for item in seg.DeidentificationMethodCodeSequence] == ["113100", "113110"]


@pytest.mark.parametrize("charset", ["ISO 2022 IR 87", "ISO 2022 IR 149"])
@pytest.mark.parametrize("with_identity", [False, True])
def test_names_of_patients_and_labels_come_in_any_script(
    tmp_path: Path, charset: str, with_identity: bool
) -> None:
    name = {"ISO 2022 IR 87": "Yamada^Tarou=山田^太郎", "ISO 2022 IR 149": "Hong^Gildong=洪^吉洞"}[charset]
    write_series(tmp_path / "study", voxels(), SpecificCharacterSet=["", charset], PatientName=name)
    with open_volume(tmp_path / "study") as source:
        job = job_of(source, labelled(), with_identity=with_identity)
        job = replace(job, labels=tuple(replace(label, name=f"печень {label.value}") for label in job.labels))
        [path] = export_volume("dicom-seg", job, tmp_path)
    seg = pydicom.dcmread(path)
    assert str(seg.PatientName) == (name if with_identity else "")
    assert all(str(item.SegmentLabel).startswith("печень") for item in seg.SegmentSequence)
