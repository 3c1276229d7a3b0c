"""Segments of 3D Slicer that overlap come as objects of their own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from app.domain.annotation import Label
from app.domain.errors import ImportMasksError
from app.storage.importers.import_registry import read_masks
from app.storage.volume.volume_opening import open_volume

SHAPE = (6, 20, 24)
SPACING = (0.5, 0.75, 2.5)


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    image = sitk.GetImageFromArray(np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE))
    image.SetSpacing(SPACING)
    sitk.WriteImage(image, str(tmp_path / "scan.nrrd"))
    return tmp_path / "scan.nrrd"


def segments() -> np.ndarray:
    """Two layers; in the first two segments, in the second one that overlaps both."""
    layers = np.zeros((2, *SHAPE), np.uint8)
    layers[0, 1:4, 2:10, 2:10], layers[0, 1:4, 12:18, 2:10] = 1, 2
    layers[1, 2:5, 5:15, 4:20] = 1
    return layers


def write_layers(path: Path, *, first: bool, names: bool = True) -> Path:
    """Write a segmentation as 3D Slicer does: layers as a list in each voxel, or along a last axis."""
    layers = segments()
    data = np.moveaxis(layers, 0, -1) if first else layers
    none, x, y, z = "none", "(0.5,0,0)", "(0,0.75,0)", "(0,0,2.5)"
    sizes, kinds = "24 20 6", "domain domain domain"
    order = (f"2 {sizes}", f"list {kinds}", f"{none} {x} {y} {z}")
    if not first:
        order = (f"{sizes} 2", f"{kinds} list", f"{x} {y} {z} {none}")
    lines = [
        "NRRD0005", "type: unsigned char", "dimension: 4", "space: left-posterior-superior",
        f"sizes: {order[0]}", f"space directions: {order[2]}", f"kinds: {order[1]}", "endian: little",
        "encoding: raw", "space origin: (0,0,0)",
    ]  # fmt: skip
    rows = [("liver", 0, 1), ("spleen", 0, 2), ("tumour", 1, 1)]
    for number, (name, layer, value) in enumerate(rows):
        lines += [f"Segment{number}_Layer:={layer}", f"Segment{number}_LabelValue:={value}"]
        lines += [f"Segment{number}_Name:={name}"] if names else []
    path.write_bytes("\n".join([*lines, "", ""]).encode() + np.ascontiguousarray(data).tobytes())
    return path


@pytest.mark.parametrize("first", [True, False])
def test_segments_that_overlap_are_objects_of_their_own(tmp_path: Path, scan: Path, first: bool) -> None:
    path = write_layers(tmp_path / "a.seg.nrrd", first=first)
    known = (Label(4, "liver", (1, 2, 3)),)
    with open_volume(scan) as source:
        found = read_masks(path, source.info, known, scan=lambda: source)
        frames = dict(found.frames())
    layers = segments()
    expected = [layers[0] == 1, layers[0] == 2, layers[1] == 1]
    values = [4, *(label.value for label in found.labels)]
    assert [label.name for label in found.labels] == ["spleen", "tumour"]
    for frame in range(SHAPE[0]):
        made = {key: mask for key, (_, mask) in frames.get(frame, {}).items()}
        for number, voxels in enumerate(expected):
            assert np.array_equal(made.get(number, np.zeros(SHAPE[1:], bool)), voxels[frame])
    assert {label for objects in frames.values() for label, _ in objects.values()} == set(values)
    assert found.warnings == []


def test_segments_on_a_part_of_the_scan_fall_into_place(tmp_path: Path, scan: Path) -> None:
    path = write_layers(tmp_path / "a.seg.nrrd", first=False)
    content = path.read_bytes().replace(b"space origin: (0,0,0)", b"space origin: (0,0,2.5)")
    path.write_bytes(content)
    with open_volume(scan) as source:
        found = read_masks(path, source.info, (), scan=lambda: source)
        frames = dict(found.frames())
    assert np.array_equal(frames[5][2][1], segments()[1, 4] == 1) and 1 not in frames
    assert any("another grid" in warning for warning in found.warnings)


def test_segments_without_names_are_counted(tmp_path: Path, scan: Path) -> None:
    path = write_layers(tmp_path / "a.seg.nrrd", first=True, names=False)
    with open_volume(scan) as source:
        found = read_masks(path, source.info, (), scan=lambda: source)
    assert [label.name for label in found.labels] == ["segment 1", "segment 2", "segment 3"]


def test_a_layer_that_is_not_there_is_named(tmp_path: Path, scan: Path) -> None:
    path = write_layers(tmp_path / "a.seg.nrrd", first=True)
    path.write_bytes(path.read_bytes().replace(b"Segment2_Layer:=1", b"Segment2_Layer:=7"))
    with open_volume(scan) as source, pytest.raises(ImportMasksError, match="layer"):
        read_masks(path, source.info, (), scan=lambda: source)


def test_segments_of_a_scan_over_time_go_to_the_time_point_that_is_shown(tmp_path: Path) -> None:
    import nibabel

    stack = np.zeros((3, *SHAPE), np.int16)
    nibabel.Nifti1Image(stack.T, np.diag([-0.5, -0.75, 2.5, 1.0])).to_filename(tmp_path / "heart.nii")
    path = write_layers(tmp_path / "a.seg.nrrd", first=True)
    with open_volume(tmp_path / "heart.nii", time=None, along="time") as source:
        found = read_masks(path, source.info, (), scan=lambda: source, time=2)
        places = {(source.order.time_of(n), source.order.slice_of(n)) for n, _ in found.frames()}
    assert places == {(2, k) for k in range(1, 5)}
    assert any("time point 2, which is shown" in text for text in found.warnings)
