"""Measurements as a structured report: what the standard demands, and what highdicom reads."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import highdicom as hd
import pydicom
import pytest

from app.domain.annotation import Object
from app.domain.errors import ExportError
from app.storage.volume.volume_opening import open_volume
from tests.helpers.labelled import export_volume, job_of, labelled
from tests.helpers.scans import voxels, write_series


def content_of(report: Path) -> hd.sr.MeasurementReport:
    """The content of a report, as highdicom reads it."""
    content = hd.sr.srread(report).content
    assert isinstance(content, hd.sr.MeasurementReport)
    return content


@pytest.mark.parametrize("with_identity", [False, True])
def test_highdicom_reads_each_objects_measures_and_the_segment_they_are_of(
    tmp_path: Path, with_identity: bool
) -> None:
    write_series(tmp_path / "ct", voxels())
    with open_volume(tmp_path / "ct") as source:
        job = job_of(source, labelled(), with_identity=with_identity)
        truth = job.measures()
        report, segments = export_volume("dicom-sr", job, tmp_path)
    groups = content_of(report).get_volumetric_roi_measurement_groups()
    told = {
        str(group.tracking_identifier): {
            str(item.name.meaning): item.value for item in group.get_measurements()
        }
        for group in groups
    }
    assert told.keys() == {"object 1", "object 2", "object 5"}
    for object_id, measure in truth.items():
        found = told[f"object {object_id}"]
        assert found["Volume"] == pytest.approx(measure.volume, rel=1e-6)
        assert found["Mean"] == pytest.approx(measure.mean, rel=1e-6)
    seg = hd.seg.segread(segments)
    referenced = [group.referenced_segment for group in groups]
    assert all(str(item.referenced_sop_instance_uid) == str(seg.SOPInstanceUID) for item in referenced)
    assert bool(pydicom.dcmread(report).PatientName) is with_identity
    if shutil.which("dciodvfy"):
        for path in (report, segments):
            said = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
            lines = (said.stderr + said.stdout).splitlines()
            assert [line for line in lines if line.startswith("Error")] == []


def test_two_objects_of_a_label_have_a_group_each(tmp_path: Path) -> None:
    write_series(tmp_path / "ct", voxels())
    with open_volume(tmp_path / "ct") as source:
        job = replace(job_of(source, labelled()), objects=(Object(1, 3), Object(2, 3)))
        report, _ = export_volume("dicom-sr", job, tmp_path)
    groups = content_of(report).get_volumetric_roi_measurement_groups()
    assert len(groups) == 2 and len({str(group.tracking_uid) for group in groups}) == 2


def test_nothing_to_measure_is_said(tmp_path: Path) -> None:
    write_series(tmp_path / "ct", voxels())
    with open_volume(tmp_path / "ct") as source, pytest.raises(ExportError, match="0 objects"):
        export_volume("dicom-sr", job_of(source, 0 * labelled()), tmp_path)
