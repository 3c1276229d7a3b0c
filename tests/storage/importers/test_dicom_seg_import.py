from pathlib import Path

import numpy as np
import pydicom
import pytest

from app.domain.annotation import Label
from app.domain.errors import ImportMasksError
from app.storage.importers.import_registry import read_masks
from app.storage.importers.label_volume_import import read_label_volume
from app.storage.volume.volume_opening import open_volume
from tests.helpers.labelled import export_volume, job_of, labelled
from tests.helpers.scans import CORONAL, voxels, write_series


@pytest.fixture
def series(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    write_series(folder, voxels())
    return folder


def test_a_seg_of_another_series_is_resampled_and_named_segments_find_their_label(
    series: Path, tmp_path: Path
) -> None:
    labels = labelled()
    with open_volume(series) as source:
        [path] = export_volume("dicom-seg", job_of(source, labels), tmp_path)
    data = pydicom.dcmread(path)
    for segment in data.SegmentSequence:
        segment.TrackingID = "made elsewhere"
    data.save_as(path)
    places = [(-10.0, -20.0, 30.0 + 5.0 * k) for k in range(3)]
    write_series(tmp_path / "thick", voxels((3, 20, 24)), positions=places)
    known = (Label(1, "spine", (0, 0, 0)), Label(20, "Liver", (1, 1, 1)))
    with open_volume(tmp_path / "thick") as source:
        found = read_label_volume(path, source, known)
    assert found.is_resampled
    assert dict(found.names) == {20: "liver", 2: "kidney_left", 3: "my odd thing"}
    values = np.zeros(13, np.uint8)
    values[[3, 7, 12]] = 20, 2, 3
    assert np.array_equal(found.voxels, values[labels[::2]])


@pytest.mark.parametrize("claimed", [2**31 - 1, 10**300])
def test_a_seg_that_claims_more_frames_than_it_has_is_refused_at_once(
    series: Path, tmp_path: Path, claimed: int
) -> None:
    with open_volume(series) as source:
        [path] = export_volume("dicom-seg", job_of(source, labelled()), tmp_path)
        data = pydicom.dcmread(path)
        text = str(claimed).encode()
        text += b" " * (len(text) % 2)
        tag = pydicom.tag.Tag("NumberOfFrames")
        data[tag] = pydicom.dataelem.RawDataElement(tag, "IS", len(text), text, 0, False, True)
        data.save_as(path)
        with pytest.raises(ImportMasksError, match="more frames than it can hold"):
            read_label_volume(path, source)


def test_a_coronal_series_comes_back_from_a_seg(tmp_path: Path) -> None:
    places = [(0.0, -3.0 * k, 0.0) for k in range(6)]
    write_series(tmp_path / "study", voxels(), positions=places, ImageOrientationPatient=list(CORONAL))
    with open_volume(tmp_path / "study") as source:
        [path] = export_volume("dicom-seg", job_of(source, labelled()), tmp_path)
        assert np.array_equal(read_label_volume(path, source).voxels, labelled())


def test_a_seg_whose_frames_do_not_begin_at_a_byte_comes_back(tmp_path: Path) -> None:
    write_series(tmp_path / "study", voxels((6, 21, 23)))
    with open_volume(tmp_path / "study") as source:
        labels = labelled((6, 21, 23))
        [path] = export_volume("dicom-seg", job_of(source, labels), tmp_path)
        assert np.array_equal(read_label_volume(path, source).voxels, labels)


def test_a_segmentation_of_one_frame_need_not_count_it(tmp_path: Path, series: Path) -> None:
    labels = np.where(np.arange(6)[:, None, None] == 2, labelled() // 3 % 2, 0).astype(np.uint8) * 3
    with open_volume(series) as source:
        [path] = export_volume("dicom-seg", job_of(source, labels), tmp_path)
        data = pydicom.dcmread(path)
        del data.NumberOfFrames
        data.save_as(path)
        assert np.array_equal(read_label_volume(path, source).voxels, labels)


def test_a_segmentation_in_tiles_is_refused_by_name(tmp_path: Path, series: Path) -> None:
    with open_volume(series) as source:
        [path] = export_volume("dicom-seg", job_of(source, labelled()), tmp_path)
        document = pydicom.dcmread(path)
        document.TotalPixelMatrixColumns, document.TotalPixelMatrixRows = 4096, 2048
        document.save_as(path)
        with pytest.raises(ImportMasksError, match="tiles"):
            read_masks(path, source.info, (), scan=lambda: source)
