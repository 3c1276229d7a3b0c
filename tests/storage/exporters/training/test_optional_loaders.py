"""nnU-Net's own check, MONAI's and datumaro's own loaders, where they are installed.

The first two bring torch, and CVAT's files are read by datumaro and its server alone, so no requirement names them: run
this in an environment of its own, with `pip install nnunetv2 monai datumaro`. test_loaders.py does without them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from app.storage.volume.volume_opening import open_volume
from tests.helpers.labelled import export_volume, job_of, labelled
from tests.helpers.scans import voxels
from tests.storage.exporters.training.test_loaders import FRAMES, job, shapes, written

pytestmark = pytest.mark.filterwarnings("default")


def of_a_scan(kind: str, folder: Path) -> Path:
    path = folder / "ct.nii.gz"
    image = sitk.GetImageFromArray(voxels())
    image.SetSpacing((0.7, 0.8, 2.5))
    sitk.WriteImage(image, path)
    with open_volume(path) as source:
        [root] = export_volume(kind, job_of(source, labelled(source.geometry.shape)), folder)
    return root


@pytest.mark.parametrize("source", ["scan", "clip"])
def test_nnunets_own_check_passes(tmp_path: Path, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("raw", "preprocessed", "results"):
        monkeypatch.setenv(f"nnUNet_{name}", str(tmp_path))
    checks = pytest.importorskip(
        "nnunetv2.experiment_planning.verify_dataset_integrity", reason="nnU-Net is not installed"
    )
    root = of_a_scan("nnunet", tmp_path) if source == "scan" else written("nnunet", tmp_path)
    checks.verify_dataset_integrity(str(root.rename(tmp_path / "Dataset001_x")), 1)


def test_monai_loads_pictures_and_labels(tmp_path: Path) -> None:
    monai = pytest.importorskip("monai", reason="MONAI is not installed")
    load = monai.transforms.LoadImaged(["image", "label"])
    items = monai.data.load_decathlon_datalist(str(written("monai", tmp_path) / "datalist.json"))
    assert len(items) == FRAMES
    for frame, item in enumerate(items):
        picture, label = (np.asarray(load(item)[key]) for key in ("image", "label"))
        assert np.array_equal(picture.swapaxes(0, 1), job().image(frame))  # MONAI has x first
        assert np.array_equal(label.T > 0, job().label_map(frame) > 0)
    [scan] = monai.data.load_decathlon_datalist(str(of_a_scan("monai", tmp_path) / "datalist.json"))
    loaded = load(scan)
    assert np.array_equal(np.asarray(loaded["image"]).T, voxels())
    assert np.allclose(loaded["image"].affine, loaded["label"].affine)


def test_datumaro_reads_cvat_for_images(tmp_path: Path) -> None:
    datumaro = pytest.importorskip("datumaro", reason="datumaro is not installed")
    found = datumaro.Dataset.import_from(str(written("cvat-images", tmp_path)), "cvat")
    read = {
        (item.attributes["frame"], one.group): np.asarray(one.image, bool)
        for item in found
        for one in item.annotations
    }
    truth = {key: mask for key, mask in shapes().items() if mask.any()}
    assert read.keys() == truth.keys() and all(np.array_equal(read[key], truth[key]) for key in truth)


def test_datumaro_reads_cvat_for_video_with_its_tracks(tmp_path: Path) -> None:
    datumaro = pytest.importorskip("datumaro", reason="datumaro is not installed")
    found = datumaro.Dataset.import_from(str(written("cvat-video", tmp_path)), "cvat")
    areas = {
        (item.attributes["frame"], one.group): one.get_area()
        for item in found
        for one in item.annotations
        if not one.attributes["outside"]
    }
    assert areas == {key: mask.sum() for key, mask in shapes().items() if mask.any()}
