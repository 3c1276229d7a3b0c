"""No flagged picture leaves without a person's word, in whatever format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import nibabel
import numpy as np
import pytest
from PIL import Image

from app.domain.annotation import Annotation, Label, Object, Status
from app.domain.errors import ExportError, IdentifyingPictures
from app.domain.finding import Finding, PictureAction
from app.imaging import masks
from app.storage.exporters.dataset.data_set_export import export_data_set
from app.storage.exporters.dataset.data_set_plan import DataSetPlan
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.export_registry import export_formats, write_export
from app.storage.exporters.picture_gate import PictureGate
from app.storage.exporters.volume_job import VolumeJob
from app.storage.opening import open_source
from app.storage.source import FrameSource
from app.storage.volume.volume_source import VolumeSource
from app.storage.workspace.stored_sequence import find_sequences
from tests.helpers.workspaces import make_folders

SIZE = 24
BOX = Finding(4, 6, 10, 5)
#: What shows pixels of a source that is no scan.
WITH_PICTURES = [
    row.kind for row in export_formats().values() if row.pictures != "none" and row.source == "any"
]


def inspect(image: np.ndarray) -> tuple[Finding, ...]:
    """Find "text" in bright pictures."""
    return (BOX,) if image.max() > 150 else ()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four pictures; the second and third show something."""
    (tmp_path / "images").mkdir()
    for number, grey in enumerate((90, 200, 210, 90)):
        Image.new("RGB", (SIZE, SIZE), (grey, grey, grey)).save(tmp_path / "images" / f"{number}.png")
    return tmp_path


def job_of(source: FrameSource) -> ExportJob:
    cell = Annotation(masks.encode(np.pad(np.ones((4, 4), bool), 10)), Status.EDITED)
    return ExportJob(
        source.info,
        (Label(1, "tool", (255, 0, 0)),),
        (Object(1, 1),),
        lambda frame: {1: cell},
        source.read,
        0.5,
        lambda done, total: None,
        lambda: None,
        source=source,
    )


def export(kind: str, folder: Path, action: PictureAction) -> list[Path]:
    """Write through the gate and return all files."""
    with open_source(folder / "images") as source:
        job, _ = PictureGate(inspect, action).guard(kind, job_of(source))
        write_export(kind, job, folder / "out")
    return [path for path in (folder / "out").rglob("*") if path.is_file()]


@pytest.mark.parametrize("kind", WITH_PICTURES)
def test_every_format_with_pictures_is_refused_as_a_whole(folder: Path, kind: str) -> None:
    with pytest.raises(IdentifyingPictures, match="2 frames show text") as caught:
        export(kind, folder, "refuse")
    assert caught.value.frames == (1, 2) and caught.value.kinds == ("text",)
    assert not (folder / "out").exists()


@pytest.mark.parametrize("kind", sorted(set(export_formats()) - set(WITH_PICTURES)))
def test_masks_and_tables_are_not_looked_at(folder: Path, kind: str) -> None:
    def never(image: np.ndarray) -> tuple[Finding, ...]:
        raise AssertionError("looked at")

    if export_formats()[kind].pictures == "none":
        with open_source(folder / "images") as source:
            job = job_of(source)
            assert PictureGate(never, "refuse").guard(kind, job) == (job, ())


@pytest.mark.parametrize(
    "kind", [kind for kind in WITH_PICTURES if kind not in ("mp4", "parquet", "overlay")]
)
def test_what_is_painted_over_shows_in_no_format(folder: Path, kind: str) -> None:
    pictures = [
        cv2.imread(str(path)) for path in export(kind, folder, "mask") if path.suffix in (".png", ".jpg")
    ]
    bright = [picture for picture in pictures if picture is not None and (picture == 200).mean() > 0.3]
    assert len(bright) == 1
    assert bright[0][BOX.rows, BOX.columns].max() < 30


def test_frames_are_left_out_or_leave_as_they_are(folder: Path) -> None:
    names = {path.name for path in export("overlay", folder, "leave-out")}
    assert names == {"0.png", "3.png"}
    assert {path.name for path in export("overlay", folder, "allow")} == {f"{n}.png" for n in range(4)}


def test_there_must_be_something_left(folder: Path) -> None:
    for number in (0, 3):
        (folder / "images" / f"{number}.png").unlink()
    with pytest.raises(ExportError, match="Every frame"):
        export("overlay", folder, "leave-out")


@pytest.mark.parametrize("action", ["mask", "leave-out"])
def test_a_scan_that_leaves_whole_has_its_lowest_value_there(tmp_path: Path, action: PictureAction) -> None:
    voxels = np.random.default_rng(0).integers(0, 100, (6, SIZE, SIZE)).astype(np.int16)
    voxels[2][BOX.rows, BOX.columns] = 1000
    nibabel.Nifti1Image(voxels.T, np.diag([-1, -1, 1, 1])).to_filename(tmp_path / "scan.nii")
    gate = PictureGate(lambda image: (BOX,) if (image[BOX.rows, BOX.columns] > 250).all() else (), action)
    with open_source(tmp_path / "scan.nii") as source:
        assert isinstance(source, VolumeSource)
        # Only the first slice is annotated, but the file holds all of them.
        whole = job_of(source)
        one = replace(
            whole,
            annotations=lambda frame: whole.annotations(frame) if frame == 0 else {},
            volume=lambda: VolumeJob(source, whole.labels, whole.objects, one.annotations),
        )
        job, flagged = gate.guard("nnunet", one)
        assert flagged == (2,)
        write_export("nnunet", job, tmp_path / "out")
    [path] = (tmp_path / "out").rglob("images*/*.nii.gz")
    written = np.asarray(nibabel.load(path).dataobj).T
    voxels[2][(BOX.rows, BOX.columns) if action == "mask" else ...] = 0
    assert (written == voxels).all()


def test_a_data_set_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    make_folders(tmp_path, 2)
    sequences = find_sequences(tmp_path / "work")
    gate = PictureGate(lambda image: (BOX,), "refuse")
    with pytest.raises(IdentifyingPictures, match="clip0, clip1: 10 frames show text"):
        export_data_set(DataSetPlan("davis", "set"), sequences, tmp_path / "out", gate=gate)
    assert not (tmp_path / "out").exists()


def test_a_data_set_says_what_became_of_its_pictures(tmp_path: Path) -> None:
    make_folders(tmp_path, 1)
    plan = DataSetPlan("davis", "set", pictures="mask", operator="Ada")
    gate = PictureGate(lambda image: (BOX,), "mask")
    report = export_data_set(plan, find_sequences(tmp_path / "work"), tmp_path / "out", gate=gate)
    assert (
        "5 frames show text or faces; they were painted over, as Ada said."
        in (report.folder / "README.md").read_text()
    )
    for path in (report.folder / "JPEGImages").rglob("*.jpg"):
        assert np.asarray(Image.open(path))[BOX.rows, BOX.columns].mean() < 20
