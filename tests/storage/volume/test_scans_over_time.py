"""Volumes of several time points in one file: all of them open, along space and along time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from numpy.typing import NDArray

from app.domain.errors import SequenceError
from app.imaging.volume_geometry import ORIENTATIONS
from app.storage.opening import open_source
from app.storage.volume.volume_source import VolumeSource

TIMES, SHAPE = 5, (4, 6, 7)
VOXELS = np.random.default_rng(1).integers(-50, 900, (TIMES, *SHAPE)).astype(np.int16)


def write_nifti(path: Path, voxels: NDArray[np.int16]) -> Path:
    nibabel.save(nibabel.Nifti1Image(voxels.T, np.diag([1.0, 1.0, 3.0, 1.0])), path)
    return path


def write_itk(path: Path, voxels: NDArray[np.int16]) -> Path:
    sitk.WriteImage(
        sitk.GetImageFromArray(voxels, isVector=False), str(path), useCompression="gz" in path.stem
    )
    return path


def write_mgz(path: Path, voxels: NDArray[np.int16]) -> Path:
    nibabel.save(nibabel.MGHImage(voxels.T, np.eye(4)), path)
    return path


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("heart.nii", write_nifti),
        ("heart.nii.gz", write_nifti),
        ("heart.nrrd", write_itk),
        ("heart_gz.nrrd", write_itk),
        ("heart.mha", write_itk),
        ("heart.mgz", write_mgz),
    ],
)
def test_every_slice_of_every_time_point_is_a_frame(
    tmp_path: Path, name: str, write: Callable[[Path, NDArray[np.int16]], Path]
) -> None:
    path = write(tmp_path / name, VOXELS)
    with open_source(path) as space, open_source(path, along="time") as film:
        assert isinstance(space, VolumeSource) and isinstance(film, VolumeSource)
        for source in (film, space):
            order = source.order
            assert (source.info.frames, order.times, order.slices) == (TIMES * SHAPE[0], TIMES, SHAPE[0])
            # Backwards, as an annotator may go: a compressed stream begins anew.
            for frame in reversed(range(order.frames)):
                assert np.array_equal(
                    source.read_native(frame), VOXELS[order.time_of(frame), order.slice_of(frame)]
                )
        other = next(kind for kind in ORIENTATIONS if kind != space.orientation)
        axis = space.geometry.plane(other).axis
        for time in (TIMES - 1, 0):
            assert np.array_equal(
                np.sort(space.read_plane_native(other, 2, time), axis=None),
                np.sort(VOXELS[time].take(2, axis), axis=None),
            )
    with open_source(path, series="@3") as third:
        assert isinstance(third, VolumeSource)
        assert np.array_equal(third.read_native(1), VOXELS[2, 1])
    with pytest.raises(SequenceError, match="no time point"):
        open_source(path, series="@6")


def test_a_header_that_claims_countless_time_points_is_refused(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "heart.nii", VOXELS)
    head = bytearray(path.read_bytes())
    head[40:56] = np.array([4, 7, 6, 2**14, 2**14, 1, 1, 1], "<i2").tobytes()
    path.write_bytes(head)
    with pytest.raises(SequenceError, match="impossible size"):
        open_source(path)


@pytest.mark.parametrize(
    ("unit", "step"), [("sec", 0.04), ("msec", 40.0), ("usec", 40_000.0), ("unknown", 1.0)]
)
def test_nifti_says_when_its_time_points_were_taken_where_it_gives_a_unit(
    tmp_path: Path, unit: str, step: float
) -> None:
    image = nibabel.Nifti1Image(np.zeros((4, 3, 2, 5), np.int16), np.eye(4))
    image.header.set_zooms((1.0, 1.0, 1.0, step))
    image.header.set_xyzt_units("mm", unit)
    nibabel.save(image, tmp_path / "heart.nii")
    with open_source(tmp_path / "heart.nii") as source:
        wanted = [] if unit == "unknown" else [0.0, 0.04, 0.08, 0.12, 0.16]
        assert source.info.moments == pytest.approx(wanted)


def write_nrrd(path: Path, lines: Sequence[str], voxels: NDArray[np.int16]) -> Path:
    head = ["NRRD0005", "type: short", "dimension: 4", "endian: little", "encoding: raw", *lines, "", ""]
    path.write_bytes("\n".join(head).encode() + voxels.tobytes())
    return path


PLACED = ("space: left-posterior-superior", "space origin: (1,2,3)")
LAST = (*PLACED, "sizes: 7 6 4 5", "space directions: (1,0,0) (0,1,0) (0,0,3) none")
FIRST = (
    *PLACED,
    "sizes: 5 7 6 4",
    "space directions: none (1,0,0) (0,1,0) (0,0,3)",
    "kinds: list domain domain domain",
)
IN_SPACE = (
    "space: left-posterior-superior-time",
    "space origin: (1,2,3,0)",
    "sizes: 7 6 4 5",
    "space directions: (1,0,0,0) (0,1,0,0) (0,0,3,0) (0,0,0,40)",
)
MILLISECONDS = 'units: "mm" "mm" "mm" "ms"'
EVEN = [0.0, 0.04, 0.08, 0.12, 0.16]
UNEVEN = [0.0, 0.03, 0.08, 0.12, 0.2]


@pytest.mark.parametrize(
    ("lines", "moments"),
    [
        ((*IN_SPACE, 'space units: "mm" "mm" "mm" "ms"'), EVEN),
        ((*IN_SPACE, 'space units: "mm" "mm" "mm" "µs"'), [n / 1000 for n in EVEN]),
        ((*IN_SPACE, 'space units: "mm" "mm" "mm" "mm"'), []),
        (IN_SPACE, []),
        ((*LAST, "spacings: nan nan nan 40", MILLISECONDS, "kinds: space space space time"), EVEN),
        ((*LAST, "spacings: NaN NaN NaN 40", MILLISECONDS), EVEN),
        ((*LAST, "spacings: nan nan nan 40", "kinds: domain domain domain list"), []),
        ((*LAST, "spacings: nan nan nan -40", MILLISECONDS), []),
        (("sizes: 7 6 4 5", "spacings: 1 1 3 40", MILLISECONDS), EVEN),
        # 3D Slicer's sequences, of now and of before, and its multivolumes.
        (
            (*LAST, "kinds: domain domain domain list", MILLISECONDS, "axis 3 index values:=0 30 80 120 200"),
            UNEVEN,
        ),
        ((*FIRST, 'units: "s" "" "" ""', "axis 0 index values:=7 7.03 7.08 7.12 7.2"), UNEVEN),
        ((*FIRST, "axis 0 index unit:=s", "axis 0 index values:=0 0.03 0.08 0.12 0.2"), UNEVEN),
        ((*FIRST, 'units: "s" "" "" ""', "axis 0 index values:=0 0.3 0.2 0.4 0.5"), []),
        ((*FIRST, 'units: "s" "" "" ""', "axis 0 index values:=rest stress rest rest rest"), []),
        (
            (
                *FIRST,
                "MultiVolume.FrameIdentifyingDICOMTagName:=TriggerTime",
                "MultiVolume.FrameIdentifyingDICOMTagUnits:=ms",
                "MultiVolume.FrameLabels:=0,30,80,120,200",
            ),
            UNEVEN,
        ),
        (
            (
                *FIRST,
                "MultiVolume.FrameIdentifyingDICOMTagName:=EchoTime",
                "MultiVolume.FrameIdentifyingDICOMTagUnits:=ms",
                "MultiVolume.FrameLabels:=0,30,80,120,200",
            ),
            [],
        ),
    ],
)
def test_nrrd_says_when_its_time_points_were_taken_in_each_of_its_ways(
    tmp_path: Path, lines: tuple[str, ...], moments: list[float]
) -> None:
    stored = np.moveaxis(VOXELS, 0, -1) if "sizes: 5 7 6 4" in lines else VOXELS
    path = write_nrrd(tmp_path / "heart.nrrd", lines, np.ascontiguousarray(stored))
    with open_source(path) as source:
        assert isinstance(source, VolumeSource)
        assert source.info.moments == pytest.approx(moments)
        assert (source.order.times, source.order.slices) == (TIMES, SHAPE[0])
        assert source.info.spacing == pytest.approx((3.0, 1.0, 1.0))
        for frame in (19, 0, 6):
            assert np.array_equal(source.read_native(frame), VOXELS[divmod(frame, SHAPE[0])])
    with open_source(path, series="@3") as third:
        assert isinstance(third, VolumeSource)
        assert np.array_equal(third.read_native(1), VOXELS[2, 1])


@pytest.mark.parametrize("kinds", ["vector domain domain domain", "domain domain domain vector"])
def test_vectors_and_colours_are_no_time_points(tmp_path: Path, kinds: str) -> None:
    lines = (*FIRST[:-1], f"kinds: {kinds}")
    with pytest.raises(SequenceError, match="in colour or holds vectors"):
        open_source(write_nrrd(tmp_path / "flow.nrrd", lines, VOXELS))


@pytest.mark.parametrize("name", ["bold.mgh", "bold.mgz"])
@pytest.mark.parametrize(("repetition", "step"), [(40.0, 0.04), (0.0, None)])
def test_freesurfer_says_when_its_time_points_were_taken_behind_the_voxels(
    tmp_path: Path, name: str, repetition: float, step: float | None
) -> None:
    image = nibabel.MGHImage(VOXELS.T, np.eye(4))
    image.header.set_zooms((1.0, 1.0, 3.0, repetition))
    nibabel.save(image, tmp_path / name)
    with open_source(tmp_path / name) as source:
        assert source.info.moments == pytest.approx([] if step is None else EVEN)


def test_a_freesurfer_file_that_ends_with_its_voxels_has_no_times(tmp_path: Path) -> None:
    path = write_mgz(tmp_path / "bold.mgh", VOXELS)
    path.write_bytes(path.read_bytes()[: 284 + VOXELS.nbytes])
    with open_source(path) as source:
        assert (source.info.time_points, source.info.moments) == (TIMES, ())


def test_metaimage_has_no_unit_of_time_so_none_is_guessed(tmp_path: Path) -> None:
    image = sitk.GetImageFromArray(VOXELS, isVector=False)
    image.SetSpacing((1.0, 1.0, 3.0, 0.04))
    sitk.WriteImage(image, str(tmp_path / "heart.mha"))
    with open_source(tmp_path / "heart.mha") as source:
        assert (source.info.time_points, source.info.moments) == (TIMES, ())
