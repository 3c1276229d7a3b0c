"""A scan that is exported again with more or fewer slices, rows or columns keeps its masks where they belong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.typing import NDArray

from app.domain.annotation import Orientation, Status
from app.headless import Annotator
from app.imaging.volume_geometry import plane_of
from tests.helpers.scans import multiframe, save

SHAPE = (24, 60, 50)
VOXELS = np.random.default_rng(7).integers(-1000, 1000, SHAPE).astype(np.int16)
INSIDE = np.zeros(SHAPE, bool)  # the mask that is drawn, slice by slice
INSIDE[4:20, 10:40, 12:30] = np.random.default_rng(8).random((16, 30, 18)) < 0.5
WAIT = 60.0  # seconds of a busy machine
Part = tuple[slice, slice, slice]


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of workspaces."""
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def annotator(work: Path) -> Iterator[Annotator]:
    with Annotator(work, device="cpu", engine="classic", threads=1) as made:
        yield made


def write_image(path: Path, part: Part) -> None:
    """Write a part of the scan, oblique, where it lies in the whole one."""
    image = sitk.GetImageFromArray(VOXELS)
    image.SetSpacing((0.8, 0.75, 2.5))
    image.SetOrigin((-20.0, 11.5, -700.25))
    image.SetDirection((0.96, 0.0, 0.28, 0.0, 1.0, 0.0, -0.28, 0.0, 0.96))
    sitk.WriteImage(image[part[2], part[1], part[0]], str(path))


def write_frames(path: Path, part: Part) -> None:
    """Write slices of the scan as one DICOM file."""
    places = [(-10.0, -20.0, 30.0 + 2.5 * k) for k in range(SHAPE[0])]
    save(multiframe(VOXELS[part[0]], places[part[0]]), path)


def write_reversed(path: Path, part: Part) -> None:
    """Write a part of the scan whose slices are stored sagittally."""
    image = sitk.GetImageFromArray(VOXELS)
    image.SetOrigin((5.0, -60.0, 20.0))
    image.SetDirection((0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0))
    sitk.WriteImage(image[part[2], part[1], part[0]], str(path))


@pytest.mark.parametrize(
    ("name", "write", "orientation", "parts"),
    [
        ("a.nii.gz", write_image, "axial", [np.s_[3:17, :, :], np.s_[1:24, :, :]]),
        ("b.nrrd", write_image, "coronal", [np.s_[2:23, 15:55, 5:28]]),
        ("c.dcm", write_frames, "axial", [np.s_[5:22, :, :]]),
        ("d.mha", write_reversed, "sagittal", [np.s_[3:17, 4:, :45]]),
    ],
)
def test_masks_stay_on_their_voxels(
    annotator: Annotator,
    work: Path,
    tmp_path: Path,
    name: str,
    write: Callable[[Path, Part], None],
    orientation: Orientation,
    parts: list[Part],
) -> None:
    a, path = annotator, tmp_path / name
    write(path, np.s_[:, :, :])
    a.open(path, orientation=orientation)
    organ = a.add_object(a.add_label("organ"))
    for frame, mask in enumerate(slices(INSIDE, a)):
        if mask.any():
            a.set_mask(frame, organ, mask)
    await_sample(work, path)
    known = INSIDE.copy()
    for part in parts:
        write(path, part)
        info = a.open(path)
        assert info.orientation == orientation and "another part of the scan" in "".join(info.warnings)
        (item,) = a.objects
        for frame, mask in enumerate(slices(known[part], a)):
            assert np.array_equal(a.mask(frame, item), mask), frame
            assert a.status(frame, item) is (Status.EDITED if mask.any() else Status.EMPTY)
        is_cut = bool(known[part].sum() < known.sum())
        assert ("the work from before is kept in" in "".join(info.warnings)) is is_cut
        known[:] = 0
        known[part] = INSIDE[part]
        await_sample(work, path)


def test_another_scan_of_the_same_grid_takes_no_mask(
    annotator: Annotator, work: Path, tmp_path: Path
) -> None:
    a, path = annotator, tmp_path / "e.nii"
    write_image(path, np.s_[:, :, :])
    a.open(path)
    organ = a.add_object(a.add_label("organ"))
    a.set_mask(5, organ, np.ones(SHAPE[1:], bool))
    await_sample(work, path)
    image = sitk.ReadImage(str(path))
    sitk.WriteImage((image + 1)[:, :, 2:], str(path))
    info = a.open(path)
    assert "kept in e.nii-" in "".join(info.warnings) and not a.objects


def slices(voxels: NDArray[np.bool_], a: Annotator) -> list[NDArray[np.bool_]]:
    """The frames of the open scan, cut out of an array of its voxels."""
    plane = plane_of(a.sequence)
    return [plane.slice_array(voxels, index) for index in range(plane.frames)]


def await_sample(work: Path, path: Path) -> None:
    """Wait until the scan was decoded and sampled, which is done in idle moments."""
    until = time.monotonic() + WAIT
    while not all(folder.joinpath("voxels.msgpack").exists() for folder in work.glob(f"{path.name}-*")):
        assert time.monotonic() < until
        time.sleep(0.02)
