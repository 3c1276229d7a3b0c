"""Masks whose positions belong to another frame of reference are read, and that is told."""

from __future__ import annotations

from pathlib import Path

import pydicom
import pytest

from app.storage.importers.import_registry import read_masks
from app.storage.volume.volume_opening import open_volume
from tests.helpers.labelled import LABELS, export_volume, job_of, labelled
from tests.helpers.scans import voxels, write_series

MESSAGE = "another frame of reference"


@pytest.mark.parametrize("kind", ["dicom-seg", "rtstruct"])
@pytest.mark.parametrize(
    ("theirs", "ours", "is_told"),
    [
        ("1.2.3.4.6", "1.2.3.4.6", False),
        ("1.2.3.9", "1.2.3.4.6", True),
        (None, "1.2.3.4.6", False),
        ("1.2.3.9", None, False),
    ],
)
def test_another_frame_of_reference_is_told(
    tmp_path: Path, kind: str, theirs: str | None, ours: str | None, is_told: bool
) -> None:
    write_series(tmp_path / "study", voxels())
    with open_volume(tmp_path / "study") as source:
        [path] = export_volume(kind, job_of(source, labelled()), tmp_path)
    data = pydicom.dcmread(path)
    data.FrameOfReferenceUID = theirs
    for structure in data.get("StructureSetROISequence", []):
        structure.ReferencedFrameOfReferenceUID = theirs
    data.save_as(path)
    write_series(tmp_path / "open", voxels(), FrameOfReferenceUID=ours)
    with open_volume(tmp_path / "open") as source:
        imported = read_masks(path, source.info, LABELS, scan=lambda: source)
        assert {value for _, layers in imported.frames() for value, _ in layers.values()} == {3, 7, 12}
    assert any(MESSAGE in text for text in imported.warnings) == is_told
